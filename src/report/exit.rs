//! What the program's exit code tells a script.

/// How the program ended; the numbers are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// All jobs are done.
    Success,
    /// Some jobs failed; the others are done.
    SomeFailed,
    /// Wrong use, manifest or settings: nothing was run.
    Usage,
    /// Every job failed on its input.
    AllInputsFailed,
    /// A demanded device or model is not available.
    Unavailable,
    /// Results could not be written.
    OutputFailed,
    /// Another try may go well: out of memory, device lost, input still being written.
    TryAgain,
    /// ONNX Runtime is missing or of the wrong version.
    Configuration,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM, cleanly.
    Terminated,
}

impl ExitCode {
    /// Returns the number, after `sysexits.h` where that has one.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::AllInputsFailed => 65,
            Self::Unavailable => 69,
            Self::OutputFailed => 74,
            Self::TryAgain => 75,
            Self::Configuration => 78,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}
