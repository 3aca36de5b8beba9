//! What can be asked of the records of a folder, by the process that owns its index and by the others.

use std::io;
use std::path::Path;

use super::folder::free_bytes;
use super::index;
use super::key::Key;
use super::reports::{Filter, Removed, VerifyReport};
use super::stats::{Counters, FolderStats};

/// The records of one folder.
pub(super) trait Records {
    /// Looks for the record of `key` by `stage`, whole and verified.
    fn get(&self, stage: &str, key: &Key) -> Result<Lookup, Trouble>;
    /// Tells whether there is one, without reading it.
    fn has(&self, stage: &str, key: &Key) -> Result<bool, Trouble>;
    /// Stores `payload` for `key` by `stage`.
    fn put(&self, stage: &str, key: &Key, payload: &[u8]) -> Result<Stored, Trouble>;
    /// Saves the order of uses once enough of them wait for it.
    fn note_uses(&self) -> Result<(), Trouble>;
    /// Brings the folder under its size.
    fn make_room(&self) -> Result<Removed, Trouble>;
    /// Adds to the counters of all runs.
    fn add_counters(&self, stage: &str, more: &Counters) -> Result<(), Trouble>;
    /// Makes all of it durable.
    fn flush(&self) -> Result<(), Trouble>;
    /// Removes the longest unused records until at most `max_bytes` are left.
    fn trim(&self, max_bytes: u64) -> Result<Removed, Trouble>;
    /// Removes what `filter` matches.
    fn clear(&self, filter: &Filter) -> Result<Removed, Trouble>;
    /// Reads and proves every record.
    fn verify(&self) -> Result<VerifyReport, Trouble>;
    /// Returns what is held and what was counted, by stage.
    fn holdings(&self) -> Result<FolderStats, Trouble>;
}

/// Result of a look-up.
#[derive(Debug)]
pub(super) enum Lookup {
    Payload(Vec<u8>),
    Nothing,
    Damage,
}

/// Whether a payload was stored: some are not worth it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    Yes {
        /// Records that were removed to make room.
        evicted: Removed,
    },
    No,
}

/// Why the folder cannot be written any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Index(#[from] index::Error),
    /// The process that owns the index cannot do it.
    #[error("{0}")]
    Refused(String),
    /// The process that owns the index has ended.
    #[error("the process that owned it has ended")]
    OwnerGone,
    #[error("{free} bytes are free on its disk, {floor} are to stay free")]
    NoRoom { free: u64, floor: u64 },
}

/// Fails where less than `floor` bytes are free on the disk of the folder `dir`.
pub(super) fn check_room(dir: &Path, floor: u64) -> Result<(), Trouble> {
    let free = free_bytes(dir)?;
    if free < floor {
        return Err(Trouble::NoRoom { free, floor });
    }
    Ok(())
}
