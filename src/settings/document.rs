//! TOML document that keeps the position of every value.

use std::cell::OnceCell;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Value;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Table};

use crate::settings::problem::{Origin, Problem, Problems};

/// A parsed file with the text it came from.
pub(crate) struct Document<'t> {
    file: Arc<str>,
    text: &'t str,
    lines_before: usize,
    lines: OnceCell<Vec<usize>>,
    /// What the file says.
    pub(crate) root: DeTable<'t>,
}

const ESCAPE_HINT: &str =
    "in double quotes `\\` begins an escape: write a path with `/`, or in single quotes";
const MAX_SYNTAX_PROBLEMS: usize = 20; // after so many the rest is noise

/// Returns the text of a file of at most `limit` bytes, without a byte order mark.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, Problem> {
    let file: Arc<str> = path.to_string_lossy().into();
    let cannot = |error: std::io::Error| {
        Problem::new(Origin::WholeFile(Arc::clone(&file)), error.to_string())
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes))
        .map_err(cannot)?;
    if bytes.len() as u64 > limit {
        let message = format!("larger than {} MiB", limit >> 20);
        return Err(Problem::new(Origin::WholeFile(file), message));
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let line = text.rsplit('\n').next().unwrap_or_default();
        let place = Origin::File {
            file,
            line: text.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        };
        Problem::new(place, "not UTF-8 text")
            .hint("TOML files are UTF-8; name such a file by a glob or its folder")
    })
}

impl<'t> Document<'t> {
    /// Parses `text`, which stands in `file`; every fault of its syntax is told.
    pub(crate) fn parse(file: &str, text: &'t str) -> Result<Self, Problems> {
        Self::parse_after(0, file, text)
    }

    /// Parses a text that stands in `file` after so many lines.
    pub(crate) fn parse_after(
        lines_before: usize,
        file: &str,
        text: &'t str,
    ) -> Result<Self, Problems> {
        let (root, faults) = DeTable::parse_recoverable(text);
        let document = Self {
            file: file.into(),
            text,
            lines_before,
            lines: OnceCell::new(),
            root: root.into_inner(),
        };
        let problems = faults.iter().take(MAX_SYNTAX_PROBLEMS).map(|fault| {
            let at = fault.span().map_or(text.len(), |span| span.start);
            let problem = document.problem(at, fault.message());
            if is_escape(text, at) {
                problem.hint(ESCAPE_HINT)
            } else {
                problem
            }
        });
        let problems = problems.collect();
        Problems::none_or(problems, document)
    }

    /// Returns line and column of a byte of the text.
    pub(crate) fn place(&self, at: usize) -> Origin {
        let starts = self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            let starts = ends.map(|(end, _)| end + 1);
            [0].into_iter().chain(starts).collect()
        });
        let at = self.text.floor_char_boundary(at);
        let line = starts.partition_point(|start| *start <= at);
        Origin::File {
            file: Arc::clone(&self.file),
            line: self.lines_before + line,
            column: self.text[starts[line - 1]..at].chars().count() + 1,
        }
    }

    /// Returns a problem that stands at a byte of the text.
    pub(crate) fn problem(&self, at: usize, message: impl Into<String>) -> Problem {
        Problem::new(self.place(at), message)
    }
}

/// Tells whether a fault stands in or after an escape of its line: `"C:\Users"`.
fn is_escape(text: &str, at: usize) -> bool {
    let before = &text[..text.floor_char_boundary(at)];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    line.contains('"') && line.contains('\\')
}

/// Returns a value free of its text, or why it cannot be held.
pub(crate) fn to_plain(value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
    Value::deserialize(ValueDeserializer::from(value.clone()))
        .map_err(|error| error.message().to_owned())
}

/// Writes `"a.b"` keys and their values back into nested tables.
pub(crate) fn nest<'v>(flat: impl Iterator<Item = (&'v str, &'v Value)>) -> Table {
    let mut root = Table::new();
    for (key, value) in flat {
        let (groups, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &mut root;
        for group in groups.split('.').filter(|group| !group.is_empty()) {
            let next = table
                .entry(group)
                .or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(inner) = next else {
                unreachable!("a key of the built-in settings is a group or a value, not both");
            };
            table = inner;
        }
        table.insert(name.to_owned(), value.clone());
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let Err(problems) = Document::parse("a.toml", text) else {
            return Vec::new();
        };
        problems.iter().map(|p| p.place.to_string()).collect()
    }

    #[test]
    fn a_fault_of_the_syntax_tells_line_and_column() {
        assert_eq!(faults("a = 1\nb = \n")[0], "a.toml:2:5");
        assert_eq!(faults("é = 1")[0], "a.toml:1:1");
        assert_eq!(faults("a = 'é' b"), ["a.toml:1:9"]);
    }

    #[test]
    fn a_path_with_backslashes_in_double_quotes_gets_a_hint() {
        let told = |text: &str| match Document::parse("a.toml", text) {
            Ok(_) => panic!("{text} is right"),
            Err(problems) => problems.to_string(),
        };
        assert!(told("a = \"C:\\Users\\x.mp4\"").contains("single quotes"));
        assert!(!told("a = ").contains("single quotes"));
    }

    #[test]
    fn every_fault_of_the_syntax_is_told() {
        let found = faults("a = 1\na = 2\nb = 1\nb = 2\n");
        assert_eq!(found, ["a.toml:2:1", "a.toml:4:1"]);
    }

    #[test]
    fn deep_nesting_is_a_fault_and_not_a_crash() {
        let arrays = format!("a = {}", "[".repeat(100_000));
        assert!(!faults(&arrays).is_empty());
        let tables = format!("a = {}", "{a=".repeat(100_000));
        assert!(!faults(&tables).is_empty());
        let keys = format!("a{} = 1", ".a".repeat(100_000));
        assert!(!faults(&keys).is_empty());
        let header = format!("[a{}]", ".a".repeat(100_000));
        assert!(!faults(&header).is_empty());
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_other_bytes_are_placed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "\u{feff}a = 1").unwrap();
        assert_eq!(read_text(&path, 100).unwrap(), "a = 1");
        std::fs::write(&path, b"a = 1\nb = '\xff'").unwrap();
        let problem = read_text(&path, 100).unwrap_err();
        assert!(problem.place.to_string().ends_with("a.toml:2:6"));
    }

    #[test]
    fn a_file_above_the_limit_is_not_read() {
        let endless = Path::new("/dev/zero");
        assert_eq!(
            read_text(endless, 1 << 20).unwrap_err().message,
            "larger than 1 MiB"
        );
    }
}
