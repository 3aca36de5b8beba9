//! Upkeep of the folder: recount, eviction, clearing, verifying. A look-up never waits for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use serde::Serialize;

use super::disk::{Disk, Proof, Trouble};
use super::evict::{EvictionCandidate, choose};
use super::folder::unix_seconds;
use super::index::Address;
use super::record::{BodyPlace, LONGEST_HEADER, RecordHeader, StoredRecord};
use super::stats::{FolderStats, Held};

/// Which records to remove; an empty filter matches all.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this stage.
    pub stage: Option<String>,
    /// Only those stored at least this long ago.
    pub older_than: Option<Duration>,
}

/// Records that were removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cleared {
    /// Records.
    pub entries: u64,
    /// Bytes they took.
    pub bytes: u64,
}

/// Result of verifying every record.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
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

impl Cleared {
    pub(super) fn of(removed: &[RecordHeader]) -> Self {
        Self {
            entries: removed.len() as u64,
            bytes: removed.iter().map(RecordHeader::sealed_len).sum(),
        }
    }
}

impl Filter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn matches(&self, header: &RecordHeader, now: u64) -> bool {
        let age = Duration::from_secs(now.saturating_sub(header.created));
        self.stage
            .as_ref()
            .is_none_or(|stage| *stage == header.stage)
            && self.older_than.is_none_or(|least| age >= least)
    }
}

impl Disk {
    /// Rebuilds the totals after a kill or a loss: adopts blobs that the index lacks, and returns how many.
    pub(super) fn rebuild_totals(&self) -> Result<u64, Trouble> {
        let mut known = self.list()?;
        let mut found = 0;
        for address in self.blobs.addresses()? {
            if !known.contains_key(&address)
                && let Some(header) = self.adopt_blob(&address)?
            {
                known.insert(address, header);
                found += 1;
            }
        }
        let used = self.index.used()?;
        let bytes = known.values().map(RecordHeader::sealed_len).sum();
        self.recount(bytes, used.values().copied().max().unwrap_or(0));
        Ok(found)
    }

    fn adopt_blob(&self, address: &Address) -> Result<Option<RecordHeader>, Trouble> {
        let path = self.blobs.path(address);
        let mut start = Vec::new();
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        file.take(LONGEST_HEADER as u64).read_to_end(&mut start)?;
        let header = RecordHeader::peek(&start).ok();
        let ours = |header: &RecordHeader| {
            header.sealed_len() == length && Address::new(&header.stage, &header.key) == *address
        };
        let Some(header) = header.filter(ours) else {
            self.folder.quarantine_file(&path)?;
            return Ok(None);
        };
        let header = header.at(BodyPlace::Blob);
        self.enter(address, &header, &header.seal(&[]))?;
        Ok(Some(header))
    }

    /// Brings the folder under its size, and under it still when `coming` bytes are added.
    ///
    /// Where it does something it leaves a tenth to spare, so that the next records do not call for it again.
    pub(super) fn evict_for(&self, coming: u64) -> Result<Vec<RecordHeader>, Trouble> {
        if self.bytes().saturating_add(coming) <= self.max_bytes() {
            return Ok(Vec::new());
        }
        self.evict_to((self.max_bytes() / 10 * 9).saturating_sub(coming))
    }

    /// Removes the longest unused records until at most `max_bytes` are left, and returns them.
    pub(super) fn evict_to(&self, max_bytes: u64) -> Result<Vec<RecordHeader>, Trouble> {
        self.save_used()?;
        let used = self.index.used()?;
        let candidates = self
            .list()?
            .into_iter()
            .map(|(address, header)| EvictionCandidate {
                record: address,
                bytes: header.sealed_len(),
                // Stored by a run that was killed before it could say: as fresh as can be.
                used: used.get(&address).copied().unwrap_or(u64::MAX),
            });
        self.forget_all(choose(candidates.collect(), max_bytes))
    }

    /// Removes what `filter` matches.
    pub(super) fn clear(&self, filter: &Filter) -> Result<Vec<RecordHeader>, Trouble> {
        let now = unix_seconds();
        let mut records = self.list()?;
        records.retain(|_, header| filter.matches(header, now));
        let removed = self.forget_all(records.into_keys())?;
        if filter.is_empty() {
            self.folder.forget_damage()?;
        }
        Ok(removed)
    }

    fn forget_all(
        &self,
        addresses: impl IntoIterator<Item = Address>,
    ) -> Result<Vec<RecordHeader>, Trouble> {
        let removed = addresses.into_iter().map(|address| self.forget(&address));
        removed.filter_map(Result::transpose).collect()
    }

    /// Reads and proves every record.
    pub(super) fn verify(&self) -> Result<VerifyReport, Trouble> {
        let mut addresses = Vec::new();
        self.index.for_each(|address, _| addresses.push(address))?;
        let mut report = VerifyReport::default();
        for address in addresses {
            self.verify_one(&address, &mut report)?;
        }
        report.found = self.rebuild_totals()?;
        Ok(report)
    }

    fn verify_one(&self, address: &Address, report: &mut VerifyReport) -> Result<(), Trouble> {
        let Some(entry) = self.index.get(address)? else {
            return Ok(());
        };
        report.checked += 1;
        match self.prove(address, &entry) {
            Proof::Good(header, _) if Address::new(&header.stage, &header.key) == *address => {}
            Proof::Good(..) | Proof::Damaged => {
                report.damaged += 1;
                self.quarantine(address, &entry)?;
            }
            Proof::Gone => {
                report.lost += 1;
                self.forget(address)?;
            }
            Proof::Unreadable => report.unreadable += 1,
        }
        Ok(())
    }

    /// Returns what is held and what was counted, by stage.
    pub(super) fn kept(&self) -> Result<FolderStats, Trouble> {
        let mut held = BTreeMap::<String, Held>::new();
        for header in self.list()?.into_values() {
            let (bytes, original) = (header.sealed_len(), header.original);
            let stage = held.entry(header.stage).or_default();
            stage.entries += 1;
            stage.bytes += bytes;
            stage.original_bytes += original;
        }
        Ok(FolderStats {
            held,
            saved: self.index.counters()?,
        })
    }

    /// Returns the headers of all records in the index, by address; damaged ones are found when they are asked for.
    fn list(&self) -> Result<BTreeMap<Address, RecordHeader>, Trouble> {
        let mut headers = BTreeMap::new();
        self.index.for_each(|address, entry| {
            if let Ok(record) = StoredRecord::parse(entry) {
                headers.insert(address, record.header);
            }
        })?;
        Ok(headers)
    }
}
