//! What to do about an input that means no file.

use std::path::Path;

use super::error::Error;
use super::search::InputSearch;

/// Returns what to do about `input`, which was looked for at `path`.
pub(in crate::manifest) fn hint(
    input: &str,
    path: &Path,
    error: &Error,
    search: &InputSearch<'_>,
) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let looked_for = format!("it was looked for at {}", path.display());
    match error {
        Error::EmptyFolder(passed) => passed.advice(input).unwrap_or(looked_for),
        Error::OnlyOutput(count) => format!(
            "results go to {}, and the {count} found there are passed over: name a file itself to take it",
            search.output.shown().display()
        ),
        Error::NoMatch | Error::Pattern(_) if foreign(input).is_none() && input.contains('[') => {
            format!("`[` begins a set of letters; write `[[]` for the letter itself; {looked_for}")
        }
        _ => foreign(input).unwrap_or(looked_for),
    }
}

/// Returns what to write instead of a name that means something elsewhere.
fn foreign(input: &str) -> Option<String> {
    if is_url(input) {
        let text =
            "URLs are not fetched: download it first, with yt-dlp for example, and name the file";
        return Some(text.to_owned());
    }
    if let Some(rest) = input.strip_prefix("~/") {
        let home = std::env::home_dir()?.join(rest);
        let home = home.display();
        return Some(format!("`~` is not expanded here: write {home}"));
    }
    let drive = input.as_bytes();
    let has_drive =
        matches!(drive, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    if has_drive || input.contains('\\') {
        let text = "this is a Windows path: here folders are divided by `/`, and no path begins with a drive";
        return Some(text.to_owned());
    }
    None
}

fn is_url(input: &str) -> bool {
    let Some((scheme, _)) = input.split_once("://") else {
        return false;
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    !scheme.is_empty() && scheme.chars().all(is_letter)
}
