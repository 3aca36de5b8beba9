//! Upkeep of the folder: recount, eviction, clearing, verifying. A look-up never waits for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

use super::disk::{Disk, Proof, prove};
use super::evict::{EvictionCandidate, choose};
use super::folder::unix_seconds;
use super::index::Address;
use super::loose::for_each_name;
use super::record::{BodyPlace, LONGEST_HEADER, RecordHeader, StoredRecord};
use super::records::Trouble;
use super::reports::{Filter, Removed, VerifyReport};
use super::stats::{FolderStats, Held};

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

    /// Takes in the records that processes without an owner named.
    pub(super) fn take_in_loose(&self) -> Result<(), Trouble> {
        for_each_name(self.folder.root(), |address| {
            if self.index.get(address)?.is_none() {
                self.adopt_blob(address)?;
            }
            Ok(())
        })
    }

    /// Takes in the file of `address`, where there is one and it is a record.
    pub(super) fn adopt_blob(&self, address: &Address) -> Result<Option<RecordHeader>, Trouble> {
        let path = self.blobs.path(address);
        let mut start = Vec::new();
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
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
    pub(super) fn evict_for(&self, coming: u64) -> Result<Removed, Trouble> {
        if self.bytes().saturating_add(coming) <= self.max_bytes() {
            return Ok(Removed::default());
        }
        self.evict_to((self.max_bytes() / 10 * 9).saturating_sub(coming))
    }

    /// Removes the longest unused records until at most `max_bytes` are left, and returns them.
    pub(super) fn evict_to(&self, max_bytes: u64) -> Result<Removed, Trouble> {
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
    pub(super) fn clear(&self, filter: &Filter) -> Result<Removed, Trouble> {
        let now = unix_seconds();
        let mut records = self.list()?;
        records.retain(|_, header| filter.matches(header, now));
        let removed = self.forget_all(records.into_keys())?;
        if filter.is_empty() {
            self.folder.forget_damage()?;
        }
        Ok(removed)
    }

    fn forget_all(&self, addresses: impl IntoIterator<Item = Address>) -> Result<Removed, Trouble> {
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
        match prove(&self.blobs, address, &entry) {
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
    pub(super) fn holdings(&self) -> Result<FolderStats, Trouble> {
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
