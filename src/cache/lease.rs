//! Leases: who computes something keeps other processes of this machine from computing it, too. A killed holder's lease is free at once.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::folder::{create_dir, open_private};
use super::peers::{self, PeerState};

/// A lease that is held until it is dropped; an empty one where none can be had.
#[derive(Debug, Default)]
pub struct Lease {
    _file: Option<LeaseFile>,
}

#[derive(Debug)]
struct LeaseFile {
    file: File,
    path: PathBuf,
}

impl Lease {
    /// Takes the lease called `name` in the cache folder `dir`; `None` means that a process at work holds it.
    ///
    /// Where leases cannot be had, or the holder is stopped or on another machine, it is an empty one: work may be done twice, never not.
    pub(super) fn take(dir: &Path, name: &str) -> Option<Self> {
        let path = dir.join("leases").join(name);
        match LeaseFile::take(path) {
            Ok(Some(file)) => Some(Self { _file: Some(file) }),
            Ok(None) => None,
            Err(_) => Some(Self::default()),
        }
    }
}

impl LeaseFile {
    fn take(path: PathBuf) -> io::Result<Option<Self>> {
        create_dir(path.parent().unwrap_or(&path))?;
        loop {
            let file = open_private(&path)?;
            if let Err(error) = file.try_lock() {
                return match error {
                    fs::TryLockError::Error(error) => Err(error),
                    fs::TryLockError::WouldBlock if is_at_work(&file) => Ok(None),
                    fs::TryLockError::WouldBlock => Err(io::Error::other("its holder is stopped")),
                };
            }
            // Given back between the two: its name may be another file's by now.
            if file.metadata()?.nlink() > 0 {
                file.set_len(0)?;
                file.write_all_at(std::process::id().to_string().as_bytes(), 0)?;
                return Ok(Some(Self { file, path }));
            }
        }
    }
}

impl Drop for LeaseFile {
    fn drop(&mut self) {
        // Removed while it is locked: nobody holds a file of that name then.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Tells whether the process that wrote its number into the lease runs here and is not stopped.
fn is_at_work(lease: &File) -> bool {
    let mut bytes = [0; 16];
    let length = lease.read_at(&mut bytes, 0).unwrap_or(0);
    let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
    let Ok(pid) = text.parse::<u32>() else {
        return true; // just being written
    };
    peers::state(pid) == PeerState::AtWork
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn one_holds_a_lease_at_a_time_and_leaves_nothing() {
        let dir = TempDir::new().unwrap();
        let first = Lease::take(dir.path(), "a").unwrap();
        assert!(Lease::take(dir.path(), "a").is_none());
        assert!(Lease::take(dir.path(), "b").is_some());
        drop(first);
        assert!(Lease::take(dir.path(), "a").is_some());
        assert_eq!(fs::read_dir(dir.path().join("leases")).unwrap().count(), 0);
    }

    #[test]
    fn a_holder_that_is_not_at_work_delays_nobody() {
        let dir = TempDir::new().unwrap();
        let _held = Lease::take(dir.path(), "a").unwrap();
        // No process has this number: they end at 2^22.
        fs::write(dir.path().join("leases/a"), "4194305").unwrap();
        let second = Lease::take(dir.path(), "a").unwrap();
        assert!(second._file.is_none());
    }
}
