//! Blobs: records too large for the index, one file each, written whole or not at all.
//!
//! A file is named after the address of its record, not after its content: the record can be found, verified and listed without the index,
//! a lost index is rebuilt from the files, and nothing counts references. Equal payloads under different keys are rare: keys name contents.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::folder::{create_dir, entries, file_name, open_private};
use super::index::Address;

/// Prefix of unfinished files.
const TEMPORARY: &str = ".unfinished-";

/// The folder `blobs/`.
#[derive(Debug)]
pub(super) struct Blobs {
    root: PathBuf,
    written: AtomicU64,
}

impl Blobs {
    /// Opens the folder and removes what killed processes left unfinished in it.
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        create_dir(&root)?;
        for path in entries(&root)? {
            if file_name(&path).starts_with(TEMPORARY) {
                fs::remove_file(path)?;
            }
        }
        Ok(Self {
            root,
            written: AtomicU64::new(0),
        })
    }

    /// Writes the file of `address`, replacing an older one; durable when it returns.
    pub(super) fn write(&self, address: &Address, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(address);
        let dir = path.parent().unwrap_or(&self.root);
        create_dir(dir)?;
        // In blobs/ itself, not in the last folder: one listing finds what was left unfinished.
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = self
            .root
            .join(format!("{TEMPORARY}{}-{number}", std::process::id()));
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
        match fs::remove_file(self.path(address)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns the addresses of all files, in no order. Files with other names are not ours.
    pub(super) fn addresses(&self) -> io::Result<Vec<Address>> {
        let mut found = Vec::new();
        for dir in entries(&self.root)?
            .into_iter()
            .filter(|path| path.is_dir())
        {
            found.extend(entries(&dir)?.iter().filter_map(|path| address(path)));
        }
        Ok(found)
    }

    /// Returns where the file of `address` is or would be.
    pub(super) fn path(&self, address: &Address) -> PathBuf {
        let name = address.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

fn address(path: &Path) -> Option<Address> {
    let hash = blake3::Hash::from_hex(file_name(path)).ok()?;
    Some(Address::from_bytes(*hash.as_bytes()))
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
