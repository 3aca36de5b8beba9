//! Exit codes.

use std::io::Write;

/// What the exit code tells the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All jobs are done.
    Done = 0,
    /// Some jobs failed, or something was found to be wrong.
    SomeFailed = 1,
    /// Wrong use, manifest or settings.
    Usage = 2,
    /// Every job failed on its input.
    BadInput = 65,
    /// A device or model that was demanded is not available.
    Unavailable = 69,
    /// Output cannot be written.
    CannotWrite = 74,
    /// Trying again may help.
    TryAgain = 75,
    /// ONNX Runtime cannot be loaded.
    Installation = 78,
    /// Interrupted.
    Interrupted = 130,
    /// Terminated.
    Terminated = 143,
}

impl ExitCode {
    /// All of them with what they mean, for the manual.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Done, "all jobs are done"),
        (
            Self::SomeFailed,
            "some jobs failed; report.json says which and why",
        ),
        (
            Self::Usage,
            "wrong use, manifest or settings; nothing was run",
        ),
        (Self::BadInput, "every job failed on its input"),
        (
            Self::Unavailable,
            "a device or model that was demanded is not available",
        ),
        (Self::CannotWrite, "output cannot be written"),
        (
            Self::TryAgain,
            "try again: device lost, out of memory, no progress, or jobs cut short by the grace time",
        ),
        (
            Self::Installation,
            "ONNX Runtime cannot be loaded; `opusclip doctor` says where it was looked for",
        ),
        (
            Self::Interrupted,
            "interrupted by Ctrl-C; run again to go on",
        ),
        (
            Self::Terminated,
            "terminated by SIGTERM after a clean end; run again to go on",
        ),
    ];

    /// Returns the number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Ends the process without what libraries do at its end: a thread that was left behind may still be in one of them.
    pub fn end_process(self) -> ! {
        let _ = std::io::stdout().flush();
        // SAFETY: it runs nothing of this process any more.
        unsafe { libc::_exit(self.code().into()) }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}
