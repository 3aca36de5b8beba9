//! Index in sled: small records whole, large ones as a header that points to a blob. The only file that names sled.
//!
//! sled 0.34 asserts on damage instead of reporting it, now and then: a panic in it is caught here and is an error like the others.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::key::{Key, KeyBuilder, write_hex};
use super::stats::Counters;

/// Bytes that sled may hold in memory; values are small, and results are read once.
const MEMORY: u64 = 16 << 20;

/// Milliseconds of records that a kill may cost.
const FLUSH_EVERY_MS: u64 = 500;

const LOCK_WAIT: Duration = Duration::from_secs(1);

/// Key of the totals.
const TOTALS: &str = "totals";

/// Address of a record: its stage and key in one hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address([u8; 32]);

impl Address {
    /// Returns the address of the record of `key` by `stage`.
    pub(super) fn new(stage: &str, key: &Key) -> Self {
        let address = KeyBuilder::new("address-v1")
            .field(stage.as_bytes())
            .field(key.as_bytes());
        Self(*address.finish().as_bytes())
    }

    /// Reads 64 hexadecimal digits.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(text).ok()?;
        Some(Self(*hash.as_bytes()))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// Writes 64 hexadecimal digits.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The disk does not let it: the next process finds it as good as it was.
    #[error("index: {0}")]
    Unable(String),
    /// It is damaged: the next process sets it aside.
    #[error("index: {0}")]
    Damaged(String),
}

/// Why the index does not open.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Someone holds it.
    Locked,
    /// It is damaged, not ours, or the disk does not let us.
    Error(Error),
}

/// The open index. Once damage shows it answers nothing more.
#[derive(Debug)]
pub(super) struct Index {
    /// Taken when it is closed.
    trees: Option<Trees>,
    damaged: AtomicBool,
}

#[derive(Debug)]
struct Trees {
    db: sled::Db,
    records: sled::Tree,
    used: sled::Tree,
    counters: sled::Tree,
}

impl Index {
    /// Opens the index in `dir`, creating it where it is missing.
    ///
    /// Waits up to a second for threads of an index just closed in this process: sled gives its lock back a little late.
    pub(super) fn open(dir: &Path) -> Result<Self, Error> {
        let start = Instant::now();
        loop {
            match caught(|| Trees::open(dir)).unwrap_or_else(|panic| Err(Refusal::Error(panic))) {
                Ok(trees) => {
                    return Ok(Self {
                        trees: Some(trees),
                        damaged: AtomicBool::new(false),
                    });
                }
                Err(Refusal::Error(error)) => return Err(error),
                Err(Refusal::Locked) if start.elapsed() > LOCK_WAIT => {
                    return Err(Error::Unable("held by another".to_owned()));
                }
                Err(Refusal::Locked) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// Returns the record at `address`.
    pub(super) fn get(&self, address: &Address) -> Result<Option<Vec<u8>>, Error> {
        let value = self.ask(|trees| trees.records.get(address.0))?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// Stores a record at `address` and returns the one before it.
    pub(super) fn insert(
        &self,
        address: &Address,
        record: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let before = self.ask(|trees| trees.records.insert(address.0, record))?;
        Ok(before.map(|value| value.to_vec()))
    }

    /// Removes the record at `address` and returns it.
    pub(super) fn remove(&self, address: &Address) -> Result<Option<Vec<u8>>, Error> {
        let removed = self.ask(|trees| {
            trees.used.remove(address.0)?;
            trees.records.remove(address.0)
        })?;
        Ok(removed.map(|value| value.to_vec()))
    }

    /// Calls `each` with every address and record.
    pub(super) fn for_each(&self, mut each: impl FnMut(Address, &[u8])) -> Result<(), Error> {
        self.ask(|trees| {
            for entry in &trees.records {
                let (address, record) = entry?;
                if let Some(address) = Address::parse(&address) {
                    each(address, &record);
                }
            }
            Ok(())
        })
    }

    /// Returns the order in which records were last used, as it was saved.
    pub(super) fn used(&self) -> Result<HashMap<Address, u64>, Error> {
        let entries = self.ask(|trees| trees.used.iter().collect::<sled::Result<Vec<_>>>())?;
        let numbered = entries
            .iter()
            .filter_map(|(address, order)| Some((Address::parse(address)?, number(order)?)));
        Ok(numbered.collect())
    }

    /// Saves the order in which records were last used.
    pub(super) fn save_used(
        &self,
        used: impl IntoIterator<Item = (Address, u64)>,
    ) -> Result<(), Error> {
        let mut batch = sled::Batch::default();
        for (address, order) in used {
            batch.insert(&address.0, &order.to_le_bytes());
        }
        self.ask(|trees| trees.used.apply_batch(batch))
    }

    /// Returns the bytes stored and the order of the last use, or `None` when they were never saved.
    pub(super) fn totals(&self) -> Result<Option<(u64, u64)>, Error> {
        let value = self.ask(|trees| trees.db.get(TOTALS))?;
        Ok(value.and_then(|value| {
            let (bytes, clock) = value.split_at_checked(8)?;
            Some((number(bytes)?, number(clock)?))
        }))
    }

    /// Saves the bytes stored and the order of the last use.
    pub(super) fn save_totals(&self, bytes: u64, clock: u64) -> Result<(), Error> {
        let value = [bytes.to_le_bytes(), clock.to_le_bytes()].concat();
        self.ask(|trees| trees.db.insert(TOTALS, value)).map(drop)
    }

    /// Returns the counters of all runs, by stage.
    pub(super) fn counters(&self) -> Result<BTreeMap<String, Counters>, Error> {
        let entries = self.ask(|trees| trees.counters.iter().collect::<sled::Result<Vec<_>>>())?;
        let named = entries.iter().filter_map(|(stage, value)| {
            Some((
                String::from_utf8(stage.to_vec()).ok()?,
                Counters::from_bytes(value)?,
            ))
        });
        Ok(named.collect())
    }

    /// Adds `more` to the counters of `stage`.
    pub(super) fn add_counters(&self, stage: &str, more: &Counters) -> Result<(), Error> {
        self.ask(|trees| {
            let before = trees.counters.get(stage)?;
            let before = before
                .and_then(|value| Counters::from_bytes(&value))
                .unwrap_or_default();
            trees.counters.insert(stage, before.plus(more).to_bytes())
        })
        .map(drop)
    }

    /// Makes all of it durable.
    pub(super) fn flush(&self) -> Result<(), Error> {
        self.ask(|trees| trees.db.flush()).map(drop)
    }

    fn ask<T>(&self, ask: impl FnOnce(&Trees) -> sled::Result<T>) -> Result<T, Error> {
        let trees = self
            .trees
            .as_ref()
            .filter(|_| !self.damaged.load(Ordering::Relaxed));
        let Some(trees) = trees else {
            return Err(Error::Damaged("given up".to_owned()));
        };
        let answer = caught(|| ask(trees)).and_then(|answer| answer.map_err(Error::from));
        if matches!(answer, Err(Error::Damaged(_))) {
            self.damaged.store(true, Ordering::Relaxed);
        }
        answer
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        let trees = self.trees.take();
        if self.damaged.load(Ordering::Relaxed) {
            // Closing it would have sled work on what it has just choked on.
            std::mem::forget(trees);
        } else {
            let _ = caught(|| drop(trees)); // all that matters is flushed before
        }
    }
}

impl Trees {
    fn open(dir: &Path) -> Result<Self, Refusal> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(MEMORY)
            .flush_every_ms(Some(FLUSH_EVERY_MS));
        let db = config.open().map_err(|error| match error {
            // sled 0.34 has no variant for a lock held by another: only this text.
            sled::Error::Io(io) if io.to_string().contains("could not acquire lock") => {
                Refusal::Locked
            }
            error => Refusal::Error(error.into()),
        })?;
        let tree = |name: &str| {
            db.open_tree(name)
                .map_err(|error| Refusal::Error(error.into()))
        };
        Ok(Self {
            records: tree("records")?,
            used: tree("used")?,
            counters: tree("counters")?,
            db,
        })
    }
}

impl From<sled::Error> for Error {
    fn from(error: sled::Error) -> Self {
        use std::io::ErrorKind as Kind;
        match &error {
            sled::Error::Io(io)
                if matches!(
                    io.raw_os_error().map(Errno::from_raw),
                    Some(Errno::EMFILE | Errno::ENFILE)
                ) =>
            {
                Self::Unable(io.to_string())
            }
            sled::Error::Io(io) => match io.kind() {
                Kind::StorageFull
                | Kind::QuotaExceeded
                | Kind::FileTooLarge
                | Kind::ReadOnlyFilesystem
                | Kind::PermissionDenied => Self::Unable(io.to_string()),
                _ => Self::Damaged(io.to_string()),
            },
            damage => Self::Damaged(damage.to_string()),
        }
    }
}

fn caught<T>(ask: impl FnOnce() -> T) -> Result<T, Error> {
    // Sound to go on after: once this error is seen, nothing more is asked.
    catch_unwind(AssertUnwindSafe(ask)).map_err(|_| Error::Damaged("sled gave up on it".to_owned()))
}

fn number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}
