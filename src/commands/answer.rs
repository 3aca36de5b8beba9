//! Answer of a command on stdout.

use crate::report::{self, ExitCode};

/// Writes data to stdout and returns how the program ends.
pub(super) fn shown(text: &str) -> ExitCode {
    match report::print(text) {
        Ok(()) => ExitCode::Done,
        Err(e) => {
            report::say(&format!("error: standard output: {e}"));
            ExitCode::CannotWrite
        }
    }
}
