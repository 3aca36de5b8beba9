//! Cache of results from earlier runs: in memory, on disk and shared by machines. The only folder that knows sled and Redis.
//!
//! The cache can change the speed of a run and nothing else: what is locked, damaged, full or foreign is a miss and one [`CacheWarning`].
//! A record is found by stage and [`Key`], describes itself, and is believed only when its seals hold.

mod blobs;
mod client;
mod disk;
mod evict;
mod folder;
mod index;
mod input;
mod key;
mod lease;
mod level;
mod loose;
mod memory_level;
mod options;
mod owner;
mod peers;
mod protocol;
mod record;
mod records;
mod remote;
mod reports;
mod schema;
mod server;
mod shared_folder;
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
pub use lease::Lease;
pub use memory_level::MemoryOptions;
pub use options::CacheOptions;
pub use remote::RemoteOptions;
pub use reports::{Cleared, Filter, VerifyReport};
pub use stats::{Counters, DISK_LEVEL, LevelStats, StageStats, Stats};
pub use warning::CacheWarning;

use level::{CountedLevel, Level, Payload};
use memory_level::MemoryLevel;
use records::{Lookup, Records, Stored, Trouble};
use remote::RemoteLevel;
use reports::Removed;
use shared_folder::SharedFolder;
use stats::{MEMORY_LEVEL, SHARED_LEVEL, Tallies};

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
    memory: Option<CountedLevel<MemoryLevel>>,
    disk: Option<SharedFolder>,
    shared: Option<CountedLevel<RemoteLevel>>,
    writing: AtomicBool,
    tallies: Mutex<Tallies>,
    warnings: Mutex<Vec<CacheWarning>>,
}

impl Cache {
    /// Opens the cache in the folder `dir`, creating it where it is not there.
    ///
    /// Never fails: what cannot be used is left out, and the warning says so.
    pub fn open(dir: &Path, options: &CacheOptions) -> Opened {
        let (disk, warning) = match SharedFolder::open(dir, options) {
            Ok((disk, warning)) => (Some(disk), warning),
            Err(warning) => (None, Some(warning)),
        };
        let mut cache = Self::over(disk);
        let memory = options.memory.as_ref().and_then(MemoryLevel::new);
        cache.memory = memory.map(|level| CountedLevel::new(MEMORY_LEVEL, level));
        if options.remote != RemoteOptions::default() {
            match RemoteLevel::start(&options.remote, options.compression_level) {
                Ok(level) => cache.shared = Some(CountedLevel::new(SHARED_LEVEL, level)),
                Err(error) => cache.lock_warnings().push(CacheWarning::SharedAway {
                    reason: error.to_string(),
                }),
            }
        }
        Opened { cache, warning }
    }

    /// Returns a cache that knows nothing and keeps nothing.
    pub fn off() -> Self {
        Self::over(None)
    }

    fn over(disk: Option<SharedFolder>) -> Self {
        Self {
            writing: AtomicBool::new(disk.is_some()),
            disk,
            memory: None,
            shared: None,
            tallies: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// Returns the payload that was stored for `key` by `stage`, whole and verified.
    pub fn get(&self, stage: &str, key: &Key) -> Option<Vec<u8>> {
        let (payload, _) = self.find(stage, key)?;
        Some(payload.to_vec())
    }

    /// Returns the payload that was stored for `key` by `stage`, whole and verified, and the level that knew it: memory, the disk,
    /// or what machines share. The levels before it know it from then on.
    pub fn find(&self, stage: &str, key: &Key) -> Option<(Payload, &'static str)> {
        let memory = self.memory.as_ref();
        if let Some(payload) = memory.and_then(|memory| memory.get(stage, key)) {
            return Some((payload, MEMORY_LEVEL));
        }
        let mut found = self
            .get_from_disk(stage, key)
            .map(|payload| (Payload::from(payload), DISK_LEVEL));
        if found.is_none()
            && let Some(payload) = self
                .shared_for(stage)
                .and_then(|shared| shared.get(stage, key))
        {
            self.put_on_disk(stage, key, &payload);
            found = Some((payload, SHARED_LEVEL));
        }
        if let (Some(memory), Some((payload, _))) = (memory, &found) {
            memory.level.put(stage, key, payload);
        }
        found
    }

    /// A damaged record is moved to the folder's quarantine and is a miss.
    fn get_from_disk(&self, stage: &str, key: &Key) -> Option<Vec<u8>> {
        let found = self.ask(|records| records.get(stage, key));
        let found = found.unwrap_or(Lookup::Nothing);
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
        if self.is_writing() {
            self.ask(|records| records.note_uses());
        }
        Some(payload)
    }

    /// Returns the level that machines share, for records that mean the same on each of them.
    fn shared_for(&self, stage: &str) -> Option<&CountedLevel<RemoteLevel>> {
        self.shared.as_ref().filter(|_| stage != DIGEST_STAGE)
    }

    /// Tells whether there is a record for `key`, without reading, proving or counting it: for plans.
    pub fn contains(&self, stage: &str, key: &Key) -> bool {
        let disk = self.disk.as_ref();
        disk.is_some_and(|disk| disk.ask(|records| records.has(stage, key)).unwrap_or(false))
    }

    /// Stores `payload` for `key`, for later runs, on every level.
    ///
    /// Never fails the run: the first record that cannot be written ends the writing to the disk, with one warning.
    /// Empty payloads, those above 1 GiB and those larger than the whole cache may be are not stored.
    pub fn put(&self, stage: &str, key: &Key, payload: &[u8]) {
        self.put_on_disk(stage, key, payload);
        let (memory, shared) = (self.memory.as_ref(), self.shared_for(stage));
        if payload.is_empty() || (memory.is_none() && shared.is_none()) {
            return;
        }
        let payload = Payload::from(payload);
        if let Some(memory) = memory {
            memory.level.put(stage, key, &payload);
        }
        if let Some(shared) = shared {
            shared.level.put(stage, key, &payload);
        }
    }

    fn put_on_disk(&self, stage: &str, key: &Key, payload: &[u8]) {
        if !self.is_writing() {
            return;
        }
        let stored = self.ask(|records| records.put(stage, key, payload));
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

    /// Takes the lease on what is computed from `file`; `None` means that a process at work has it.
    ///
    /// Without a folder, or where none can be had, it is one that keeps nobody out.
    pub fn lease(&self, file: &FileIdentity) -> Option<Lease> {
        match self.disk.as_ref() {
            Some(disk) => Lease::take(disk.dir(), &file.key().to_string()),
            None => Some(Lease::default()),
        }
    }

    /// Makes what was stored durable, brings the folder under its size, and saves the counters.
    ///
    /// Call it now and then, say after each job; dropping the cache does it too.
    pub fn flush(&self) {
        if let Some(evicted) = self.ask(|records| records.make_room()) {
            self.count_evictions(&evicted);
            self.ask(|records| {
                self.lock_tallies()
                    .save(|stage, more| records.add_counters(stage, more))
            });
            self.ask(|records| records.flush());
        }
    }

    /// Removes the longest unused records until those left take at most `max_bytes`.
    pub fn trim(&self, max_bytes: u64) -> Cleared {
        let evicted = self.ask(|records| records.trim(max_bytes));
        let evicted = evicted.unwrap_or_default();
        self.count_evictions(&evicted);
        evicted.all()
    }

    /// Removes the records that `filter` matches; with an empty filter also everything set aside as damaged.
    pub fn clear(&self, filter: &Filter) -> Cleared {
        if let Some(memory) = &self.memory {
            memory.level.clear();
        }
        let removed = self.ask(|records| records.clear(filter));
        removed.unwrap_or_default().all()
    }

    /// Reads every record, quarantines the damaged ones, and takes in files that the index had lost.
    pub fn verify(&self) -> VerifyReport {
        self.ask(|records| records.verify()).unwrap_or_default()
    }

    /// Returns what the cache holds and how often it knew the answer.
    pub fn stats(&self) -> Stats {
        let holdings = self.ask(|records| records.holdings());
        let memory = self.memory.iter().map(CountedLevel::stats);
        let others = memory.chain(self.shared.iter().map(CountedLevel::stats));
        Stats::new(&holdings.unwrap_or_default(), &self.lock_tallies(), others)
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
        let folder = self.disk.as_ref().map(SharedFolder::take_warnings);
        let shared = self.shared.iter();
        let shared = shared.flat_map(|shared| shared.level.take_warnings());
        let mut warnings = self.lock_warnings();
        let folder = folder.into_iter().flatten();
        folder.chain(shared).chain(warnings.drain(..)).collect()
    }

    /// Asks the folder, if there is one; the first trouble ends the writing, with one warning.
    fn ask<T>(&self, ask: impl Fn(&dyn Records) -> Result<T, Trouble>) -> Option<T> {
        let disk = self.disk.as_ref()?;
        match disk.ask(ask) {
            Ok(answer) => Some(answer),
            Err(trouble) => {
                if self.writing.swap(false, Ordering::Relaxed) {
                    self.lock_warnings().push(disk.warning(&trouble));
                }
                None
            }
        }
    }

    fn lock_warnings(&self) -> MutexGuard<'_, Vec<CacheWarning>> {
        // A list, whole at every step.
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, stage: &str, add: impl FnOnce(&mut Counters)) {
        add(self.lock_tallies().of(stage));
    }

    fn count_evictions(&self, evicted: &Removed) {
        for (stage, removed) in evicted.stages() {
            self.count(stage, |counters| counters.evictions += removed.entries);
        }
    }

    fn lock_tallies(&self) -> MutexGuard<'_, Tallies> {
        // Counters only: a panic elsewhere leaves them right enough.
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.flush();
    }
}
