//! Comparison of two sets of measurements.

use serde::Serialize;

use super::rank_test::chance_of_higher;
use super::{Better, Series};
use crate::report::table::table;

/// The standard error of a median is this times that of a mean.
const MEDIAN_ERROR: f64 = 1.2533;
/// So many standard errors are noise.
const NOISE_SIGMAS: f64 = 3.0;
/// A change that comes by chance more often than this is none; with three values on each side the least there can be.
const CHANCE: f64 = 0.05;
/// With fewer values on a side nothing is sure.
const FEWEST: usize = 3;

/// How two sets of values differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The series' name.
    pub name: String,
    /// New median over base median; none where there is nothing to compare or to divide by.
    pub ratio: Option<f64>,
    /// How far the ratio moves without any change, as a fraction of the base: 0.02 is 2 %.
    pub noise: f64,
    /// What follows.
    pub verdict: Change,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// No change that matters.
    Same,
    /// Clearly better.
    Better,
    /// Clearly worse.
    Worse,
    /// It may have changed by as much as matters: the noise is too large, or the values too few, to tell.
    Inconclusive,
    /// It was measured before and is not now.
    Missing,
    /// It was not measured before.
    New,
}

impl std::fmt::Display for Change {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Same => "same",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Inconclusive => "inconclusive",
            Self::Missing => "missing",
            Self::New => "new",
        })
    }
}

/// Compares the series of both sets by name and unit, in the order of `base`; then what is new.
///
/// A change matters from `limit_percent` on, and from the series' own noise floor. It is better or worse when also a rank test
/// says that it does not come by chance.
pub fn compare(base: &[Series], new: &[Series], limit_percent: f64) -> Vec<Comparison> {
    let in_new = |old: &Series| new.iter().find(|new| new.is_of(old));
    let known = base.iter().map(|old| match in_new(old) {
        Some(new) => compare_one(old, new, limit_percent / 100.0),
        None => Comparison::without_values(old, Change::Missing),
    });
    let added = new
        .iter()
        .filter(|new| !base.iter().any(|old| old.is_of(new)));
    let added = added.map(|new| Comparison::without_values(new, Change::New));
    known.chain(added).collect()
}

impl Comparison {
    fn without_values(of: &Series, verdict: Change) -> Self {
        Self {
            name: of.name.clone(),
            ratio: None,
            noise: 0.0,
            verdict,
        }
    }
}

fn compare_one(base: &Series, new: &Series, limit: f64) -> Comparison {
    let middle = base.median();
    let ratio = new.median() / middle;
    if !ratio.is_finite() || new.values.is_empty() {
        let same = base.values == new.values;
        let verdict = if same {
            Change::Same
        } else {
            Change::Inconclusive
        };
        return Comparison::without_values(base, verdict);
    }
    let noise = NOISE_SIGMAS * error(base).hypot(error(new)) / middle.abs();
    Comparison {
        name: base.name.clone(),
        ratio: Some(ratio),
        noise,
        verdict: verdict(base, new, (ratio - 1.0, noise), limit.max(base.floor)),
    }
}

fn verdict(base: &Series, new: &Series, (change, noise): (f64, f64), limit: f64) -> Change {
    let few = base.values.len().min(new.values.len()) < FEWEST;
    if change.abs() <= limit {
        // Noise that hides a change of twice the limit hides what matters.
        let is_hidden = !few && noise > 2.0 * limit;
        return if is_hidden {
            Change::Inconclusive
        } else {
            Change::Same
        };
    }
    let chance = if change > 0.0 {
        chance_of_higher(&base.values, &new.values)
    } else {
        chance_of_higher(&new.values, &base.values)
    };
    if few || chance > CHANCE {
        return Change::Inconclusive;
    }
    match (base.better, change > 0.0) {
        (Better::Lower, false) | (Better::Higher, true) => Change::Better,
        (Better::Lower, true) | (Better::Higher, false) => Change::Worse,
    }
}

/// Returns the standard error of the median.
fn error(series: &Series) -> f64 {
    MEDIAN_ERROR * series.spread() / (series.values.len().max(1) as f64).sqrt()
}

/// Returns the comparisons as an aligned table.
pub fn comparison_table(comparisons: &[Comparison]) -> String {
    let titles = ["name", "change", "noise", "verdict"].map(str::to_owned);
    let rows = comparisons.iter().map(|one| one.cells());
    table(&[titles].into_iter().chain(rows).collect::<Vec<_>>())
}

impl Comparison {
    /// Returns name, change, noise and verdict for people.
    pub(super) fn cells(&self) -> [String; 4] {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let change = self
            .ratio
            .map(|ratio| format!("{:+.1} %", (ratio - 1.0) * 100.0));
        [
            self.name.clone(),
            change.unwrap_or_else(|| "-".to_owned()),
            self.ratio
                .map_or_else(|| "-".to_owned(), |_| percent(self.noise)),
            self.verdict.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(better: Better, values: &[f64]) -> Series {
        Series::new("decode", "s", better, values.to_vec())
    }

    fn verdict(better: Better, base: &[f64], new: &[f64], percent: f64) -> Change {
        compare(&[series(better, base)], &[series(better, new)], percent)[0].verdict
    }

    /// Values around `middle` that move by `spread` of it, of a sequence that is always the same.
    fn noisy(middle: f64, spread: f64, count: usize, seed: &mut u64) -> Vec<f64> {
        let mut uniform = || {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*seed >> 40) as f64 / f64::from(1 << 24)
        };
        // Twelve uniform ones make a normal one.
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        (0..count)
            .map(|_| middle * (1.0 + spread * normal()))
            .collect()
    }

    #[test]
    fn noise_is_not_a_change() {
        let (base, new) = ([1.0, 1.02, 0.98, 1.01, 0.99], [1.01, 1.03, 0.99, 1.02, 1.0]);
        assert_eq!(verdict(Better::Lower, &base, &new, 5.0), Change::Same);
    }

    #[test]
    fn a_clear_change_is_told_which_way_it_goes() {
        let (base, new) = ([1.0, 1.01, 0.99, 1.0, 1.0], [1.2, 1.21, 1.19, 1.2, 1.2]);
        assert_eq!(verdict(Better::Lower, &base, &new, 5.0), Change::Worse);
        assert_eq!(verdict(Better::Higher, &base, &new, 5.0), Change::Better);
        assert_eq!(verdict(Better::Lower, &new, &base, 5.0), Change::Better);
        assert_eq!(verdict(Better::Lower, &base, &new, 25.0), Change::Same);
    }

    #[test]
    fn what_the_values_cannot_tell_is_inconclusive() {
        let (wild, wilder) = ([1.0, 2.0, 0.5, 1.5, 0.7], [1.3, 0.6, 2.2, 1.2, 1.4]);
        assert_eq!(
            verdict(Better::Lower, &wild, &wilder, 5.0),
            Change::Inconclusive
        );
        assert_eq!(
            verdict(Better::Lower, &[1.0], &[10.0], 5.0),
            Change::Inconclusive
        );
        assert_eq!(
            verdict(Better::Lower, &[0.0], &[1.0], 5.0),
            Change::Inconclusive
        );
        assert_eq!(
            verdict(Better::Lower, &[1.0], &[], 5.0),
            Change::Inconclusive
        );
        assert_eq!(verdict(Better::Lower, &[], &[], 5.0), Change::Same);
    }

    #[test]
    fn what_is_on_one_side_alone_is_told() {
        let named = |name: &str| Series::new(name, "s", Better::Lower, vec![1.0; 3]);
        let both = compare(&[named("a"), named("b")], &[named("b"), named("c")], 5.0);
        let told: Vec<_> = both
            .iter()
            .map(|one| (one.name.as_str(), one.verdict))
            .collect();
        assert_eq!(
            told,
            [
                ("a", Change::Missing),
                ("b", Change::Same),
                ("c", Change::New)
            ]
        );
    }

    #[test]
    fn ten_unchanged_runs_raise_no_alarm_and_a_planted_change_is_caught_nine_times_of_ten() {
        for (floor, spread, planted) in [(0.01, 0.008, 1.05), (0.05, 0.025, 1.10)] {
            let mut seed = 1;
            let (mut alarms, mut caught) = (0, 0);
            for _ in 0..100 {
                let of = |values: Vec<f64>| Series {
                    floor,
                    ..series(Better::Lower, &values)
                };
                let base = of(noisy(3.0, spread, 7, &mut seed));
                let same = of(noisy(3.0, spread, 7, &mut seed));
                let slower = of(noisy(3.0 * planted, spread, 7, &mut seed));
                let verdict = |new: &Series| compare_one(&base, new, 0.03).verdict;
                alarms += u32::from(verdict(&same) == Change::Worse);
                caught += u32::from(verdict(&slower) == Change::Worse);
            }
            assert!(
                alarms == 0 && caught >= 90,
                "{alarms} alarms, {caught} caught"
            );
        }
    }

    #[test]
    fn the_table_is_aligned() {
        let lists =
            [[2.0, 2.0, 2.0], [3.0, 3.0, 3.0]].map(|values| [series(Better::Lower, &values)]);
        assert_eq!(
            comparison_table(&compare(&lists[0], &lists[1], 5.0)),
            "name     change  noise  verdict\ndecode  +50.0 %  0.0 %    worse\n"
        );
    }

    proptest! {
        #[test]
        fn a_set_is_neither_better_nor_worse_than_itself(values in proptest::collection::vec(any::<f64>(), 0..20), percent in 0.0..50.0) {
            let verdict = verdict(Better::Lower, &values, &values, percent);
            prop_assert!(!matches!(verdict, Change::Better | Change::Worse));
        }

        #[test]
        fn better_one_way_is_worse_the_other(base in proptest::collection::vec(0.5..2.0, 3..9), new in proptest::collection::vec(0.5..2.0, 3..9)) {
            let (low, high) = (verdict(Better::Lower, &base, &new, 1.0), verdict(Better::Higher, &base, &new, 1.0));
            prop_assert_eq!(low == Change::Better, high == Change::Worse);
            prop_assert_eq!(low == Change::Same, high == Change::Same);
        }
    }
}
