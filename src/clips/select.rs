//! The best spans that do not overlap.

use std::cmp::Ordering;

use super::Scored;

/// Puts the best first; equal scores are decided by the earlier start, then the shorter span.
pub fn rank(scored: &mut [Scored]) {
    scored.sort_by(better_first);
}

/// Returns the positions of the chosen ones of a ranked list, best first: at most `count`, none overlapping another.
pub fn select(ranked: &[Scored], count: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for (slot, scored) in ranked.iter().enumerate() {
        if chosen.len() == count {
            break;
        }
        let range = scored.span.range;
        if chosen
            .iter()
            .all(|&other| !ranked[other].span.range.overlaps(range))
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

    fn chosen(mut all: Vec<Scored>, count: usize) -> Vec<TimeRange> {
        rank(&mut all);
        select(&all, count)
            .iter()
            .map(|&slot| all[slot].span.range)
            .collect()
    }

    #[test]
    fn the_best_come_first_and_none_overlap() {
        let all = vec![scored(0, 10, 0.5), scored(5, 15, 0.9), scored(15, 20, 0.7)];
        let ranges = [all[1].span.range, all[2].span.range];
        assert_eq!(chosen(all.clone(), 5), ranges);
        assert_eq!(chosen(all, 1), ranges[..1]);
    }

    #[test]
    fn equal_scores_are_decided_by_the_earlier_start() {
        let all = vec![scored(5, 10, 0.5), scored(0, 5, 0.5)];
        let ranges = [all[1].span.range, all[0].span.range];
        assert_eq!(chosen(all, 2), ranges);
    }

    proptest! {
        #[test]
        fn the_order_of_the_candidates_changes_nothing(raw in proptest::collection::vec((0..100_i64, 1..20_i64, 0..5_u8), 0..40)) {
            let all: Vec<_> = raw.iter().map(|&(s, l, v)| scored(s, s + l, f64::from(v))).collect();
            let reversed = all.iter().rev().cloned().collect();
            prop_assert_eq!(chosen(all, 5), chosen(reversed, 5));
        }
    }
}
