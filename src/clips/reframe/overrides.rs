//! Overrides: a person's decisions, cut to the times for which they hold.

use crate::manifest::FramingOverride;
use crate::timeline::{TimeRange, Timestamp};

/// Cuts a scene's time where decisions begin and end; of several for one time the last in the list holds.
pub(super) fn cut_at_decisions(
    range: TimeRange,
    overrides: &[FramingOverride],
) -> Vec<(TimeRange, Option<&FramingOverride>)> {
    let edges = overrides
        .iter()
        .flat_map(|o| [o.range.start(), o.range.end()]);
    let mut cuts: Vec<Timestamp> = edges
        .filter(|time| range.contains(*time))
        .chain([range.start(), range.end()])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let holds = |time| overrides.iter().rev().find(|o| o.range.contains(time));
    let parts = cuts.windows(2).filter_map(|w| TimeRange::new(w[0], w[1]));
    let mut pieces: Vec<(TimeRange, Option<&FramingOverride>)> = Vec::new();
    for part in parts {
        let now = holds(part.start());
        match pieces.last_mut() {
            Some((range, before)) if *before == now => {
                *range = TimeRange::new(range.start(), part.end()).unwrap_or(*range);
            }
            _ => pieces.push((part, now)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Layout;
    use proptest::prelude::*;

    fn range(from: i64, to: i64) -> TimeRange {
        let at = |n| Timestamp::new(n, 10).unwrap();
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn fixed(from: i64, to: i64, layout: Layout) -> FramingOverride {
        FramingOverride {
            range: range(from, to),
            layout: Some(layout),
            region: None,
            regions: Vec::new(),
        }
    }

    #[test]
    fn of_two_decisions_for_one_time_the_later_holds() {
        let both = [fixed(0, 60, Layout::Fit), fixed(20, 40, Layout::Split)];
        let pieces: Vec<_> = cut_at_decisions(range(10, 100), &both)
            .into_iter()
            .map(|(range, decided)| (range, decided.and_then(|d| d.layout)))
            .collect();
        let expected = [
            (range(10, 20), Some(Layout::Fit)),
            (range(20, 40), Some(Layout::Split)),
            (range(40, 60), Some(Layout::Fit)),
            (range(60, 100), None),
        ];
        assert_eq!(pieces, expected);
    }

    proptest! {
        #[test]
        fn pieces_make_up_the_scene(decided in prop::collection::vec((0..100_i64, 1..50_i64), 0..6)) {
            let overrides: Vec<_> = decided.iter().map(|&(from, length)| fixed(from, from + length, Layout::Fit)).collect();
            let pieces = cut_at_decisions(range(20, 70), &overrides);
            prop_assert_eq!(pieces[0].0.start(), range(20, 70).start());
            prop_assert_eq!(pieces[pieces.len() - 1].0.end(), range(20, 70).end());
            prop_assert!(pieces.windows(2).all(|w| w[0].0.end() == w[1].0.start()));
        }
    }
}
