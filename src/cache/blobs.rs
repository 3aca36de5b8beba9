//! Blobs: records too large for the index, one file each, written whole or not at all.
//!
//! A file is named after the address of its record, not after its content: the record can be found, verified and listed without the index,
//! a lost index is rebuilt from the files, and nothing counts references. Equal payloads under different keys are rare: keys name contents.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::folder::{create_dir, entries, file_name, open_private};
use super::index::Address;

/// Prefix of unfinished files.
const TEMPORARY: &str = ".unfinished-";

/// The folder `blobs/`.
#[derive(Debug)]
pub(super) struct Blobs {
    root: PathBuf,
    /// When it was opened, in nanoseconds: process numbers are not unique where containers share a folder.
    opened: u128,
    written: AtomicU64,
}

impl Blobs {
    /// Opens the folder, creating it where it is missing.
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        create_dir(&root)?;
        let age = UNIX_EPOCH.elapsed().unwrap_or_default();
        Ok(Self {
            root,
            opened: age.as_nanos(),
            written: AtomicU64::new(0),
        })
    }

    /// Removes what killed processes left unfinished in the folder; what is being written is locked and stays.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for path in entries(&self.root)? {
            if file_name(&path).starts_with(TEMPORARY) && is_left(&path) {
                remove_if_there(&path)?;
            }
        }
        Ok(())
    }

    /// Writes the file of `address`, replacing an older one; durable when it returns.
    pub(super) fn write(&self, address: &Address, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(address);
        let dir = path.parent().unwrap_or(&self.root);
        create_dir(dir)?;
        // In blobs/ itself, not in the last folder: one listing finds what was left unfinished.
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join(format!(
            "{TEMPORARY}{}-{}-{number}",
            std::process::id(),
            self.opened
        ));
        let written = write_durably(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary); // the first trouble is the one to tell
        }
        written.and_then(|()| File::open(dir)?.sync_all())
    }

    /// Returns the file of `address`, or `None` when there is none; at most `limit` bytes and one more are read.
    pub(super) fn read(&self, address: &Address, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path(address)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let limit = limit.saturating_add(1);
        let mut bytes = Vec::with_capacity(file.metadata()?.len().min(limit) as usize);
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Removes the file of `address`, where there is one.
    pub(super) fn remove(&self, address: &Address) -> io::Result<()> {
        remove_if_there(&self.path(address))
    }

    /// Tells whether there is a file of `address`.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.path(address).exists()
    }

    /// Returns the addresses of all files, in no order. Files with other names are not ours.
    pub(super) fn addresses(&self) -> io::Result<Vec<Address>> {
        let mut found = Vec::new();
        for dir in entries(&self.root)?
            .into_iter()
            .filter(|path| path.is_dir())
        {
            found.extend(
                entries(&dir)?
                    .iter()
                    .filter_map(|path| Address::from_hex(file_name(path))),
            );
        }
        Ok(found)
    }

    /// Returns where the file of `address` is or would be.
    pub(super) fn path(&self, address: &Address) -> PathBuf {
        let name = address.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

/// Writes the file `path` and keeps it locked meanwhile: an unlocked one is what a killed process left.
fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_locked(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn open_locked(path: &Path) -> io::Result<File> {
    loop {
        let file = open_private(path)?;
        file.lock()?;
        // Removed between the two by a sweep: it looked left.
        if file.metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

fn is_left(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
