//! Atomic file writes: whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::{Builder, NamedTempFile};

const SUFFIX: &str = ".tmp";

/// Why a result file could not be written; every variant but the last is about the place, not the content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, the quota or the allowed file size is used up.
    #[error("{}: no space left", path.display())]
    NoSpace {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// The folder may not be written to.
    #[error("{}: read only", path.display())]
    ReadOnly {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// Anything else the system says: no such folder, a broken disk.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said; no `source`, which would be told a second time.
        reason: io::Error,
    },
    /// A number that no file may hold: not finite.
    #[error("content: {0}")]
    Content(String),
}

impl Error {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::NoSpace { path },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path }
            }
            _ => Self::Io {
                path,
                reason: source,
            },
        }
    }
}

/// A file on its way: bytes under a temporary name beside the place they are meant for.
///
/// Dropped without [`Draft::publish`] it is removed. The name is `.NAME.XXXXXX.tmp`, for those a killed run leaves behind.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    target: PathBuf,
}

impl Draft {
    /// Creates an empty file in the folder of `target`.
    pub fn create(target: &Path) -> Result<Self, Error> {
        let mut prefix = OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        prefix.push(".");
        let file = Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(0o666)) // less the umask, as any other file
            .tempfile_in(folder(target))
            .map_err(|source| Error::new(target, source))?;
        Ok(Self {
            file,
            target: target.to_owned(),
        })
    }

    /// Returns where the bytes are now, for a writer that opens files by name.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file
            .write_all(bytes)
            .map_err(|source| Error::new(&self.target, source))
    }

    /// Makes the bytes durable and gives them their name, replacing what had it.
    pub fn publish(self) -> Result<(), Error> {
        let Self { file, target } = self;
        let published = File::open(file.path())
            .and_then(|written| written.sync_all())
            .and_then(|()| file.persist(&target).map_err(io::Error::from))
            .and_then(|_| File::open(folder(&target))?.sync_all());
        published.map_err(|source| Error::new(&target, source))
    }
}

/// Writes `bytes` to `path`, replacing what is there: after any fault the old content or the new, never a part.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut draft = Draft::create(path)?;
    draft.write(bytes)?;
    draft.publish()
}

/// Creates a folder and those above it; one that is there already is fine.
pub fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::new(path, source))
}

/// Fails when files could not be written into a folder, which need not be there yet; nothing of the trial is left.
pub fn try_folder(path: &Path) -> Result<(), Error> {
    let there = path
        .ancestors()
        .find(|part| part.symlink_metadata().is_ok());
    let there = there.filter(|part| !part.as_os_str().is_empty());
    let trial = tempfile::tempfile_in(there.unwrap_or(Path::new(".")));
    trial.map(drop).map_err(|source| Error::new(path, source))
}

/// Removes the drafts that a killed process left in a folder.
pub fn remove_drafts(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let drafts = entries
        .flatten()
        .filter(|entry| is_draft(&entry.file_name()));
    // If one will not go, it does no harm: nothing reads these names.
    drafts.for_each(|draft| drop(fs::remove_file(draft.path())));
}

/// Tells whether a file of this name is a [`Draft`], of this process or of one that was killed.
pub fn is_draft(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b".") && name.ends_with(SUFFIX.as_bytes())
}

/// Returns `content` as indented JSON with a newline at the end.
pub fn to_json(content: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes =
        serde_json::to_vec_pretty(content).map_err(|error| Error::Content(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;

    fn names(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn the_new_content_replaces_the_old_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clips.json");
        write_atomic(&path, b"old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["clips.json"]);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o600,
            0o600
        );
    }

    #[test]
    fn a_draft_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut draft = Draft::create(&dir.path().join("01.mp4")).unwrap();
        draft.write(b"half").unwrap();
        assert!(is_draft(draft.path().file_name().unwrap()));
        assert!(!is_draft(OsStr::new("01.mp4")));
        drop(draft);
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_draft_written_by_name_is_published_whole() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("01.mp4");
        let draft = Draft::create(&target).unwrap();
        fs::write(draft.path(), b"by another").unwrap();
        draft.publish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"by another");
    }

    #[test]
    fn a_folder_that_can_be_written_is_told_from_one_that_cannot_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let check = |name: &str| try_folder(&dir.path().join(name)).is_ok();
        assert!(check("") && check("new/below"));
        assert!(!check("file") && !check("file/below"));
        assert!(try_folder(Path::new("/proc/no/such")).is_err());
        assert_eq!(names(dir.path()), ["file"]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".report.json.4s0vQt.tmp", "report.json", ".mine", "x.tmp"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        remove_drafts(dir.path());
        let mut left = names(dir.path());
        left.sort();
        assert_eq!(left, [".mine", "report.json", "x.tmp"]);
    }

    #[test]
    fn an_error_is_told_once_with_all_its_causes() {
        let error = anyhow::Error::new(write_atomic(Path::new("/nowhere/x"), b"").unwrap_err());
        let text = format!("{error:#}");
        assert_eq!(text.matches("No such file").count(), 1, "{text}");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_atomic(Path::new("/nowhere/at/all.json"), b"").unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/at/all.json: "));
        assert!(matches!(error, Error::Io { .. }));
    }

    #[test]
    fn the_system_s_words_for_full_and_read_only_are_told_apart() {
        let of = |number: Errno| Error::new(Path::new("x"), io::Error::from(number));
        for number in [Errno::ENOSPC, Errno::EDQUOT, Errno::EFBIG] {
            assert!(matches!(of(number), Error::NoSpace { .. }));
        }
        for number in [Errno::EROFS, Errno::EACCES, Errno::EPERM] {
            assert!(matches!(of(number), Error::ReadOnly { .. }));
        }
        assert!(matches!(of(Errno::EIO), Error::Io { .. }));
    }
}
