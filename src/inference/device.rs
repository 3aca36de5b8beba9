//! Which device runs a model: asked for, tried, and told.

use std::fmt;
use std::path::Path;

use super::{Error, Runtime, Session, SessionOptions};
use crate::settings::DeviceChoice;

/// Where a session runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// The CPU.
    Cpu,
    /// A CUDA device by number.
    Cuda(u32),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

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
