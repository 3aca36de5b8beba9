//! Owner of the index: the process that holds the folder, and answers others where it can.

use std::sync::Arc;

use super::disk::Disk;
use super::folder::{CloseState, Folder};
use super::key::Key;
use super::options::CacheOptions;
use super::records::{Lookup, Records, Stored, Trouble};
use super::reports::{Filter, Removed, VerifyReport};
use super::server::IndexServer;
use super::stats::{Counters, FolderStats};
use super::warning::CacheWarning;

/// The folder as its owner sees it; dropping it leaves all in order for the next one.
#[derive(Debug)]
pub(super) struct IndexOwner {
    server: Option<IndexServer>,
    disk: Arc<Disk>,
}

impl IndexOwner {
    /// Opens a folder that was taken.
    pub(super) fn open(
        taken: (Folder, CloseState),
        options: &CacheOptions,
    ) -> Result<(Self, Option<CacheWarning>), CacheWarning> {
        let (disk, warning) = Disk::open(taken, options)?;
        let disk = Arc::new(disk);
        // Where it cannot be, other processes work with files alone.
        let server = IndexServer::start(disk.folder.root(), &disk).ok();
        Ok((Self { server, disk }, warning))
    }

    /// Takes in an entry that an earlier owner may have lost.
    pub(super) fn take_in(&self, entry: &[u8]) -> Result<(), Trouble> {
        self.disk.enter_entry(entry).map(drop)
    }

    /// Leaves word for the next process where the index is damaged.
    pub(super) fn leave_word_of(&self, trouble: &Trouble) {
        self.disk.leave_word_of(trouble);
    }
}

impl Drop for IndexOwner {
    fn drop(&mut self) {
        drop(self.server.take());
        if self.disk.flush().is_ok() {
            self.disk.mark_closed();
        }
    }
}

impl Records for IndexOwner {
    fn get(&self, stage: &str, key: &Key) -> Result<Lookup, Trouble> {
        self.disk.get(stage, key)
    }

    fn has(&self, stage: &str, key: &Key) -> Result<bool, Trouble> {
        self.disk.has(stage, key)
    }

    fn put(&self, stage: &str, key: &Key, payload: &[u8]) -> Result<Stored, Trouble> {
        self.disk.put(stage, key, payload)
    }

    fn note_uses(&self) -> Result<(), Trouble> {
        self.disk.save_used_now_and_then()
    }

    fn make_room(&self) -> Result<Removed, Trouble> {
        self.disk.take_in_loose()?;
        self.disk.evict_for(0)
    }

    fn add_counters(&self, stage: &str, more: &Counters) -> Result<(), Trouble> {
        self.disk.add_counters(stage, more)
    }

    fn flush(&self) -> Result<(), Trouble> {
        self.disk.flush()
    }

    fn trim(&self, max_bytes: u64) -> Result<Removed, Trouble> {
        self.disk.evict_to(max_bytes)
    }

    fn clear(&self, filter: &Filter) -> Result<Removed, Trouble> {
        self.disk.clear(filter)
    }

    fn verify(&self) -> Result<VerifyReport, Trouble> {
        self.disk.verify()
    }

    fn holdings(&self) -> Result<FolderStats, Trouble> {
        self.disk.holdings()
    }
}
