//! Terminal style: colour where it is wanted, and text that cannot harm a terminal. No colour carries meaning alone.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};

/// What `--color` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always, `NO_COLOR` or not.
    Always,
    /// Never.
    Never,
}

/// How text for people looks on one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    color: bool,
}

impl Style {
    /// Returns the style for stderr as it is now.
    pub fn of_stderr(color: Color) -> Self {
        let no_color = std::env::var_os("NO_COLOR");
        Self::new(color, no_color.as_deref(), terminal())
    }

    /// Decides: an explicit wish, then `NO_COLOR` (set and not empty), then whether people look at it.
    pub fn new(wish: Color, no_color: Option<&OsStr>, terminal: bool) -> Self {
        let color = match wish {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && no_color.is_none_or(OsStr::is_empty),
        };
        Self { color }
    }

    /// Marks what went wrong.
    pub fn red(self, text: &str) -> String {
        self.painted("31;1", text)
    }

    /// Marks what is not as asked.
    pub fn yellow(self, text: &str) -> String {
        self.painted("33;1", text)
    }

    /// Marks headings.
    pub fn bold(self, text: &str) -> String {
        self.painted("1", text)
    }

    fn painted(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Tells whether stderr is a terminal that can move its cursor.
pub(super) fn terminal() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Returns how many columns the terminal of stderr has now; 80 where it does not tell.
pub(super) fn columns() -> usize {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: fills a structure that outlives the call.
    let answer = unsafe { libc::ioctl(libc::STDERR_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    match (answer, usize::from(size.ws_col)) {
        (0, columns @ 1..) => columns,
        _ => 80,
    }
}

/// Returns the text as one line: control characters, as hostile file names hold them, are escaped.
pub(super) fn one_line(text: &str) -> String {
    escaped(text, |c| c.is_control())
}

/// As [`one_line`], but line ends and tabs stay.
pub(super) fn lines(text: &str) -> String {
    escaped(text, |c| c.is_control() && c != '\n' && c != '\t')
}

fn escaped(text: &str, hostile: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) {
            safe.extend(c.escape_default())
        } else {
            safe.push(c)
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_unless_told_otherwise() {
        let colored = |wish, no_color: Option<&str>, terminal| {
            Style::new(wish, no_color.map(OsStr::new), terminal).color
        };
        assert!(colored(Color::Auto, None, true));
        assert!(colored(Color::Auto, Some(""), true));
        assert!(!colored(Color::Auto, Some("1"), true));
        assert!(!colored(Color::Auto, None, false));
        assert!(colored(Color::Always, Some("1"), false));
        assert!(!colored(Color::Never, None, true));
    }

    #[test]
    fn without_colour_no_escape_is_written() {
        assert_eq!(Style::default().red("error:"), "error:");
        assert_eq!(Style { color: true }.bold("x"), "\x1b[1mx\x1b[0m");
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(one_line("a\x1b[2J\nb.mp4"), "a\\u{1b}[2J\\nb.mp4");
        assert_eq!(lines("é\x07\n\t|"), "é\\u{7}\n\t|");
    }
}
