//! Text to the user: data to stdout, complaints to stderr. A reader that went away is no fault.

use std::io::Write;

/// Writes data to stdout.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // The reader may have seen enough (`| head`): nobody is left to tell.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to stderr.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
