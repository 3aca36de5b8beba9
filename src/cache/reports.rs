//! Upkeep as it is asked for and reported: which records, how many of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::RecordHeader;

/// Which records to remove; an empty filter matches all.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only those of this stage.
    pub stage: Option<String>,
    /// Only those stored at least this long ago.
    pub older_than: Option<Duration>,
}

/// Result of verifying every record.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Records read.
    pub checked: u64,
    /// Records that were damaged, and are quarantined now.
    pub damaged: u64,
    /// Records whose file was gone.
    pub lost: u64,
    /// Records whose file could not be read.
    pub unreadable: u64,
    /// Files that the index did not know, and does now.
    pub found: u64,
}

/// Records that were removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// Records.
    pub entries: u64,
    /// Bytes they took.
    pub bytes: u64,
}

/// Records that were removed, by stage.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Removed(BTreeMap<String, Cleared>);

impl Filter {
    /// Tells whether it matches all.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether it matches this record at `now`, in seconds since 1970.
    pub(super) fn matches(&self, header: &RecordHeader, now: u64) -> bool {
        let age = Duration::from_secs(now.saturating_sub(header.created));
        self.stage
            .as_ref()
            .is_none_or(|stage| *stage == header.stage)
            && self.older_than.is_none_or(|least| age >= least)
    }
}

impl Removed {
    /// Returns them by stage.
    pub(super) fn stages(&self) -> impl Iterator<Item = (&str, Cleared)> {
        self.0
            .iter()
            .map(|(stage, removed)| (stage.as_str(), *removed))
    }

    /// Returns all of them.
    pub(super) fn all(&self) -> Cleared {
        let all = self.0.values().copied();
        all.fold(Cleared::default(), |sum, more| Cleared {
            entries: sum.entries + more.entries,
            bytes: sum.bytes + more.bytes,
        })
    }
}

impl FromIterator<RecordHeader> for Removed {
    fn from_iter<T: IntoIterator<Item = RecordHeader>>(headers: T) -> Self {
        let mut stages = BTreeMap::<String, Cleared>::new();
        for header in headers {
            let bytes = header.sealed_len();
            let removed = stages.entry(header.stage).or_default();
            removed.entries += 1;
            removed.bytes += bytes;
        }
        Self(stages)
    }
}
