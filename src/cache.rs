//! Cache of results from earlier runs, on disk. The only folder that knows sled.
//!
//! The cache can change the speed of a run and nothing else: what is locked, damaged, full or foreign is a miss and one [`CacheWarning`].
//! A record is found by stage and [`Key`], describes itself, and is believed only when its seals hold.

mod blobs;
mod disk;
mod evict;
mod folder;
mod index;
mod input;
mod key;
mod options;
mod record;
mod schema;
mod stats;
mod upkeep;
mod uses;
mod warning;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use folder::free_bytes;
pub use input::{Digest, FileIdentity, Input, InputError, content_digest};
pub use key::{Key, KeyBuilder};
pub use options::CacheOptions;
pub use stats::{Counters, DISK_LEVEL, LevelStats, StageStats, Stats};
pub use upkeep::{Cleared, Filter, VerifyReport};
pub use warning::CacheWarning;

use disk::{Disk, Lookup, Stored, Trouble};
use stats::Tallies;

/// The stage under which digests of input files are remembered.
const DIGEST_STAGE: &str = "digest";

/// A cache that can be asked, and what is wrong with it, if anything.
#[derive(Debug)]
pub struct Opened {
    /// Always usable; at worst it knows nothing and keeps nothing.
    pub cache: Cache,
    /// What the person who runs the program should know.
    pub warning: Option<CacheWarning>,
}

/// Results of earlier runs, shared by all threads.
#[derive(Debug)]
pub struct Cache {
    disk: Option<Disk>,
    writing: AtomicBool,
    tallies: Mutex<Tallies>,
    warnings: Mutex<Vec<CacheWarning>>,
}

impl Cache {
    /// Opens the cache in the folder `dir`, creating it where it is not there.
    ///
    /// Never fails: what cannot be used is left out, and the warning says so.
    pub fn open(dir: &Path, options: &CacheOptions) -> Opened {
        match Disk::open(dir, options) {
            Ok((disk, warning)) => Opened {
                cache: Self::over(Some(disk)),
                warning,
            },
            Err(warning) => Opened {
                cache: Self::off(),
                warning: Some(warning),
            },
        }
    }

    /// Returns a cache that knows nothing and keeps nothing.
    pub fn off() -> Self {
        Self::over(None)
    }

    fn over(disk: Option<Disk>) -> Self {
        Self {
            writing: AtomicBool::new(disk.is_some()),
            disk,
            tallies: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// Returns the payload that was stored for `key` by `stage`, whole and verified.
    ///
    /// A damaged record is moved to the folder's quarantine and is a miss.
    pub fn get(&self, stage: &str, key: &Key) -> Option<Vec<u8>> {
        let found = self.disk.as_ref().map(|disk| disk.get(stage, key));
        let found = found
            .and_then(|found| self.unless_it_fails(found))
            .unwrap_or(Lookup::Nothing);
        self.count(stage, |counters| match found {
            Lookup::Payload(_) => counters.hits += 1,
            Lookup::Nothing => counters.misses += 1,
            Lookup::Damage => {
                counters.misses += 1;
                counters.damaged += 1;
            }
        });
        let Lookup::Payload(payload) = found else {
            return None;
        };
        if let Some(disk) = self.disk.as_ref().filter(|_| self.is_writing()) {
            self.unless_it_fails(disk.save_used_now_and_then());
        }
        Some(payload)
    }

    /// Tells whether there is a record for `key`, without reading, proving or counting it: for plans.
    pub fn contains(&self, stage: &str, key: &Key) -> bool {
        self.disk.as_ref().is_some_and(|disk| disk.has(stage, key))
    }

    /// Stores `payload` for `key`, for later runs.
    ///
    /// Never fails the run: the first record that cannot be written ends the writing, with one warning.
    /// Empty payloads, those above 1 GiB and those larger than the whole cache may be are not stored.
    pub fn put(&self, stage: &str, key: &Key, payload: &[u8]) {
        let Some(disk) = self.disk.as_ref().filter(|_| self.is_writing()) else {
            return;
        };
        let stored = self.unless_it_fails(disk.put(stage, key, payload));
        if let Some(Stored::Yes { evicted }) = stored {
            self.count(stage, |counters| counters.writes += 1);
            self.count_evictions(&evicted);
        }
    }

    /// Returns the digest of the file's content, if it was remembered for just this state of the file.
    pub fn remembered_digest(&self, identity: &FileIdentity) -> Option<Digest> {
        let bytes = self.get(DIGEST_STAGE, &identity.key())?;
        bytes.try_into().ok().map(Digest)
    }

    /// Remembers the digest of a file's content, unless the file was changed so recently that its times prove nothing.
    pub fn remember(&self, identity: &FileIdentity, digest: &Digest) {
        if identity.is_settled() {
            self.put(DIGEST_STAGE, &identity.key(), digest.as_bytes());
        }
    }

    /// Returns the content and state of the file at `path`; only when its digest is not remembered it is `read`, as
    /// [`Input::read`] does.
    ///
    /// # Errors
    /// [`InputError`] when there is no such file, and what `read` returns.
    pub fn input<E: From<InputError>>(
        &self,
        path: &Path,
        read: impl FnOnce() -> Result<Input, E>,
    ) -> Result<Input, E> {
        let identity = FileIdentity::of(path).map_err(InputError::from)?;
        if let Some(digest) = self.remembered_digest(&identity) {
            return Ok(Input { identity, digest });
        }
        let input = read()?;
        self.remember(&input.identity, &input.digest);
        Ok(input)
    }

    /// Makes what was stored durable, brings the folder under its size, and saves the counters.
    ///
    /// Call it now and then, say after each job; dropping the cache does it too.
    pub fn flush(&self) {
        self.flushed();
    }

    fn flushed(&self) -> Option<&Disk> {
        let disk = self.disk.as_ref()?;
        self.unless_it_fails(self.try_flush(disk))?;
        Some(disk)
    }

    fn try_flush(&self, disk: &Disk) -> Result<(), Trouble> {
        self.count_evictions(&disk.evict_for(0)?);
        self.lock_tallies()
            .save(|stage, more| disk.add_counters(stage, more))?;
        disk.flush()
    }

    /// Removes the longest unused records until those left take at most `max_bytes`.
    pub fn trim(&self, max_bytes: u64) -> Cleared {
        let evicted = self.disk.as_ref().map(|disk| disk.evict_to(max_bytes));
        let evicted = evicted
            .and_then(|evicted| self.unless_it_fails(evicted))
            .unwrap_or_default();
        self.count_evictions(&evicted);
        Cleared::of(&evicted)
    }

    /// Removes the records that `filter` matches; with an empty filter also everything set aside as damaged.
    pub fn clear(&self, filter: &Filter) -> Cleared {
        let removed = self.disk.as_ref().map(|disk| disk.clear(filter));
        Cleared::of(
            &removed
                .and_then(|removed| self.unless_it_fails(removed))
                .unwrap_or_default(),
        )
    }

    /// Reads every record, quarantines the damaged ones, and takes in files that the index had lost.
    pub fn verify(&self) -> VerifyReport {
        let report = self.disk.as_ref().map(|disk| disk.verify());
        report
            .and_then(|report| self.unless_it_fails(report))
            .unwrap_or_default()
    }

    /// Returns what the cache holds and how often it knew the answer.
    pub fn stats(&self) -> Stats {
        let kept = self.disk.as_ref().map(|disk| disk.kept());
        let kept = kept.and_then(|kept| self.unless_it_fails(kept));
        Stats::new(&kept.unwrap_or_default(), &self.lock_tallies())
    }

    /// Tells whether there is a folder behind it.
    pub fn is_on(&self) -> bool {
        self.disk.is_some()
    }

    /// Tells whether what is put is still stored: not without a folder, nor after the first record that could not be written.
    pub fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }

    /// Returns the warnings since the last call; each trouble is told once.
    pub fn take_warnings(&self) -> Vec<CacheWarning> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the answer; at the first trouble ends the writing, with one warning.
    fn unless_it_fails<T>(&self, answer: Result<T, Trouble>) -> Option<T> {
        let trouble = match answer {
            Ok(answer) => return Some(answer),
            Err(trouble) => trouble,
        };
        if let Some(disk) = self
            .disk
            .as_ref()
            .filter(|_| self.writing.swap(false, Ordering::Relaxed))
        {
            self.warnings
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(disk.warning(&trouble));
        }
        None
    }

    fn count(&self, stage: &str, add: impl FnOnce(&mut Counters)) {
        add(self.lock_tallies().of(stage));
    }

    fn count_evictions(&self, evicted: &[record::RecordHeader]) {
        for header in evicted {
            self.count(&header.stage, |counters| counters.evictions += 1);
        }
    }

    fn lock_tallies(&self) -> MutexGuard<'_, Tallies> {
        // Counters only: a panic elsewhere leaves them right enough.
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if let Some(disk) = self.flushed() {
            disk.mark_closed();
        }
    }
}
