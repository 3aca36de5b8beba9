//! What a level beside the disk is: one that may be asked first, or last, and that never makes a run fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::key::Key;
use super::stats::{Counters, LevelStats};

/// The bytes of a record's payload, shared by those who read it.
pub(super) type Payload = Arc<[u8]>;

/// Records in memory, or those that several machines share.
pub(super) trait Level {
    /// Returns the payload of `key` by `stage`; any trouble is a miss.
    fn get(&self, stage: &str, key: &Key) -> Option<Payload>;
    /// Stores a payload, now or in a while.
    fn put(&self, stage: &str, key: &Key, payload: &Payload);
    /// Removes all that lies in this process.
    fn clear(&self);
    /// Returns what is held, as far as it is known.
    fn held(&self) -> LevelHoldings;
}

/// Records of one level.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct LevelHoldings {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    /// Look-ups that the level could not answer in time, or answered with what is no record.
    pub(super) damaged: u64,
    /// Records stored.
    pub(super) writes: u64,
}

/// A level and how often it knew the answer.
#[derive(Debug)]
pub(super) struct CountedLevel<L> {
    pub(super) name: &'static str,
    pub(super) level: L,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl<L: Level> CountedLevel<L> {
    pub(super) fn new(name: &'static str, level: L) -> Self {
        Self {
            name,
            level,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Returns the payload of `key` by `stage`, counted.
    pub(super) fn get(&self, stage: &str, key: &Key) -> Option<Payload> {
        let found = self.level.get(stage, key);
        let count = if found.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Returns what it holds and knew in this process, the only one that counts it.
    pub(super) fn stats(&self) -> LevelStats {
        let held = self.level.held();
        let run = Counters {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            writes: held.writes,
            damaged: held.damaged,
            ..Counters::default()
        };
        LevelStats {
            name: self.name,
            entries: held.entries,
            bytes: held.bytes,
            original_bytes: held.bytes,
            run,
            lifetime: run,
            stages: Vec::new(),
        }
    }
}
