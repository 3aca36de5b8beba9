//! Best-fit heap: which stretches of a range of addresses are in use, by whom, and which free ones still hold memory. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Stretches begin and end at multiples of this: a page.
pub(super) const PAGE: usize = 4096;

/// Stretches of a range of addresses from 0 on.
#[derive(Debug)]
pub(super) struct Heap {
    /// Lengths of the free stretches by where they begin; no two touch each other.
    free: BTreeMap<usize, usize>,
    /// Where the free stretches of a length begin.
    by_length: BTreeSet<(usize, usize)>,
    used: HashMap<usize, UsedStretch>,
    owners: BTreeMap<&'static str, HeapUse>,
    /// Of all owners.
    total: HeapUse,
    /// From here on nothing was in use since memory was last taken from what is free.
    touched: usize,
    /// Whether something was given back since then.
    is_dirty: bool,
}

#[derive(Debug, Clone, Copy)]
struct UsedStretch {
    length: usize,
    owner: &'static str,
}

/// Bytes in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeapUse {
    /// Now.
    pub bytes: usize,
    /// At most, at once.
    pub peak: usize,
}

impl HeapUse {
    fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.peak = self.peak.max(self.bytes);
    }
}

impl Heap {
    /// Returns a heap of so many bytes, none of them in use.
    pub(super) fn new(length: usize) -> Self {
        let mut heap = Self {
            free: BTreeMap::new(),
            by_length: BTreeSet::new(),
            used: HashMap::new(),
            owners: BTreeMap::new(),
            total: HeapUse::default(),
            touched: 0,
            is_dirty: false,
        };
        heap.insert(0, length);
        heap
    }

    /// Takes `bytes` for `owner`, at least one, from the shortest stretch that has them; none has where there is no answer.
    pub(super) fn take(&mut self, bytes: usize, owner: &'static str) -> Option<usize> {
        let length = bytes.max(1).checked_next_multiple_of(PAGE)?;
        let &(found, start) = self.by_length.range((length, 0)..).next()?;
        self.remove(start);
        if found > length {
            self.insert(start + length, found - length);
        }
        self.used.insert(start, UsedStretch { length, owner });
        self.owners.entry(owner).or_default().add(length);
        self.total.add(length);
        self.touched = self.touched.max(start + length);
        Some(start)
    }

    /// Gives back the stretch that begins at `start`; its neighbours join it.
    pub(super) fn give_back(&mut self, start: usize) {
        let Some(UsedStretch { length, owner }) = self.used.remove(&start) else {
            return;
        };
        self.owners.entry(owner).or_default().bytes -= length;
        self.total.bytes -= length;
        self.is_dirty = true;
        let (mut start, mut length) = (start, length);
        if let Some(after) = self.remove(start + length) {
            length += after;
        }
        let before = self.free.range(..start).next_back();
        let before = before.map(|(at, bytes)| (*at, *bytes));
        if let Some((at, bytes)) = before.filter(|(at, bytes)| at + bytes == start) {
            self.remove(at);
            (start, length) = (at, length + bytes);
        }
        self.insert(start, length);
    }

    /// Returns the free stretches that may hold memory, where each begins and how long it is; the caller takes it from them.
    pub(super) fn clean(&mut self) -> Vec<(usize, usize)> {
        if !std::mem::take(&mut self.is_dirty) {
            return Vec::new();
        }
        let free = self.free.range(..self.touched);
        let touched = free.map(|(start, length)| (*start, (*length).min(self.touched - start)));
        let dirty = touched.collect();
        let ends = self.used.iter().map(|(start, used)| start + used.length);
        self.touched = ends.max().unwrap_or(0);
        dirty
    }

    /// Returns what is in use, by owner.
    pub(super) fn owners(&self) -> &BTreeMap<&'static str, HeapUse> {
        &self.owners
    }

    /// Returns what is in use in all.
    pub(super) fn total(&self) -> HeapUse {
        self.total
    }

    fn insert(&mut self, start: usize, length: usize) {
        self.free.insert(start, length);
        self.by_length.insert((length, start));
    }

    /// Returns the length of the free stretch that began at `start`.
    fn remove(&mut self, start: usize) -> Option<usize> {
        let length = self.free.remove(&start)?;
        self.by_length.remove(&(length, start));
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_given_back_is_taken_again_before_fresh_addresses() {
        let mut heap = Heap::new(100 * PAGE);
        let first = heap.take(3 * PAGE, "a").unwrap();
        let second = heap.take(PAGE, "b").unwrap();
        heap.give_back(first);
        assert_eq!(heap.take(2 * PAGE, "a"), Some(first));
        assert_eq!(heap.take(PAGE, "b"), Some(first + 2 * PAGE));
        assert_eq!(second, 3 * PAGE);
    }

    #[test]
    fn each_owner_is_counted_now_and_at_most() {
        let mut heap = Heap::new(100 * PAGE);
        let first = heap.take(1, "a").unwrap();
        heap.take(PAGE + 1, "a").unwrap();
        heap.give_back(first);
        let of = |bytes, peak| HeapUse { bytes, peak };
        assert_eq!(heap.owners()["a"], of(2 * PAGE, 3 * PAGE));
        assert_eq!(heap.total(), of(2 * PAGE, 3 * PAGE));
    }

    #[test]
    fn memory_is_taken_once_from_what_was_in_use() {
        let mut heap = Heap::new(100 * PAGE);
        let first = heap.take(4 * PAGE, "a").unwrap();
        let second = heap.take(PAGE, "a").unwrap();
        heap.give_back(first);
        assert_eq!(heap.clean(), [(first, 4 * PAGE)]);
        assert!(heap.clean().is_empty());
        heap.give_back(second);
        assert_eq!(heap.clean(), [(0, second + PAGE)]);
        assert_eq!(heap.take(100 * PAGE, "a"), Some(0), "all is one again");
    }

    #[test]
    fn more_than_there_is_is_refused() {
        let mut heap = Heap::new(4 * PAGE);
        assert_eq!(heap.take(4 * PAGE + 1, "a"), None);
        assert_eq!(heap.take(usize::MAX, "a"), None);
    }

    proptest! {
        #[test]
        fn stretches_in_use_never_overlap_and_in_the_end_all_is_free(
            steps in proptest::collection::vec((1..40_usize, any::<bool>(), any::<proptest::sample::Index>()), 1..80),
        ) {
            let mut heap = Heap::new(64 * PAGE);
            let mut held: Vec<(usize, usize)> = Vec::new();
            for (pages, gives_back, which) in steps {
                if gives_back && !held.is_empty() {
                    let (start, _) = held.swap_remove(which.index(held.len()));
                    heap.give_back(start);
                    continue;
                }
                if let Some(start) = heap.take(pages * PAGE, "x") {
                    let end = start + pages * PAGE;
                    prop_assert!(end <= 64 * PAGE);
                    prop_assert!(held.iter().all(|&(from, to)| end <= from || to <= start));
                    held.push((start, end));
                }
            }
            let sum: usize = held.iter().map(|(from, to)| to - from).sum();
            prop_assert_eq!(heap.total().bytes, sum);
            held.into_iter().for_each(|(start, _)| heap.give_back(start));
            prop_assert_eq!(heap.take(64 * PAGE, "x"), Some(0));
        }
    }
}
