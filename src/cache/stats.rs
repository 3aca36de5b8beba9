//! Cache statistics: records held, hits, misses, by stage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name of the level on this machine's disk.
pub const DISK_LEVEL: &str = "disk";
/// The name of the level in this process's memory.
pub(super) const MEMORY_LEVEL: &str = "memory";
/// The name of the level that several machines share.
pub(super) const SHARED_LEVEL: &str = "shared";

/// Counters of look-ups and changes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Look-ups that found a record.
    pub hits: u64,
    /// Look-ups that found none.
    pub misses: u64,
    /// Records stored.
    pub writes: u64,
    /// Records removed to make room.
    pub evictions: u64,
    /// Records found damaged.
    pub damaged: u64,
}

impl Counters {
    /// Returns hits over questions, or `None` before the first question.
    pub fn hit_rate(&self) -> Option<f64> {
        let asked = self.hits + self.misses;
        (asked > 0).then(|| self.hits as f64 / asked as f64)
    }

    pub(super) fn plus(&self, more: &Self) -> Self {
        self.zip(more, u64::saturating_add)
    }

    fn minus(&self, less: &Self) -> Self {
        self.zip(less, u64::saturating_sub)
    }

    fn zip(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            hits: join(self.hits, other.hits),
            misses: join(self.misses, other.misses),
            writes: join(self.writes, other.writes),
            evictions: join(self.evictions, other.evictions),
            damaged: join(self.damaged, other.damaged),
        }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        [
            self.hits,
            self.misses,
            self.writes,
            self.evictions,
            self.damaged,
        ]
        .iter()
        .flat_map(|count| count.to_le_bytes())
        .collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (counts, rest) = bytes.as_chunks::<8>();
        let counts: &[[u8; 8]; 5] = counts.try_into().ok().filter(|_| rest.is_empty())?;
        let [hits, misses, writes, evictions, damaged] = counts.map(u64::from_le_bytes);
        Some(Self {
            hits,
            misses,
            writes,
            evictions,
            damaged,
        })
    }
}

/// The whole cache, by level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stats {
    /// The disk first, then memory and what machines share, where they are on.
    pub levels: Vec<LevelStats>,
}

/// One level of the cache.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelStats {
    /// `disk`, `memory` or `shared`.
    pub name: &'static str,
    /// Records held.
    pub entries: u64,
    /// Bytes they take.
    pub bytes: u64,
    /// Bytes of their payloads before they were packed.
    pub original_bytes: u64,
    /// Counters of this process.
    pub run: Counters,
    /// Counters of all processes, this one included.
    pub lifetime: Counters,
    /// By stage, in the order of their names.
    pub stages: Vec<StageStats>,
}

/// One stage on one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageStats {
    /// The stage's name.
    pub stage: String,
    /// Records held.
    pub entries: u64,
    /// Bytes they take.
    pub bytes: u64,
    /// Bytes of their payloads before they were packed.
    pub original_bytes: u64,
    /// Counters of this process.
    pub run: Counters,
    /// Counters of all processes, this one included.
    pub lifetime: Counters,
}

/// Records of one stage.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    pub(super) original_bytes: u64,
}

/// Statistics of the folder: records held and counters saved, by stage.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct FolderStats {
    pub(super) held: BTreeMap<String, Held>,
    pub(super) saved: BTreeMap<String, Counters>,
}

/// The counters of this process by stage, and how much of them is saved.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<String, Tally>);

#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    run: Counters,
    saved: Counters,
}

impl Tallies {
    /// Returns the counters of `stage`, to add to.
    pub(super) fn of(&mut self, stage: &str) -> &mut Counters {
        if !self.0.contains_key(stage) {
            self.0.insert(stage.to_owned(), Tally::default());
        }
        let tally = self.0.get_mut(stage).expect("it was just put there");
        &mut tally.run
    }

    /// Hands what is not saved yet to `save`, by stage.
    pub(super) fn save<E>(
        &mut self,
        mut save: impl FnMut(&str, &Counters) -> Result<(), E>,
    ) -> Result<(), E> {
        for (stage, tally) in &mut self.0 {
            let more = tally.run.minus(&tally.saved);
            if more != Counters::default() {
                save(stage, &more)?;
                tally.saved = tally.run;
            }
        }
        Ok(())
    }

    fn unsaved(&self, stage: &str) -> Counters {
        self.0
            .get(stage)
            .map(|tally| tally.run.minus(&tally.saved))
            .unwrap_or_default()
    }

    fn run(&self, stage: &str) -> Counters {
        self.0.get(stage).map(|tally| tally.run).unwrap_or_default()
    }
}

impl Stats {
    pub(super) fn new(
        kept: &FolderStats,
        tallies: &Tallies,
        others: impl Iterator<Item = LevelStats>,
    ) -> Self {
        let mut names: Vec<&String> = kept
            .held
            .keys()
            .chain(kept.saved.keys())
            .chain(tallies.0.keys())
            .collect();
        names.sort();
        names.dedup();
        let stages = names
            .into_iter()
            .map(|stage| stage_stats(stage, kept, tallies))
            .collect();
        Self {
            levels: [disk_level(stages)].into_iter().chain(others).collect(),
        }
    }
}

fn stage_stats(stage: &str, kept: &FolderStats, tallies: &Tallies) -> StageStats {
    let held = kept.held.get(stage).copied().unwrap_or_default();
    let saved = kept.saved.get(stage).copied().unwrap_or_default();
    StageStats {
        stage: stage.to_owned(),
        entries: held.entries,
        bytes: held.bytes,
        original_bytes: held.original_bytes,
        run: tallies.run(stage),
        lifetime: saved.plus(&tallies.unsaved(stage)),
    }
}

fn disk_level(stages: Vec<StageStats>) -> LevelStats {
    let sum = |of: fn(&StageStats) -> u64| stages.iter().map(of).sum();
    let total = |of: fn(&StageStats) -> Counters| {
        stages
            .iter()
            .map(of)
            .fold(Counters::default(), |sum, more| sum.plus(&more))
    };
    LevelStats {
        name: DISK_LEVEL,
        entries: sum(|stage| stage.entries),
        bytes: sum(|stage| stage.bytes),
        original_bytes: sum(|stage| stage.original_bytes),
        run: total(|stage| stage.run),
        lifetime: total(|stage| stage.lifetime),
        stages,
    }
}
