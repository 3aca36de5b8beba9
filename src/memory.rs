//! Bytes in flight: what may exist at once, and the permit each sample holds.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Blocks of at least so many bytes are the system's own, and go back to it when they are freed.
const LARGE: libc::c_int = 1 << 20;

/// Makes the allocator give large blocks back to the system at once; called before the first thread starts.
///
/// Left to itself it raises the bound to the size of the blocks it sees, here a model's megabytes, and keeps them in pieces:
/// an hour of speech took a fifth more memory than six minutes.
pub fn give_back_large_blocks() {
    // SAFETY: sets a number of the allocator; no other thread is running.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
}

/// A bound on bytes that exist at once, shared by everyone who makes samples.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    peak: usize,
}

/// The right to hold some bytes; given back when it is dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when the permit is dropped"]
pub struct Permit {
    budget: MemoryBudget,
    bytes: usize,
}

/// A value together with the permit for its bytes.
#[derive(Debug)]
pub struct Permitted<T> {
    value: T,
    _permit: Permit,
}

impl<T> Permitted<T> {
    /// Returns `value`, which holds `permit` as long as it lives.
    pub fn new(value: T, permit: Permit) -> Self {
        Self {
            value,
            _permit: permit,
        }
    }
}

impl<T> std::ops::Deref for Permitted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl MemoryBudget {
    /// Returns a budget of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Shared {
            limit,
            state: Mutex::default(),
            freed: Condvar::new(),
        }))
    }

    /// Returns two budgets of half of `limit` bytes each, for samples that someone may hold one of each at once.
    pub fn halves(limit: usize) -> [Self; 2] {
        [Self::new(limit / 2), Self::new(limit - limit / 2)]
    }

    /// Waits until `bytes` fit, then takes them.
    ///
    /// More than the whole budget is granted when nothing else is held, so that one large sample can always pass.
    /// Take one permit for a whole sample while holding no other: two half-taken samples would wait for each other.
    pub fn acquire(&self, bytes: usize) -> Permit {
        let mut state = self.lock();
        while state.used > 0 && state.used.saturating_add(bytes) > self.0.limit {
            state = self
                .0
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.used += bytes;
        state.peak = state.peak.max(state.used);
        Permit {
            budget: self.clone(),
            bytes,
        }
    }

    /// Takes `bytes` if they fit now.
    pub fn try_acquire(&self, bytes: usize) -> Option<Permit> {
        let mut state = self.lock();
        if state.used.saturating_add(bytes) > self.0.limit {
            return None;
        }
        state.used += bytes;
        state.peak = state.peak.max(state.used);
        Some(Permit {
            budget: self.clone(),
            bytes,
        })
    }

    /// Returns the bound in bytes.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// Returns the most bytes that were held at once.
    pub fn peak(&self) -> usize {
        self.lock().peak
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is two numbers, whole at every step: a panic elsewhere leaves it right.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.lock().used -= self.bytes;
        self.budget.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sample_larger_than_the_budget_passes_alone() {
        let budget = MemoryBudget::new(10);
        drop(budget.acquire(25));
        assert_eq!(budget.peak(), 25);
    }

    #[test]
    fn waiting_threads_get_their_bytes_in_the_end() {
        let budget = MemoryBudget::new(100);
        std::thread::scope(|scope| {
            for worker in 1..=8 {
                let budget = &budget;
                scope.spawn(move || (0..200).for_each(|_| drop(budget.acquire(worker * 10))));
            }
        });
        assert!(budget.peak() <= 100);
        assert_eq!(budget.lock().used, 0);
    }

    proptest! {
        #[test]
        fn bytes_held_never_pass_the_limit(sizes in proptest::collection::vec(1..50_usize, 1..60)) {
            let budget = MemoryBudget::new(50);
            for pair in sizes.chunks(2) {
                let held = budget.acquire(pair[0]);
                if pair.len() == 2 && pair[0] + pair[1] <= 50 {
                    drop(budget.acquire(pair[1]));
                }
                drop(held);
            }
            prop_assert!(budget.peak() <= 50);
        }
    }
}
