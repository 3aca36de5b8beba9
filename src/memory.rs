//! Memory budget: bytes of samples that may exist at once, and the permit each sample holds; and how the program's allocator works.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// `M_MMAP_THRESHOLD` in bytes: larger blocks are mappings of their own, and return to the system when they are freed.
const MMAP_THRESHOLD: libc::c_int = 1 << 20;
/// Arenas of malloc, for all threads together.
const MOST_ARENAS: libc::c_int = 2;

/// Interval at which a thread that waits for bytes asks whether it should stop.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Sets malloc's mmap threshold and its number of arenas; called before the first thread starts.
///
/// Left to itself malloc raises the threshold to the size of the blocks it sees, here a model's megabytes, and keeps them in
/// pieces: an hour of speech took a fifth more memory than six minutes. It also gives each thread an arena of its own, whose
/// free blocks no other thread gets: with two for all a run takes 3 % less memory and no more time.
pub fn tune_malloc() {
    // SAFETY: sets two numbers of the allocator; no other thread is running.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        libc::mallopt(libc::M_ARENA_MAX, MOST_ARENAS);
    }
}

/// Gives back to the system what malloc keeps and nobody uses.
pub fn trim_malloc() {
    // SAFETY: touches only what is free, under malloc's own lock.
    unsafe { libc::malloc_trim(0) };
}

/// The system's allocator, but that the process ends with a line and an exit code where there is no memory left: otherwise it would
/// be aborted, as by a fault of its own.
///
/// Larger blocks are the caller's to go without, as an oversized picture may be.
#[derive(Debug)]
pub struct EndingAllocator;

/// Bytes from which on a block is a large one.
const LARGE: usize = 1 << 30;
/// The exit code of what may go well another time.
const TRY_AGAIN: libc::c_int = 75;

// SAFETY: all is done by the system's allocator; what is added touches no block.
unsafe impl GlobalAlloc for EndingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on as it came.
        had(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on as it came.
        had(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: passed on as it came.
        had(unsafe { System.realloc(block, layout, size) }, size)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: passed on as it came.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Returns a block that was asked for; ends the process where there is none.
fn had(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() && size < LARGE {
        const LINE: &[u8] =
            b"error: out of memory: run again with more of it, or with fewer jobs at once\n";
        // SAFETY: writes bytes that live for ever and ends the process; neither asks for memory.
        unsafe {
            libc::write(libc::STDERR_FILENO, LINE.as_ptr().cast(), LINE.len());
            libc::_exit(TRY_AGAIN);
        }
    }
    block
}

/// A bound on bytes that exist at once, shared by all threads that make samples.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: usize,
    state: Mutex<BudgetUse>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct BudgetUse {
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

    /// Waits until `bytes` fit, then takes them.
    ///
    /// More than the whole budget is granted when nothing else is held, so that one large sample can always pass.
    /// Take one permit for a whole sample while holding no other: two half-taken samples would wait for each other.
    pub fn acquire(&self, bytes: usize) -> Permit {
        let mut state = self.lock();
        while !self.fits(&state, bytes) {
            state = self
                .0
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.take(state, bytes)
    }

    /// Waits until `bytes` fit, as [`acquire`](Self::acquire) does, or until `stop` says so: then there is no permit.
    ///
    /// `stop` is asked before each wait and at least ten times a second; bytes that are free are granted without asking.
    pub fn acquire_unless(&self, bytes: usize, stop: impl Fn() -> bool) -> Option<Permit> {
        let mut state = self.lock();
        while !self.fits(&state, bytes) {
            if stop() {
                return None;
            }
            let wait = self.0.freed.wait_timeout(state, STOP_CHECK_INTERVAL);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        Some(self.take(state, bytes))
    }

    fn fits(&self, state: &BudgetUse, bytes: usize) -> bool {
        state.used == 0 || state.used.saturating_add(bytes) <= self.0.limit
    }

    fn take(&self, mut state: MutexGuard<'_, BudgetUse>, bytes: usize) -> Permit {
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

    /// Returns the bytes that are held now.
    pub fn used(&self) -> usize {
        self.lock().used
    }

    /// Returns the most bytes that were held at once.
    pub fn peak(&self) -> usize {
        self.lock().peak
    }

    fn lock(&self) -> MutexGuard<'_, BudgetUse> {
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

    #[test]
    fn a_thread_that_is_told_to_stop_waits_no_longer() {
        let budget = MemoryBudget::new(10);
        let held = budget.acquire(10);
        let asked = std::cell::Cell::new(0);
        let stop_at_the_third = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        assert!(budget.acquire_unless(1, stop_at_the_third).is_none());
        assert_eq!((asked.get(), budget.lock().used), (3, 10));
        drop(held);
        let granted = budget.acquire_unless(1, || panic!("bytes that are free need no question"));
        assert_eq!(granted.unwrap().bytes, 1);
    }

    #[test]
    fn bytes_given_back_wake_a_thread_that_could_also_be_stopped() {
        let budget = MemoryBudget::new(10);
        let (waits, waiting) = std::sync::mpsc::channel();
        let held = budget.acquire(10);
        std::thread::scope(|scope| {
            let stop = move || waits.send(()).is_err();
            let late = scope.spawn(|| budget.acquire_unless(10, stop).is_some());
            waiting.recv().unwrap();
            drop(held);
            assert!(late.join().unwrap());
        });
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
