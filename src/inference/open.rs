//! Opening a session on the device that was asked for, tried and told.

use std::path::Path;

use super::device::Device;
use super::session::{Session, SessionOptions};
use super::{Error, Runtime};
use crate::settings::DeviceChoice;

/// Opens `model` on the device that was asked for and lets `trial` run it once there.
///
/// A provider may load and still fail on the first kernel; only a run proves it.
///
/// # Errors
/// [`Error::Device`] when a demanded device cannot run the model, [`Error::Model`] when no device can.
pub fn open(
    runtime: &Runtime,
    model: &Path,
    wanted: DeviceChoice,
    options: &SessionOptions,
    trial: impl Fn(&mut Session) -> Result<(), Error>,
) -> Result<Session, Error> {
    let attempt = |device: Device, why: &str| {
        let mut session = Session::open(runtime, model, device, why, options)?;
        trial(&mut session).map(|()| session)
    };
    let on_cuda = |index, why: &str| match runtime.cuda_absent() {
        Some(absent) => Err(absent),
        None => attempt(Device::Cuda(index), why)
            .map_err(|e| format!("CUDA was tried and did not work: {e}")),
    };
    match wanted {
        DeviceChoice::Cpu => attempt(Device::Cpu, "asked for"),
        DeviceChoice::Cuda(index) => on_cuda(index, "asked for").map_err(|why| Error::Device {
            device: Device::Cuda(index).to_string(),
            why,
        }),
        DeviceChoice::Auto => on_cuda(0, "tried and works").or_else(|why| {
            let mut session = attempt(Device::Cpu, &why)?;
            session.fell_back = runtime.may_use_cuda();
            Ok(session)
        }),
    }
}
