//! Order in which records were last used: the longest unused are evicted first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::index::Address;

/// Uses of this process, and those of them that the index does not know yet.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Counts uses, not seconds: clocks jump.
    clock: AtomicU64,
    unsaved: Mutex<HashMap<Address, u64>>,
}

impl Uses {
    /// Notes that the record at `address` was used just now.
    pub(super) fn touch(&self, address: Address) {
        let order = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
        self.lock().insert(address, order);
    }

    /// Forgets the use of a record that is removed.
    pub(super) fn forget(&self, address: &Address) {
        self.lock().remove(address);
    }

    /// Returns how many uses are not saved.
    pub(super) fn unsaved(&self) -> usize {
        self.lock().len()
    }

    /// Hands out the uses to save, which count as saved from here on.
    pub(super) fn take(&self) -> HashMap<Address, u64> {
        std::mem::take(&mut *self.lock())
    }

    /// Returns the order of the last use.
    pub(super) fn clock(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Counts on from `clock`, the last use that an earlier process saved.
    pub(super) fn count_on_from(&self, clock: u64) {
        self.clock.fetch_max(clock, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, u64>> {
        // Hints for eviction: a panic elsewhere leaves them right enough.
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
