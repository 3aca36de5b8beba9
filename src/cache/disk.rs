//! The disk level: small records in the index, large ones in files.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::blobs::Blobs;
use super::folder::{CloseState, Folder, restrict_permissions};
use super::index::{self, Address, Index};
use super::key::Key;
use super::options::CacheOptions;
use super::record::{self, BodyPlace, RecordHeader, StoredRecord};
use super::records::{Lookup, Stored, Trouble, check_room};
use super::reports::Removed;
use super::stats::Counters;
use super::uses::Uses;
use super::warning::CacheWarning;

/// The largest record in the index, in bytes: sled keeps values in memory and rewrites them.
pub(super) const LARGEST_IN_INDEX: usize = 4096;

/// Uses that are saved together at the latest: so many a kill may cost.
const MOST_UNSAVED_USES: usize = 64;

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

/// The records of one folder. The index is closed before the folder is given back: fields drop in order.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) index: Index,
    pub(super) blobs: Blobs,
    pub(super) folder: Folder,
    options: CacheOptions,
    /// The smallest that any process allows the folder to be at most.
    max_bytes: AtomicU64,
    /// Bytes of all records.
    bytes: AtomicU64,
    /// Bytes of records that are being written and not yet counted; the lock is held to make room.
    reserved: Mutex<u64>,
    uses: Uses,
}

impl Disk {
    /// Opens a folder that was taken; a damaged index is set aside, rebuilt from the files, and told of.
    pub(super) fn open(
        (folder, close_state): (Folder, CloseState),
        options: &CacheOptions,
    ) -> Result<(Self, Option<CacheWarning>), CacheWarning> {
        let dir = folder.root().to_owned();
        let unusable = |trouble: Trouble| CacheWarning::Unusable {
            dir: dir.clone(),
            reason: trouble.to_string(),
        };
        let (index, warning) = open_index(&folder, close_state).map_err(unusable)?;
        let blobs = Blobs::open(folder.blobs()).map_err(|error| unusable(error.into()))?;
        let disk = Self {
            index,
            blobs,
            folder,
            max_bytes: AtomicU64::new(options.max_bytes),
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
        self.blobs.sweep()?;
        match (close_state, self.index.totals()?) {
            (CloseState::Clean { .. }, Some((bytes, clock))) => {
                self.bytes.store(bytes, Ordering::Relaxed);
                self.uses.count_on_from(clock);
            }
            _ => drop(self.rebuild_totals()?),
        }
        self.take_in_loose()
    }

    /// Tells whether there is a record.
    pub(super) fn has(&self, stage: &str, key: &Key) -> Result<bool, Trouble> {
        let address = Address::new(stage, key);
        Ok(self.index.get(&address)?.is_some() || self.blobs.has(&address))
    }

    /// Returns the entry of the record of `key` by `stage`, which counts as used.
    pub(super) fn entry(&self, stage: &str, key: &Key) -> Result<Option<Vec<u8>>, Trouble> {
        let address = Address::new(stage, key);
        let entry = self.find(&address)?;
        if entry.is_some() {
            self.uses.touch(address);
        }
        Ok(entry)
    }

    /// Returns the entry at `address`; a file that the index lacks is taken in: another process wrote it.
    fn find(&self, address: &Address) -> Result<Option<Vec<u8>>, Trouble> {
        if let Some(entry) = self.index.get(address)? {
            return Ok(Some(entry));
        }
        let adopted = self.adopt_blob(address)?;
        Ok(adopted.map(|header| header.seal(&[])))
    }

    /// Looks at a record that another process does not believe, and tells whether it is damaged.
    pub(super) fn check(&self, stage: &str, key: &Key) -> Result<bool, Trouble> {
        Ok(matches!(self.get(stage, key)?, Lookup::Damage))
    }

    /// Looks for the record of `key` by `stage`; a damaged one is quarantined.
    pub(super) fn get(&self, stage: &str, key: &Key) -> Result<Lookup, Trouble> {
        let address = Address::new(stage, key);
        let Some(entry) = self.find(&address)? else {
            return Ok(Lookup::Nothing);
        };
        match prove(&self.blobs, &address, &entry) {
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

    /// Stores `payload`, with the order of its use; the file of a large one is durable when this returns.
    ///
    /// The longest unused records make room first where the folder would pass its size.
    pub(super) fn put(&self, stage: &str, key: &Key, payload: &[u8]) -> Result<Stored, Trouble> {
        if !record::fits(stage, payload) {
            return Ok(Stored::No);
        }
        let address = Address::new(stage, key);
        let (header, body) = record::pack(stage, key, payload, self.options.compression_level);
        if header.sealed_len() > self.max_bytes() {
            return Ok(Stored::No);
        }
        let evicted = self.reserve(header.sealed_len())?;
        let written = self.write(&address, &header, &header.seal(&body));
        self.release(header.sealed_len());
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

    /// Enters the sealed `entry` of a record whose file, if any, is there; what is none is refused.
    pub(super) fn enter_entry(&self, entry: &[u8]) -> Result<u64, Trouble> {
        let record = StoredRecord::parse(entry);
        let header = record
            .map_err(|damage| Trouble::Refused(damage.to_string()))?
            .header;
        let address = Address::new(&header.stage, &header.key);
        self.enter(&address, &header, entry)?;
        Ok(header.sealed_len())
    }

    /// Reserves `bytes` for a record, removing others until it fits, and returns those.
    pub(super) fn reserve(&self, bytes: u64) -> Result<Removed, Trouble> {
        check_room(self.folder.root(), self.options.min_free_bytes)?;
        let mut reserved = self.lock_reserved();
        let coming = reserved.saturating_add(bytes);
        let evicted = self.evict_for(coming)?;
        *reserved = coming;
        Ok(evicted)
    }

    /// Gives back bytes that were reserved: the record is counted now, or there is none.
    pub(super) fn release(&self, bytes: u64) {
        let mut reserved = self.lock_reserved();
        *reserved = reserved.saturating_sub(bytes);
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

    /// Leaves word for the next process where the index is damaged.
    pub(super) fn leave_word_of(&self, trouble: &Trouble) {
        if let Trouble::Index(index::Error::Damaged(_)) = trouble {
            self.folder.mark(CloseState::Damaged);
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.max_bytes.load(Ordering::Relaxed)
    }

    /// Lets the folder become no larger than another process allows it.
    pub(super) fn limit(&self, max_bytes: u64) {
        self.max_bytes.fetch_min(max_bytes, Ordering::Relaxed);
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

    fn lock_reserved(&self) -> MutexGuard<'_, u64> {
        // One number, whole at every step: a panic elsewhere leaves it right enough.
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the record behind `entry` and proves it.
pub(super) fn prove(blobs: &Blobs, address: &Address, entry: &[u8]) -> Proof {
    let Ok(record) = StoredRecord::parse(entry) else {
        return Proof::Damaged;
    };
    if record.header.place == BodyPlace::Here {
        return Proof::of(record);
    }
    match blobs.read(address, record.header.sealed_len()) {
        Ok(Some(file)) => StoredRecord::parse(&file).map_or(Proof::Damaged, Proof::of),
        Ok(None) => Proof::Gone,
        Err(_) => Proof::Unreadable,
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
