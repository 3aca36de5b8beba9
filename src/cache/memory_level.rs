//! Memory level: payloads of this process that were stored or read a moment ago.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use super::key::Key;
use super::level::{Level, LevelHoldings, Payload};

/// Limits of the memory level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryOptions {
    /// Records to hold at most.
    pub entries: u64,
    /// Bytes to hold at most.
    pub bytes: u64,
    /// How long a record is held.
    pub ttl: Duration,
}

/// Payloads by stage and key; the least recently used go first.
#[derive(Debug)]
pub(super) struct MemoryLevel {
    records: Cache<RecordName, HeldPayload, ByBytes>,
    ttl: Duration,
    writes: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RecordName {
    stage: Box<str>,
    key: Key,
}

/// The same for look-ups, which own nothing.
#[derive(Debug, PartialEq, Eq)]
struct NameRef<'a> {
    stage: &'a str,
    key: &'a Key,
}

#[derive(Debug, Clone)]
struct HeldPayload {
    payload: Payload,
    until: Instant,
}

/// Counts the bytes of a payload, and at least so many that the entries stay under their limit, too.
#[derive(Debug, Clone)]
struct ByBytes {
    least: u64,
}

impl MemoryLevel {
    /// Returns an empty one, or `None` where nothing may be held.
    pub(super) fn new(options: &MemoryOptions) -> Option<Self> {
        let least = options.bytes.checked_div(options.entries)?.max(1);
        (options.bytes > 0 && !options.ttl.is_zero()).then(|| Self {
            records: Cache::with_weighter(
                usize::try_from(options.entries)
                    .unwrap_or(usize::MAX)
                    .min(1 << 20),
                options.bytes,
                ByBytes { least },
            ),
            ttl: options.ttl,
            writes: AtomicU64::new(0),
        })
    }
}

impl Level for MemoryLevel {
    fn get(&self, stage: &str, key: &Key) -> Option<Payload> {
        let name = NameRef { stage, key };
        let held = self.records.get(&name)?;
        if held.until <= Instant::now() {
            self.records.remove(&name);
            return None;
        }
        Some(held.payload)
    }

    fn put(&self, stage: &str, key: &Key, payload: &Payload) {
        let Some(until) = Instant::now().checked_add(self.ttl) else {
            return;
        };
        let name = RecordName {
            stage: stage.into(),
            key: *key,
        };
        let payload = Payload::clone(payload);
        self.records.insert(name, HeldPayload { payload, until });
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    fn clear(&self) {
        self.records.clear();
    }

    fn held(&self) -> LevelHoldings {
        let bytes = self
            .records
            .iter()
            .map(|(_, held)| held.payload.len() as u64);
        LevelHoldings {
            entries: self.records.len() as u64,
            bytes: bytes.sum(),
            writes: self.writes.load(Ordering::Relaxed),
            damaged: 0,
        }
    }
}

impl Hash for RecordName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl Hash for NameRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl Equivalent<RecordName> for NameRef<'_> {
    fn equivalent(&self, name: &RecordName) -> bool {
        *self.key == name.key && *self.stage == *name.stage
    }
}

impl Weighter<RecordName, HeldPayload> for ByBytes {
    fn weight(&self, _: &RecordName, held: &HeldPayload) -> u64 {
        (held.payload.len() as u64).max(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::KeyBuilder;

    fn level(entries: u64, bytes: u64, ttl: Duration) -> MemoryLevel {
        let options = MemoryOptions {
            entries,
            bytes,
            ttl,
        };
        MemoryLevel::new(&options).unwrap()
    }

    fn key(number: u32) -> Key {
        let field = number.to_le_bytes();
        KeyBuilder::new("test-v1").field(&field).finish()
    }

    const LONG: Duration = Duration::from_secs(300);

    #[test]
    fn what_was_stored_is_known_to_its_stage_alone() {
        let level = level(10, 1000, LONG);
        level.put("shots", &key(1), &Payload::from([7; 5]));
        assert_eq!(level.get("shots", &key(1)).as_deref(), Some(&[7; 5][..]));
        assert!(level.get("faces", &key(1)).is_none());
        level.clear();
        assert!(level.get("shots", &key(1)).is_none());
    }

    #[test]
    fn neither_entries_nor_bytes_pass_their_limit() {
        let level = level(20, 10_000, LONG);
        for number in 0..500 {
            let length = if number % 2 == 0 { 10 } else { 2000 };
            level.put("shots", &key(number), &Payload::from(vec![1; length]));
            let held = level.held();
            assert!(held.entries <= 21 && held.bytes <= 10_500, "{held:?}");
        }
        assert!(level.held().entries > 2);
    }

    #[test]
    fn what_is_too_old_is_a_miss() {
        let level = level(10, 1000, Duration::from_nanos(1));
        level.put("shots", &key(1), &Payload::from([7; 5]));
        assert!(level.get("shots", &key(1)).is_none());
        assert_eq!(level.held().entries, 0);
    }

    #[test]
    fn without_room_or_time_there_is_no_level() {
        for (entries, bytes, ttl) in [(0, 9, LONG), (9, 0, LONG), (9, 9, Duration::ZERO)] {
            let options = MemoryOptions {
                entries,
                bytes,
                ttl,
            };
            assert!(MemoryLevel::new(&options).is_none());
        }
    }
}
