//! Errors of runtime, models and devices, one variant per different reaction.

use std::path::PathBuf;

/// A failure of the runtime, a model or a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The shared library is not there or not the right one.
    #[error("onnx runtime {path}: {why}")]
    Library {
        /// Where it was looked for.
        path: PathBuf,
        /// What the loader said.
        why: String,
    },
    /// The file is not a model that this program can run.
    #[error("model {path}: {why}")]
    Model {
        /// The model's file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The device that was demanded cannot run this model.
    #[error("device {device}: {why}")]
    Device {
        /// The device's name.
        device: String,
        /// Why not.
        why: String,
    },
    /// The batch does not fit: a smaller one may.
    #[error("out of memory: {0}")]
    OutOfMemory(String),
    /// The device is gone for this process; nothing on it will run again.
    #[error("device lost: {0}")]
    DeviceLost(String),
    /// The model answered with something that is not a number.
    #[error("{model} gave a value that is not finite")]
    NonFinite {
        /// The model's name.
        model: String,
    },
    /// A run did not end; its thread is left behind with the model.
    #[error("no answer from {model} for {seconds} s")]
    Stalled {
        /// The model's name.
        model: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The run of the program was aborted before the model answered.
    #[error("cancelled")]
    Cancelled,
    /// The code around a run panicked: the model is in no known state and must be opened again.
    #[error("the model panicked: {0}")]
    Panicked(String),
    /// Any other failure of one run.
    #[error("inference: {0}")]
    Run(String),
}

/// A failure that may be one of the runtime's.
pub trait Failure: std::error::Error + Clone + Send + Sync + From<Error> + 'static {
    /// Returns the runtime's part of it.
    fn of_inference(&self) -> Option<&Error>;

    /// Tells whether fewer inputs may fit.
    fn is_out_of_memory(&self) -> bool {
        matches!(self.of_inference(), Some(Error::OutOfMemory(_)))
    }

    /// Tells whether nothing will run on the device again.
    fn is_device_lost(&self) -> bool {
        matches!(self.of_inference(), Some(Error::DeviceLost(_)))
    }

    /// Tells whether the model must be opened again before it can answer.
    fn is_fatal(&self) -> bool {
        let broken = matches!(
            self.of_inference(),
            Some(Error::Panicked(_) | Error::Cancelled)
        );
        broken || self.is_device_lost() || self.is_stalled()
    }

    /// Tells whether the model hangs.
    fn is_stalled(&self) -> bool {
        matches!(self.of_inference(), Some(Error::Stalled { .. }))
    }
}

impl Failure for Error {
    fn of_inference(&self) -> Option<&Error> {
        Some(self)
    }
}

/// Sorts a failed run by its text: ONNX Runtime has no code for being out of memory, nor for a lost device.
pub(super) fn of_run(text: &str) -> Error {
    const NO_MEMORY: [&str; 5] = [
        "Failed to allocate memory for requested buffer of size",
        "CUDA failure 2:",
        "CUBLAS_STATUS_ALLOC_FAILED",
        "CUDNN_STATUS_ALLOC_FAILED",
        "std::bad_alloc",
    ];
    const DEVICE_LOST: [&str; 4] = [
        "CUDA failure",
        "CUDA error",
        "CUBLAS_STATUS_",
        "CUDNN_STATUS_",
    ];
    let text = text.lines().next().unwrap_or_default().to_owned();
    if NO_MEMORY.iter().any(|sign| text.contains(sign)) {
        Error::OutOfMemory(text)
    } else if DEVICE_LOST.iter().any(|sign| text.contains(sign)) {
        Error::DeviceLost(text)
    } else {
        Error::Run(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_errors_are_told_from_lost_devices_and_from_the_rest() {
        let of = |text: &str| of_run(text);
        let size = "Failed to allocate memory for requested buffer of size 4398046511104";
        assert!(matches!(of(size), Error::OutOfMemory(_)));
        assert!(matches!(
            of("CUDA failure 2: out of memory"),
            Error::OutOfMemory(_)
        ));
        assert!(matches!(
            of("CUDA failure 700: illegal address"),
            Error::DeviceLost(_)
        ));
        assert!(matches!(of("Invalid rank for input"), Error::Run(_)));
    }
}
