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

/// A session and why it runs where it does.
#[derive(Debug)]
pub struct Opened {
    /// Ready to run; it has answered once.
    pub session: Session,
    /// One line: the device and the reason for it.
    pub reason: String,
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
) -> Result<Opened, Error> {
    let attempt = |device: Device| {
        let mut session = Session::open(runtime, model, device, options)?;
        trial(&mut session).map(|()| session)
    };
    match wanted {
        DeviceChoice::Cpu => Ok(Opened {
            session: attempt(Device::Cpu)?,
            reason: "cpu: asked for".into(),
        }),
        DeviceChoice::Cuda(index) => {
            let session = cuda_session(runtime, index, attempt).map_err(|why| Error::Device {
                device: Device::Cuda(index).to_string(),
                why,
            })?;
            Ok(Opened {
                session,
                reason: format!("cuda:{index}: asked for"),
            })
        }
        DeviceChoice::Auto => match cuda_session(runtime, 0, attempt) {
            Ok(session) => Ok(Opened {
                session,
                reason: "cuda:0: tried and works".into(),
            }),
            Err(why) => Ok(Opened {
                session: attempt(Device::Cpu)?,
                reason: format!("cpu: {why}"),
            }),
        },
    }
}

fn cuda_session(
    runtime: &Runtime,
    index: u32,
    attempt: impl Fn(Device) -> Result<Session, Error>,
) -> Result<Session, String> {
    if let Some(why) = runtime.cuda_absent() {
        return Err(why);
    }
    attempt(Device::Cuda(index)).map_err(|e| format!("CUDA was tried and did not work: {e}"))
}
