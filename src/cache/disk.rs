//! The disk level: small records in the index, large ones in files.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::blobs::Blobs;
use super::folder::{CloseState, Folder, free_bytes, restrict_permissions};
use super::index::{self, Address, Index};
use super::key::Key;
use super::options::CacheOptions;
use super::record::{self, BodyPlace, MAX_PAYLOAD, RecordHeader, StoredRecord};
use super::stats::Counters;
use super::uses::Uses;
use super::warning::CacheWarning;

/// The largest record in the index, in bytes: sled keeps values in memory and rewrites them.
const LARGEST_IN_INDEX: usize = 4096;

/// Uses that are saved together at the latest: so many a kill may cost.
const MOST_UNSAVED_USES: usize = 64;

/// Result of a look-up.
#[derive(Debug)]
pub(super) enum Lookup {
    Payload(Vec<u8>),
    Nothing,
    Damage,
}

/// Result of reading and verifying a record.
#[derive(Debug)]
pub(super) enum Proof {
    Good(RecordHeader, Vec<u8>),
    Damaged,
    /// Its file is not there: a kill came between removing the two.
    Gone,
    /// Its file cannot be read just now: too many are open, say.
    Unreadable,
}

impl Proof {
    fn of(record: StoredRecord<'_>) -> Self {
        match record.payload() {
            Ok(payload) => Self::Good(record.header, payload),
            Err(_) => Self::Damaged,
        }
    }
}

/// Whether a payload was stored: some are not worth it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    Yes {
        /// Records that were removed to make room.
        evicted: Vec<RecordHeader>,
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
    #[error("{free} bytes are free on its disk, {floor} are to stay free")]
    NoRoom { free: u64, floor: u64 },
}

/// The records of one folder. The index is closed before the folder is given back: fields drop in order.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) index: Index,
    pub(super) blobs: Blobs,
    pub(super) folder: Folder,
    options: CacheOptions,
    /// Bytes of all records.
    bytes: AtomicU64,
    /// Bytes of records that are being written and not yet counted; the lock is held to make room.
    reserved: Mutex<u64>,
    uses: Uses,
}

impl Disk {
    /// Opens the folder `dir`; a damaged index is set aside, rebuilt from the files, and told of.
    pub(super) fn open(
        dir: &Path,
        options: &CacheOptions,
    ) -> Result<(Self, Option<CacheWarning>), CacheWarning> {
        let (folder, close_state) = Folder::take(dir, options.lock_wait)?;
        let unusable = |trouble: Trouble| CacheWarning::Unusable {
            dir: dir.to_owned(),
            reason: trouble.to_string(),
        };
        let (index, warning) = open_index(&folder, close_state).map_err(unusable)?;
        let blobs = Blobs::open(folder.blobs()).map_err(|error| unusable(error.into()))?;
        let disk = Self {
            index,
            blobs,
            folder,
            options: options.clone(),
            bytes: AtomicU64::default(),
            reserved: Mutex::default(),
            uses: Uses::default(),
        };
        disk.begin(close_state).map_err(unusable)?;
        Ok((disk, warning))
    }

    fn begin(&self, close_state: CloseState) -> Result<(), Trouble> {
        restrict_permissions(&self.folder.index())?;
        match (close_state, self.index.totals()?) {
            (CloseState::Clean { .. }, Some((bytes, clock))) => {
                self.bytes.store(bytes, Ordering::Relaxed);
                self.uses.count_on_from(clock);
                Ok(())
            }
            _ => self.rebuild_totals().map(drop),
        }
    }

    /// Tells whether the index names a record.
    pub(super) fn has(&self, stage: &str, key: &Key) -> bool {
        matches!(self.index.get(&Address::new(stage, key)), Ok(Some(_)))
    }

    /// Looks for the record of `key` by `stage`; a damaged one is quarantined.
    pub(super) fn get(&self, stage: &str, key: &Key) -> Result<Lookup, Trouble> {
        let address = Address::new(stage, key);
        let Some(entry) = self.index.get(&address)? else {
            return Ok(Lookup::Nothing);
        };
        match self.prove(&address, &entry) {
            Proof::Good(header, payload) if header.echoes(stage, key) => {
                self.uses.touch(address);
                Ok(Lookup::Payload(payload))
            }
            Proof::Good(..) | Proof::Damaged => {
                self.quarantine(&address, &entry)?;
                Ok(Lookup::Damage)
            }
            Proof::Gone => {
                self.forget(&address)?;
                Ok(Lookup::Nothing)
            }
            Proof::Unreadable => Ok(Lookup::Nothing),
        }
    }

    /// Reads the record behind `entry` and proves it.
    pub(super) fn prove(&self, address: &Address, entry: &[u8]) -> Proof {
        let Ok(record) = StoredRecord::parse(entry) else {
            return Proof::Damaged;
        };
        if record.header.place == BodyPlace::Here {
            return Proof::of(record);
        }
        match self.blobs.read(address, record.header.sealed_len()) {
            Ok(Some(file)) => StoredRecord::parse(&file).map_or(Proof::Damaged, Proof::of),
            Ok(None) => Proof::Gone,
            Err(_) => Proof::Unreadable,
        }
    }

    /// Stores `payload`, with the order of its use; the file of a large one is durable when this returns.
    ///
    /// The longest unused records make room first where the folder would pass its size.
    pub(super) fn put(&self, stage: &str, key: &Key, payload: &[u8]) -> Result<Stored, Trouble> {
        if payload.is_empty() || payload.len() > MAX_PAYLOAD || stage.len() > usize::from(u8::MAX) {
            return Ok(Stored::No);
        }
        self.check_room()?;
        let address = Address::new(stage, key);
        let (header, body) = record::pack(stage, key, payload, self.options.compression_level);
        if header.sealed_len() > self.options.max_bytes {
            return Ok(Stored::No);
        }
        let evicted = self.reserve(header.sealed_len())?;
        let written = self.write(&address, &header, &header.seal(&body));
        *self.lock_reserved() -= header.sealed_len();
        written?;
        self.save_used()?;
        Ok(Stored::Yes { evicted })
    }

    fn write(&self, address: &Address, header: &RecordHeader, whole: &[u8]) -> Result<(), Trouble> {
        if whole.len() <= LARGEST_IN_INDEX {
            return self.enter(address, header, whole);
        }
        // The file first: a kill between the two leaves a file that the next process takes in.
        self.blobs.write(address, whole)?;
        let header = header.at(BodyPlace::Blob);
        self.enter(address, &header, &header.seal(&[]))
    }

    /// Reserves `bytes` for a record, removing others until it fits, and returns those.
    fn reserve(&self, bytes: u64) -> Result<Vec<RecordHeader>, Trouble> {
        let mut reserved = self.lock_reserved();
        let coming = reserved.saturating_add(bytes);
        let evicted = self.evict_for(coming)?;
        *reserved = coming;
        Ok(evicted)
    }

    /// Writes `entry` into the index and counts its bytes.
    pub(super) fn enter(
        &self,
        address: &Address,
        header: &RecordHeader,
        entry: &[u8],
    ) -> Result<(), Trouble> {
        let before = self.index.insert(address, entry)?;
        let before = before.and_then(|before| Some(StoredRecord::parse(&before).ok()?.header));
        self.bytes.fetch_add(header.sealed_len(), Ordering::Relaxed);
        if let Some(before) = before {
            self.uncount(&before);
            if before.place == BodyPlace::Blob && header.place == BodyPlace::Here {
                self.blobs.remove(address)?;
            }
        }
        self.uses.touch(*address);
        Ok(())
    }

    /// Removes the record at `address`, file included, and returns what it was.
    pub(super) fn forget(&self, address: &Address) -> Result<Option<RecordHeader>, Trouble> {
        let entry = self.index.remove(address)?;
        self.uses.forget(address);
        self.blobs.remove(address)?;
        let header = entry.and_then(|entry| Some(StoredRecord::parse(&entry).ok()?.header));
        header.iter().for_each(|header| self.uncount(header));
        Ok(header)
    }

    /// Takes the damaged record at `address` out of use and keeps it for a look.
    pub(super) fn quarantine(&self, address: &Address, entry: &[u8]) -> Result<(), Trouble> {
        let file = self.blobs.path(address);
        if file.exists() {
            self.folder.quarantine_file(&file)?;
        } else {
            self.folder.quarantine(&address.to_string(), entry)?;
        }
        self.forget(address).map(drop)
    }

    /// Makes all of it durable, with the totals and the order of uses.
    pub(super) fn flush(&self) -> Result<(), Trouble> {
        self.save_used()?;
        self.index.save_totals(self.bytes(), self.uses.clock())?;
        Ok(self.index.flush()?)
    }

    /// Notes for the next process that all was flushed.
    pub(super) fn mark_closed(&self) {
        let clock = self.uses.clock();
        // Private again: sled makes files of its own, with the rights of its time.
        let _ = restrict_permissions(&self.folder.index());
        self.folder.mark(CloseState::Clean { clock });
    }

    pub(super) fn add_counters(&self, stage: &str, more: &Counters) -> Result<(), Trouble> {
        Ok(self.index.add_counters(stage, more)?)
    }

    /// Returns the warning for `trouble`, and leaves word for the next process where the index is damaged.
    pub(super) fn warning(&self, trouble: &Trouble) -> CacheWarning {
        if let Trouble::Index(index::Error::Damaged(_)) = trouble {
            self.folder.mark(CloseState::Damaged);
        }
        CacheWarning::StoppedWriting {
            dir: self.folder.root().to_owned(),
            reason: trouble.to_string(),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.options.max_bytes
    }

    /// Replaces the totals by counted ones.
    pub(super) fn recount(&self, bytes: u64, clock: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.uses.count_on_from(clock);
    }

    /// Saves the order of uses once enough of them wait for it: a process that only asks stores nothing else.
    pub(super) fn save_used_now_and_then(&self) -> Result<(), Trouble> {
        if self.uses.unsaved() < MOST_UNSAVED_USES {
            return Ok(());
        }
        self.save_used()
    }

    pub(super) fn save_used(&self) -> Result<(), Trouble> {
        Ok(self.index.save_used(self.uses.take())?)
    }

    fn uncount(&self, header: &RecordHeader) {
        let less = |bytes: u64| Some(bytes.saturating_sub(header.sealed_len()));
        let _ = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    fn check_room(&self) -> Result<(), Trouble> {
        let floor = self.options.min_free_bytes;
        let free = free_bytes(self.folder.root())?;
        if free < floor {
            return Err(Trouble::NoRoom { free, floor });
        }
        Ok(())
    }

    fn lock_reserved(&self) -> MutexGuard<'_, u64> {
        // One number, whole at every step: a panic elsewhere leaves it right enough.
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_index(
    folder: &Folder,
    close_state: CloseState,
) -> Result<(Index, Option<CacheWarning>), Trouble> {
    let path = folder.index();
    if path.symlink_metadata().is_err() {
        return Ok((Index::open(&path)?, None));
    }
    let reason = match open_and_compare(&path, close_state) {
        Err(index::Error::Damaged(reason)) => reason,
        answer => return Ok((answer?, None)),
    };
    let aside = folder.set_aside(&path)?;
    let index = Index::open(&path)?;
    Ok((index, Some(CacheWarning::Rebuilt { aside, reason })))
}

/// Opens the index at `path` and compares it with the note of the last process: sled takes a lost tail for a fresh start.
fn open_and_compare(path: &Path, close_state: CloseState) -> Result<Index, index::Error> {
    if close_state == CloseState::Damaged {
        return Err(index::Error::Damaged(
            "damage found in the last run".to_owned(),
        ));
    }
    let index = Index::open(path)?;
    let saved = index.totals()?.map(|(_, clock)| clock);
    match close_state {
        CloseState::Clean { clock } if saved != Some(clock) => Err(index::Error::Damaged(
            "its last records are gone".to_owned(),
        )),
        _ => Ok(index),
    }
}

#[cfg(test)]
mod tests;
