//! Input paths: a file, the videos of a folder, or the files that a pattern matches.
//!
//! Only names are read here, and one `stat` is made per file: whether a file is a video shows when it is opened.
//! `http://x`, `concat:a|b` and `pipe:0` are file names like any other.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// Why an input means no file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("no such file")]
    Missing,
    #[error("neither a file nor a folder")]
    Special,
    #[error("the folder holds no video")]
    EmptyFolder,
    #[error("the pattern matches no file")]
    NoMatch,
    #[error("not a pattern: {0}")]
    Pattern(String),
    #[error("{0}")]
    Unreadable(String), // text, because the name is told beside it
}

/// Endings of the files that are taken from a folder.
const VIDEO_ENDINGS: [&str; 19] = [
    "3gp", "asf", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf",
    "ogv", "ts", "vob", "webm", "wmv", "y4m",
];

/// Returns the files that `input` means, sorted by name; one or more.
///
/// A name that exists is that file, even when it looks like a pattern.
pub(super) fn find(input: &Path) -> Result<Vec<PathBuf>, Error> {
    match std::fs::metadata(input) {
        Ok(found) if found.is_file() => Ok(vec![input.to_owned()]),
        Ok(found) if found.is_dir() => some(videos_in(input)?, Error::EmptyFolder),
        Ok(_) => Err(Error::Special),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Unreadable(error.to_string()))
        }
        Err(_) => match input.to_str().filter(|text| is_pattern(text)) {
            Some(pattern) => some(matches(pattern)?, Error::NoMatch),
            None => Err(Error::Missing),
        },
    }
}

fn some(mut files: Vec<PathBuf>, otherwise: Error) -> Result<Vec<PathBuf>, Error> {
    files.sort();
    files.dedup();
    if files.is_empty() {
        Err(otherwise)
    } else {
        Ok(files)
    }
}

fn videos_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_video = |path: &PathBuf| {
        let ending = path.extension().and_then(OsStr::to_str);
        ending.is_some_and(|e| VIDEO_ENDINGS.iter().any(|v| v.eq_ignore_ascii_case(e)))
    };
    let entries = list(folder)?.into_iter();
    let files = entries.filter(|entry| !entry.is_hidden() && entry.is_file());
    Ok(files.map(|entry| entry.path).filter(is_video).collect())
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// One component of a path pattern.
enum PatternPart {
    /// A plain name.
    Name(String),
    /// `**`: any number of folders.
    Folders,
    /// A name with wildcards; hidden files only when it begins with a point.
    Like(GlobMatcher, bool),
}

fn matches(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let mut parts: Vec<PatternPart> = Vec::new();
    for text in pattern.split('/').filter(|text| !text.is_empty()) {
        match part(text)? {
            PatternPart::Folders if matches!(parts.last(), Some(PatternPart::Folders)) => {}
            part => parts.push(part),
        }
    }
    if matches!(parts.last(), Some(PatternPart::Folders)) {
        parts.push(part("*")?);
    }
    let start = if pattern.starts_with('/') { "/" } else { "" };
    let mut files = Vec::new();
    walk(Path::new(start), &parts, &mut files)?;
    Ok(files)
}

fn part(text: &str) -> Result<PatternPart, Error> {
    if text == "**" {
        return Ok(PatternPart::Folders);
    }
    if !is_pattern(text) {
        return Ok(PatternPart::Name(text.to_owned()));
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| Error::Pattern(error.kind().to_string()))?;
    Ok(PatternPart::Like(
        glob.compile_matcher(),
        text.starts_with('.'),
    ))
}

/// Adds the files below `folder` that the parts match. Links to folders are followed, but not by `**`, which might never end.
fn walk(folder: &Path, parts: &[PatternPart], files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let Some((part, rest)) = parts.split_first() else {
        return Ok(());
    };
    let is_last = rest.is_empty();
    match part {
        PatternPart::Name(name) => {
            let path = folder.join(name);
            match is_last {
                true if path.is_file() => files.push(path),
                false if path.is_dir() => walk(&path, rest, files)?,
                _ => {}
            }
        }
        PatternPart::Folders => {
            walk(folder, rest, files)?;
            let below = list(folder)?.into_iter();
            for entry in below.filter(|entry| entry.kind.is_dir() && !entry.is_hidden()) {
                walk(&entry.path, parts, files)?;
            }
        }
        PatternPart::Like(glob, hidden) => {
            let entries = list(folder)?.into_iter();
            let like = entries.filter(|e| (*hidden || !e.is_hidden()) && glob.is_match(e.name()));
            for entry in like {
                match is_last {
                    true if entry.is_file() => files.push(entry.path),
                    false if entry.path.is_dir() => walk(&entry.path, rest, files)?,
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

/// Entry of a folder; its kind costs no `stat` unless it is a link.
struct FolderEntry {
    path: PathBuf,
    kind: std::fs::FileType,
}

impl FolderEntry {
    fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    fn is_hidden(&self) -> bool {
        self.name().as_bytes().starts_with(b".")
    }

    fn is_file(&self) -> bool {
        self.kind.is_file() || (self.kind.is_symlink() && self.path.is_file())
    }
}

fn list(folder: &Path) -> Result<Vec<FolderEntry>, Error> {
    let seen = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entry = |entry: io::Result<std::fs::DirEntry>| {
        let entry = entry?;
        Ok(FolderEntry {
            path: folder.join(entry.file_name()),
            kind: entry.file_type()?,
        })
    };
    let entries = std::fs::read_dir(seen).and_then(|entries| entries.map(entry).collect());
    entries.map_err(|error| Error::Unreadable(format!("{}: {error}", seen.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Makes empty files below a new folder, asks for `input` there, and returns what was found relative to it.
    fn found(files: &[&str], input: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        symlink("no-such-file", folder.path().join("broken.mp4")).unwrap();
        symlink(".", folder.path().join("loop")).unwrap();
        let below = |path: PathBuf| {
            let relative = path.strip_prefix(folder.path()).unwrap();
            relative.to_string_lossy().into_owned()
        };
        match find(&folder.path().join(input)) {
            Ok(paths) => Ok(paths.into_iter().map(below).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_folder_means_its_videos_sorted_and_not_those_below() {
        let files = [
            "b.MP4",
            "a.mkv",
            "notes.txt",
            "sub/c.mp4",
            ".hidden.mp4",
            "d.mp4/x",
        ];
        assert_eq!(found(&files, ".").unwrap(), ["a.mkv", "b.MP4"]);
    }

    #[test]
    fn a_star_stays_inside_its_folder_and_two_go_below() {
        let files = ["a.mp4", "s/b.mp4", "s/t/c.mp4", ".h/d.mp4", "s/.e.mp4"];
        assert_eq!(found(&files, "*.mp4").unwrap(), ["a.mp4"]);
        assert_eq!(found(&files, "*/*.mp4").unwrap(), ["loop/a.mp4", "s/b.mp4"]);
        let all = ["a.mp4", "s/b.mp4", "s/t/c.mp4"];
        assert_eq!(found(&files, "**/*.mp4").unwrap(), all);
        assert_eq!(found(&files, "**/**").unwrap(), all);
        assert_eq!(found(&files, "s/t/{c,d}.mp[34]").unwrap(), ["s/t/c.mp4"]);
    }

    #[test]
    fn a_file_that_looks_like_a_pattern_is_itself() {
        let files = ["[a].mp4", "a.mp4", "http:/x", "pipe:0", "-i.mp4"];
        assert_eq!(found(&files, "[a].mp4").unwrap(), ["[a].mp4"]);
        assert_eq!(found(&files, "pipe:0").unwrap(), ["pipe:0"]);
        assert_eq!(found(&files, "http://x").unwrap(), ["http://x"]);
        assert_eq!(found(&files, "-i.mp4").unwrap(), ["-i.mp4"]);
    }

    #[test]
    fn names_that_are_not_text_are_found_by_patterns_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let name = OsStr::from_bytes(b"caf\xe9\n.mp4");
        std::fs::write(folder.path().join(name), "").unwrap();
        for input in [folder.path().join("*.mp4"), folder.path().to_owned()] {
            assert_eq!(find(&input).unwrap(), [folder.path().join(name)]);
        }
    }

    #[test]
    fn what_means_no_file_says_why() {
        assert_eq!(found(&[], "a.mp4").unwrap_err(), "no such file");
        assert_eq!(found(&[], "concat:a|b").unwrap_err(), "no such file");
        assert_eq!(
            found(&[], "*.mp4").unwrap_err(),
            "the pattern matches no file"
        );
        assert_eq!(
            found(&["a.txt"], ".").unwrap_err(),
            "the folder holds no video"
        );
        assert_eq!(
            find(Path::new("/dev/null")).unwrap_err().to_string(),
            "neither a file nor a folder"
        );
        assert!(
            found(&[], "[a.mp4")
                .unwrap_err()
                .starts_with("not a pattern")
        );
        assert!(found(&[], "a\0b").unwrap_err().contains("NUL"));
        assert!(
            found(&[], &"a".repeat(5000))
                .unwrap_err()
                .contains("too long")
        );
    }
}
