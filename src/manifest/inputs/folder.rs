//! Entries of a folder, and what the ending of a file's name says about it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::error::Error;

/// Endings of the files that are taken from a folder.
const VIDEO_ENDINGS: [&str; 19] = [
    "3gp", "asf", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf",
    "ogv", "ts", "vob", "webm", "wmv", "y4m",
];

/// Endings of files that hold sound alone: not taken from a folder, but worth a word.
const SOUND_ENDINGS: [&str; 13] = [
    "aac", "ac3", "aif", "aiff", "amr", "flac", "m4a", "mka", "mp3", "oga", "ogg", "opus", "wav",
];

/// What a file seems to be, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndingKind {
    Video,
    Sound,
    Other,
}

/// Entry of a folder; its kind costs no `stat` unless it is a link.
pub(super) struct FolderEntry {
    pub(super) path: PathBuf,
    kind: std::fs::FileType,
}

impl FolderEntry {
    pub(super) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.name().as_bytes().starts_with(b".")
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind.is_file() || (self.kind.is_symlink() && self.path.is_file())
    }

    /// Tells whether it is a folder, and no link to one: to follow links down might never end.
    pub(super) fn is_own_folder(&self) -> bool {
        self.kind.is_dir()
    }

    /// Tells whether it is a folder or a link to one.
    pub(super) fn leads_to_folder(&self) -> bool {
        self.kind.is_dir() || (self.kind.is_symlink() && self.path.is_dir())
    }
}

/// Returns what a file of this name seems to be.
pub(super) fn kind_by_ending(path: &Path) -> EndingKind {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_one_of = |endings: &[&str]| endings.iter().any(|e| e.eq_ignore_ascii_case(ending));
    if is_one_of(&VIDEO_ENDINGS) {
        EndingKind::Video
    } else if is_one_of(&SOUND_ENDINGS) {
        EndingKind::Sound
    } else {
        EndingKind::Other
    }
}

/// Returns the entries of a folder; the empty path is the working folder.
pub(super) fn list(folder: &Path) -> Result<Vec<FolderEntry>, Error> {
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
