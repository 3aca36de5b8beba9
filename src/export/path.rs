//! Paths as text, without loss.

use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Marks a path whose bytes are escaped.
const MARK: &str = "bytes:";

/// Returns the path as text from which [`path_from_text`] makes the same path.
///
/// UTF-8 stays as it is. Any other path is `bytes:` and then its text, in which each byte that is not UTF-8, and each `%`,
/// is `%` and two hexadecimal digits; so is a path that itself begins with `bytes:`.
pub fn path_text(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.starts_with(MARK) => text.to_owned(),
        _ => escaped(path.as_os_str().as_bytes()),
    }
}

/// Returns the path that [`path_text`] wrote.
pub fn path_from_text(text: &str) -> PathBuf {
    match text.strip_prefix(MARK) {
        Some(escaped) => OsString::from_vec(unescaped(escaped.as_bytes())).into(),
        None => text.into(),
    }
}

/// Returns the `file` URL of an absolute path, or of a relative one the relative reference.
///
/// Every byte but ASCII letters, digits and `-._~/` is percent-encoded, those that are not UTF-8 too.
pub(super) fn file_url(path: &Path) -> String {
    let mut url = if path.is_absolute() { "file://" } else { "" }.to_owned();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'/' => url.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => url.push(byte.into()),
            _ => write!(url, "%{byte:02X}").expect("a string takes any text"),
        }
    }
    url
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = MARK.to_owned();
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            write!(text, "%{byte:02X}").expect("a string takes any text");
        }
    }
    text
}

fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((&first, rest)) = text.split_first() {
        let byte = (first == b'%').then(|| hexadecimal(rest)).flatten();
        bytes.push(byte.unwrap_or(first));
        text = if byte.is_some() { &rest[2..] } else { rest };
    }
    bytes
}

fn hexadecimal(text: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(text.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    use proptest::prelude::*;

    #[test]
    fn ordinary_paths_stay_as_they_are() {
        for path in ["talks/100%.mp4", "🎬 a\nb.mp4", "/", "", "file:x"] {
            assert_eq!(path_text(Path::new(path)), path);
            assert_eq!(path_from_text(path), Path::new(path));
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_escaped() {
        let path = PathBuf::from(OsString::from_vec(b"caf\xe9 100%.mp4".to_vec()));
        assert_eq!(path_text(&path), "bytes:caf%E9 100%25.mp4");
    }

    #[test]
    fn a_url_holds_any_path() {
        let url = |path: &[u8]| file_url(Path::new(OsStr::from_bytes(path)));
        let path = "/Talks 2024/Über 100% #1?.mp4".as_bytes();
        assert_eq!(
            url(path),
            "file:///Talks%202024/%C3%9Cber%20100%25%20%231%3F.mp4"
        );
        assert_eq!(url(b"/caf\xe9"), "file:///caf%E9");
        assert_eq!(url(b"../a:b.mp4"), "../a%3Ab.mp4");
    }

    proptest! {
        #[test]
        fn no_path_is_lost(bytes in proptest::collection::vec(1..=255_u8, 0..40), marked in any::<bool>()) {
            let mut name = if marked { MARK.as_bytes().to_vec() } else { Vec::new() };
            name.extend(bytes);
            let path = PathBuf::from(OsString::from_vec(name));
            prop_assert_eq!(path_from_text(&path_text(&path)), path);
        }
    }
}
