//! Eviction: chooses the longest unused records until the rest fits. Pure.

/// A record as the choice sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EvictionCandidate<T> {
    pub(super) record: T,
    pub(super) bytes: u64,
    /// The order of its last use: smaller is longer ago.
    pub(super) used: u64,
}

/// Returns the records to remove so that the rest has at most `max_bytes`: the longest unused first.
///
/// Records used at the same time go in the order given.
pub(super) fn choose<T>(mut candidates: Vec<EvictionCandidate<T>>, max_bytes: u64) -> Vec<T> {
    let mut total: u64 = candidates.iter().map(|candidate| candidate.bytes).sum();
    candidates.sort_by_key(|candidate| candidate.used);
    candidates
        .into_iter()
        .take_while(|candidate| {
            let too_many = total > max_bytes;
            total -= candidate.bytes;
            too_many
        })
        .map(|candidate| candidate.record)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates(records: &[(u64, u64)]) -> Vec<EvictionCandidate<usize>> {
        let numbered = records.iter().enumerate();
        numbered
            .map(|(record, &(bytes, used))| EvictionCandidate {
                record,
                bytes,
                used,
            })
            .collect()
    }

    #[test]
    fn the_longest_unused_go_first() {
        assert_eq!(choose(candidates(&[(10, 3), (10, 1), (10, 2)]), 15), [1, 2]);
    }

    #[test]
    fn nothing_goes_when_all_fits() {
        assert!(choose(candidates(&[(10, 1), (10, 2)]), 20).is_empty());
    }

    proptest! {
        #[test]
        fn what_stays_fits_and_one_less_would_not_do(
            records in proptest::collection::vec((1..100_u64, 0..10_u64), 0..40),
            max_bytes in 0..2000_u64,
        ) {
            let gone = choose(candidates(&records), max_bytes);
            let total: u64 = records.iter().map(|record| record.0).sum();
            let freed: u64 = gone.iter().map(|&record| records[record].0).sum();
            prop_assert!(total - freed <= max_bytes);
            if let Some(&last) = gone.last() {
                prop_assert!(total - freed + records[last].0 > max_bytes);
            }
        }
    }
}
