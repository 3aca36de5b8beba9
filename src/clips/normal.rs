//! Normalised signals: each value is set against those of the whole video.

use super::signals::{Scale, Signal, Values};

/// The share of the values at either end that do not decide what is little and what is much.
const OUTLIERS: f64 = 0.05;

/// What little and much of a signal are in one video.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    low: f32,
    high: f32,
}

/// Brings all values to 0..1, in place.
///
/// A signal that says by itself how good a segment is stays as it is; of the others little is 0 and much is 1, each as
/// nineteen in twenty segments have more or less; where hardly anything differs all are near the middle. The order of
/// the segments changes nothing.
pub(super) fn normalise(all: &mut [Values]) {
    for signal in Signal::ALL {
        let spread = match signal.scale() {
            Scale::Share => Some(Spread {
                low: 0.0,
                high: 1.0,
            }),
            Scale::Within(least) => spread(all, signal, least),
        };
        let Some(spread) = spread else { continue };
        for values in &mut *all {
            let value = values.get(signal).map(|value| spread.place(value));
            values.set(signal, value.map(f64::from));
        }
    }
}

impl Spread {
    fn place(self, value: f32) -> f32 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

fn spread(all: &[Values], signal: Signal, least: f32) -> Option<Spread> {
    let mut known: Vec<f32> = all.iter().filter_map(|values| values.get(signal)).collect();
    let last = known.len().checked_sub(1)?;
    let mut ranked = |rank: usize| *known.select_nth_unstable_by(rank, f32::total_cmp).1;
    let rank = |share: f64| (share * last as f64).round() as usize;
    let (mut low, mut high) = (ranked(rank(OUTLIERS)), ranked(rank(1.0 - OUTLIERS)));
    if low == high {
        // Something rare: even the few that have it are to be seen.
        (low, high) = (ranked(0), ranked(last));
    }
    let lacking = (least - (high - low)).max(0.0) / 2.0;
    Some(Spread {
        low: low - lacking,
        high: high + lacking,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(signal: Signal, raw: &[f64]) -> Vec<f32> {
        let of = |value: &f64| {
            let mut values = Values::UNKNOWN;
            values.set(signal, Some(*value));
            values
        };
        let mut all: Vec<_> = raw.iter().map(of).collect();
        normalise(&mut all);
        all.iter().filter_map(|values| values.get(signal)).collect()
    }

    #[test]
    fn little_is_nothing_and_much_is_all() {
        let found = normal(Signal::Energy, &[-40.0, -30.0, -20.0]);
        assert_eq!(found, [0.0, 0.5, 1.0]);
    }

    #[test]
    fn what_hardly_differs_stays_near_the_middle() {
        let found = normal(Signal::Energy, &[-20.1, -20.0]);
        assert!(found.iter().all(|value| (0.45..0.55).contains(value)));
        assert_eq!(normal(Signal::Energy, &[-20.0]), [0.5]);
    }

    #[test]
    fn the_rare_is_seen() {
        let mut raw = vec![0.0; 99];
        raw.push(0.5);
        assert_eq!(normal(Signal::Question, &raw)[99], 1.0);
    }

    #[test]
    fn a_share_stays_as_it_is() {
        assert_eq!(normal(Signal::Hook, &[0.2, 0.3]), [0.2, 0.3]);
    }

    proptest! {
        #[test]
        fn more_is_never_less_and_louder_videos_give_the_same(
            raw in proptest::collection::vec(-60.0..0.0_f64, 1..60), louder in -20.0..20.0_f64,
        ) {
            let found = normal(Signal::Energy, &raw);
            prop_assert!(found.iter().all(|value| (0.0..=1.0).contains(value)));
            for (a, x) in raw.iter().zip(&found) {
                for (b, y) in raw.iter().zip(&found) {
                    prop_assert!(a > b || x <= y);
                }
            }
            let other = normal(Signal::Energy, &raw.iter().map(|value| value + louder).collect::<Vec<_>>());
            prop_assert!(found.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-3));
        }

        #[test]
        fn the_order_of_the_stretches_changes_nothing(raw in proptest::collection::vec(-60.0..0.0_f64, 1..60)) {
            let mut backwards = normal(Signal::Energy, &raw.iter().rev().copied().collect::<Vec<_>>());
            backwards.reverse();
            prop_assert_eq!(normal(Signal::Energy, &raw), backwards);
        }
    }
}
