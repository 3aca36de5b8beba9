//! The best spans that do not overlap.

use std::cmp::Ordering;

use super::Scored;

/// Returns the positions of the chosen ones, best first: at most `count`, none overlapping another.
///
/// Equal scores are decided by the earlier start, then the shorter span, so that every run chooses alike.
pub fn select(scored: &[Scored], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scored.len()).collect();
    order.sort_by(|&a, &b| better_first(&scored[a], &scored[b]));
    let mut chosen: Vec<usize> = Vec::new();
    for slot in order {
        if chosen.len() == count {
            break;
        }
        let range = scored[slot].span.range;
        if chosen
            .iter()
            .all(|&other| !scored[other].span.range.overlaps(range))
        {
            chosen.push(slot);
        }
    }
    chosen
}

fn better_first(a: &Scored, b: &Scored) -> Ordering {
    let (x, y) = (a.span.range, b.span.range);
    b.score
        .total_cmp(&a.score)
        .then(x.start().cmp(&y.start()))
        .then(x.end().cmp(&y.end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::{Signals, Span};
    use crate::timeline::{TimeRange, Timestamp};
    use proptest::prelude::*;

    fn scored(start: i64, end: i64, score: f64) -> Scored {
        let at = |s| Timestamp::new(s, 1).unwrap();
        let span = Span {
            range: TimeRange::new(at(start), at(end)).unwrap(),
            shots: (0, 1),
        };
        Scored {
            span,
            score,
            signals: Signals::new(),
            reason: String::new(),
        }
    }

    #[test]
    fn the_best_come_first_and_none_overlap() {
        let all = [scored(0, 10, 0.5), scored(5, 15, 0.9), scored(15, 20, 0.7)];
        assert_eq!(select(&all, 5), [1, 2]);
        assert_eq!(select(&all, 1), [1]);
    }

    #[test]
    fn equal_scores_are_decided_by_the_earlier_start() {
        assert_eq!(select(&[scored(5, 10, 0.5), scored(0, 5, 0.5)], 2), [1, 0]);
    }

    proptest! {
        #[test]
        fn the_order_of_the_candidates_changes_nothing(raw in proptest::collection::vec((0..100_i64, 1..20_i64, 0..5_u8), 0..40)) {
            let mut all: Vec<_> = raw.iter().map(|&(s, l, v)| scored(s, s + l, f64::from(v))).collect();
            let ranges = |all: &[Scored]| select(all, 5).iter().map(|&i| all[i].span.range).collect::<Vec<_>>();
            let before = ranges(&all);
            all.reverse();
            prop_assert_eq!(ranges(&all), before);
        }
    }
}
