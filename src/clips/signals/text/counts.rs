//! Prefix sums over runs of words or sentences.

use std::ops::Range;

/// How many of the first 0, 1, 2, … items have a property.
#[derive(Debug, Clone)]
pub(super) struct Counts(Vec<u32>);

impl Counts {
    /// Counts the items that have it.
    pub(super) fn new(items: impl IntoIterator<Item = bool>) -> Self {
        let mut sum = 0;
        let sums = items.into_iter().map(|has| {
            sum += u32::from(has);
            sum
        });
        Self(std::iter::once(0).chain(sums).collect())
    }

    /// Counts the items at `positions`, of `length` in all; a position named twice counts once.
    pub(super) fn at(positions: impl IntoIterator<Item = usize>, length: usize) -> Self {
        let mut items = vec![false; length];
        for position in positions {
            items[position] = true;
        }
        Self::new(items)
    }

    /// Returns how many items of a range have it.
    pub(super) fn within(&self, range: &Range<usize>) -> f64 {
        f64::from(self.0[range.end] - self.0[range.start])
    }

    /// Tells whether the item at `position` has it.
    pub(super) fn has(&self, position: usize) -> bool {
        self.0[position + 1] > self.0[position]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_count_is_what_counting_gives(items in proptest::collection::vec(any::<bool>(), 1..50), a in 0..50_usize, b in 0..50_usize) {
            let (a, b) = (a.min(b).min(items.len()), a.max(b).min(items.len()));
            let counted = items[a..b].iter().filter(|&&has| has).count();
            let counts = Counts::new(items.iter().copied());
            prop_assert_eq!(counts.within(&(a..b)), counted as f64);
            prop_assert_eq!(counts.has(0), items[0]);
        }
    }
}
