//! How many faces are seen when.

use serde::Serialize;

use crate::export::Seconds;

/// A stretch in which some faces are seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Seen(Seconds, Seconds, usize);

/// Joins what was counted a few times a second; a count holds until the next, the last until `end`.
pub(super) fn runs(counts: &[(Seconds, usize)], end: Seconds) -> Vec<Seen> {
    let mut runs: Vec<Seen> = Vec::new();
    let until = counts.iter().skip(1).map(|next| next.0).chain([end]);
    for (&(start, count), end) in counts.iter().zip(until) {
        match runs
            .last_mut()
            .filter(|run| run.1 == start && run.2 == count)
        {
            Some(run) => run.1 = end,
            None if count > 0 && start < end => runs.push(Seen(start, end, count)),
            None => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(second: u64) -> Seconds {
        Duration::from_secs(second).into()
    }

    #[test]
    fn equal_counts_join_and_none_at_all_is_left_out() {
        let counts = [0, 1, 1, 2, 0, 1].into_iter().enumerate();
        let counts: Vec<_> = counts.map(|(i, n)| (at(i as u64), n)).collect();
        let expected = [
            Seen(at(1), at(3), 1),
            Seen(at(3), at(4), 2),
            Seen(at(5), at(9), 1),
        ];
        assert_eq!(runs(&counts, at(9)), expected);
        assert_eq!(runs(&[], at(9)), []);
    }
}
