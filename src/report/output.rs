//! Standard streams: data to stdout, everything for people to stderr. stdin is never read.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use super::style::{Style, lines};

/// Writes data to stdout.
///
/// A reader that has gone (`| head`) has what it wanted: that is no error. A full disk is.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    unless_closed(written)
}

/// Writes text for people to stderr, a line end added where it has none.
pub fn say(text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    // Nobody is left to be told when stderr is gone.
    let _ = write!(io::stderr().lock(), "{text}{end}");
}

/// Tells on stderr why the program cannot do what it was asked, and what to do about it.
///
/// An `anyhow::Error` is told with all its causes.
pub fn complain(style: Style, error: &impl Display, hint: Option<&str>) {
    say(&complaint(style, error, hint));
}

fn complaint(style: Style, error: &impl Display, hint: Option<&str>) -> String {
    let error = lines(&format!("{error:#}"));
    let mut text = format!("{} {error}", style.red("error:"));
    if let Some(hint) = hint {
        text.push_str(&format!("\n{} {}", style.bold("hint:"), lines(hint)));
    }
    text
}

/// Keeps panics off the terminal, except one that ends the program.
///
/// A panic of a worker fails its job and is told there; one inside a damaged cache is a miss.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if std::thread::current().name() == Some("main") {
            say(&format!("error: internal: {panic}"));
        }
    }));
}

/// Takes a closed pipe for success.
pub(super) fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn an_error_is_told_with_its_causes_and_a_hint() {
        let error = anyhow!("corrupt after 1204 good frames").context("decode talks/a.mp4");
        assert_eq!(
            complaint(Style::default(), &error, Some("download it again")),
            "error: decode talks/a.mp4: corrupt after 1204 good frames\nhint: download it again"
        );
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        let of = |kind| unless_closed(Err(io::Error::from(kind)));
        assert!(of(ErrorKind::BrokenPipe).is_ok());
        assert!(of(ErrorKind::StorageFull).is_err());
    }
}
