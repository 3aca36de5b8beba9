//! Loose records: files that a process without an index writes and reads, named for the owner to take in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::blobs::Blobs;
use super::folder::{blobs_in, create_dir, entries, file_name, open_private, unindexed_in};
use super::index::Address;
use super::record::StoredRecord;

/// The records of a folder as far as they are files, and the names of those that its index may not know.
#[derive(Debug)]
pub(super) struct LooseRecords {
    pub(super) blobs: Blobs,
    names: PathBuf,
}

impl LooseRecords {
    /// Opens those of the folder `root`.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let names = unindexed_in(root);
        create_dir(&names)?;
        Ok(Self {
            blobs: Blobs::open(blobs_in(root))?,
            names,
        })
    }

    /// Stores the whole record `bytes`; durable when it returns, and found by the owner then or later.
    pub(super) fn write(&self, address: &Address, bytes: &[u8]) -> io::Result<()> {
        self.blobs.write(address, bytes)?;
        open_private(&self.names.join(address.to_string())).map(drop)
    }

    /// Returns the payload at `address` where a whole record echoes the question.
    pub(super) fn read(&self, address: &Address) -> Option<Vec<u8>> {
        let bytes = self.blobs.read(address, u64::MAX - 1).ok()??;
        let record = StoredRecord::parse(&bytes).ok()?;
        let ours = Address::new(&record.header.stage, &record.header.key) == *address;
        if ours { record.payload().ok() } else { None }
    }
}

/// Hands the names of loose records in the folder `root` to `take_in`; those it takes are named no longer.
pub(super) fn for_each_name<E: From<io::Error>>(
    root: &Path,
    mut take_in: impl FnMut(&Address) -> Result<(), E>,
) -> Result<(), E> {
    let names = match entries(&unindexed_in(root)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        names => names?,
    };
    for name in names {
        if let Some(address) = Address::from_hex(file_name(&name)) {
            take_in(&address)?;
            fs::remove_file(&name)?;
        }
    }
    Ok(())
}
