//! Benchmark results: numbers measured more than once, and what changed between two sets of them. Pure.

use serde::{Deserialize, Serialize};

use super::table::table;

/// The scaled median deviation of normal noise is its standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;
/// The standard error of a median is this times that of a mean.
const MEDIAN_ERROR: f64 = 1.2533;
/// So many standard errors are noise: one false alarm in about 400 comparisons.
const NOISE_SIGMAS: f64 = 3.0;

/// What a benchmark run saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// Where it ran.
    pub machine: BenchMachine,
    /// What it measured.
    pub series: Vec<Series>,
}

/// Where numbers were measured; numbers of different machines do not compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchMachine {
    /// Cores that the process could use.
    pub cores: usize,
    /// The processor's name.
    pub cpu: String,
    /// The program's version.
    pub version: String,
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Times, bytes.
    Lower,
    /// Rates.
    Higher,
}

/// One quantity, measured several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What.
    pub name: String,
    /// Of what: `s`, `frames/s`, `MiB`.
    pub unit: String,
    /// Which way is good.
    pub better: Better,
    /// The values in the order they were measured.
    pub values: Vec<f64>,
}

/// How two sets of values differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The series' name.
    pub name: String,
    /// New median over base median.
    pub ratio: f64,
    /// How far the ratio moves without any change, as a fraction of the base: 0.02 is 2 %.
    pub noise: f64,
    /// What follows.
    pub verdict: Change,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Within the noise, or too small to matter.
    Same,
    /// Clearly better.
    Better,
    /// Clearly worse.
    Worse,
}

impl Saved {
    /// Returns what is to be saved.
    pub fn new(machine: BenchMachine, series: Vec<Series>) -> Self {
        Self {
            schema: 1,
            machine,
            series,
        }
    }
}

impl Series {
    /// Returns the middle value, the mean of the two middle ones of an even number; 0 of none.
    pub fn median(&self) -> f64 {
        median(self.values.clone())
    }

    /// Returns the smallest value; 0 of none.
    pub fn min(&self) -> f64 {
        self.values
            .iter()
            .copied()
            .min_by(f64::total_cmp)
            .unwrap_or(0.0)
    }

    /// Returns the largest value; 0 of none.
    pub fn max(&self) -> f64 {
        self.values
            .iter()
            .copied()
            .max_by(f64::total_cmp)
            .unwrap_or(0.0)
    }

    /// Returns the spread as a standard deviation that outliers do not move: 1.4826 times the median absolute deviation.
    pub fn spread(&self) -> f64 {
        let middle = self.median();
        let away = self.values.iter().map(|value| (value - middle).abs());
        MAD_TO_SIGMA * median(away.collect())
    }

    /// Returns the standard error of the median.
    fn error(&self) -> f64 {
        MEDIAN_ERROR * self.spread() / (self.values.len().max(1) as f64).sqrt()
    }
}

/// Compares the series that both sets have, by name, in the order of `base`.
///
/// The noise of a ratio is three standard errors of the difference of the medians. A change has to leave the noise *and*
/// `fail_above_percent` behind to be better or worse; fewer than three values on a side have no noise to tell, so only the percentage counts.
/// A base of zero, where there is no ratio, and values that are not finite compare as the same.
pub fn compare(base: &[Series], new: &[Series], fail_above_percent: f64) -> Vec<Comparison> {
    let pairs = base.iter().filter_map(|old| {
        let new = new
            .iter()
            .find(|new| new.name == old.name && new.unit == old.unit)?;
        Some(compare_one(old, new, fail_above_percent / 100.0))
    });
    pairs.collect()
}

fn compare_one(base: &Series, new: &Series, allowed: f64) -> Comparison {
    let middle = base.median();
    let name = base.name.clone();
    let ratio = new.median() / middle;
    if !ratio.is_finite() {
        return Comparison {
            name,
            ratio: 1.0,
            noise: 0.0,
            verdict: Change::Same,
        };
    }
    let noise = NOISE_SIGMAS * base.error().hypot(new.error()) / middle.abs();
    let change = ratio - 1.0;
    let verdict = match (change.abs() > noise.max(allowed), base.better) {
        (false, _) => Change::Same,
        (true, Better::Lower) if change < 0.0 => Change::Better,
        (true, Better::Higher) if change > 0.0 => Change::Better,
        (true, _) => Change::Worse,
    };
    Comparison {
        name,
        ratio,
        noise,
        verdict,
    }
}

/// Returns the series as an aligned table.
pub fn series_table(series: &[Series]) -> String {
    let titles = ["name", "median", "min", "max", "spread", "unit"].map(str::to_owned);
    let rows = series.iter().map(|one| {
        let numbers =
            [one.median(), one.min(), one.max(), one.spread()].map(|value| format!("{value:.3}"));
        let [median, min, max, spread] = numbers;
        [one.name.clone(), median, min, max, spread, one.unit.clone()]
    });
    table(&[titles].into_iter().chain(rows).collect::<Vec<_>>())
}

/// Returns the comparisons as an aligned table.
pub fn comparison_table(comparisons: &[Comparison]) -> String {
    let titles = ["name", "change", "noise", "verdict"].map(str::to_owned);
    let rows = comparisons.iter().map(|one| {
        let change = format!("{:+.1} %", (one.ratio - 1.0) * 100.0);
        let noise = format!("{:.1} %", one.noise * 100.0);
        [
            one.name.clone(),
            change,
            noise,
            format!("{:?}", one.verdict).to_lowercase(),
        ]
    });
    table(&[titles].into_iter().chain(rows).collect::<Vec<_>>())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(better: Better, values: &[f64]) -> Series {
        Series {
            name: "decode".into(),
            unit: "s".into(),
            better,
            values: values.to_vec(),
        }
    }

    fn verdict(better: Better, base: &[f64], new: &[f64], percent: f64) -> Change {
        compare(&[series(better, base)], &[series(better, new)], percent)[0].verdict
    }

    #[test]
    fn the_median_withstands_an_outlier() {
        let one = series(Better::Lower, &[1.0, 1.1, 0.9, 1.0, 50.0]);
        assert_eq!((one.median(), one.min(), one.max()), (1.0, 0.9, 50.0));
        assert!((one.spread() - 0.148_26).abs() < 1e-6);
        assert_eq!(series(Better::Lower, &[1.0, 2.0]).median(), 1.5);
    }

    #[test]
    fn noise_is_not_a_change() {
        let (base, new) = ([1.0, 1.2, 0.8, 1.1, 0.9], [1.1, 1.3, 0.9, 1.2, 1.0]);
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
    fn nothing_to_divide_by_is_no_change() {
        assert_eq!(verdict(Better::Lower, &[0.0], &[1.0], 5.0), Change::Same);
        assert_eq!(
            verdict(Better::Lower, &[1.0], &[f64::NAN], 5.0),
            Change::Same
        );
        assert_eq!(verdict(Better::Lower, &[], &[], 5.0), Change::Same);
    }

    #[test]
    fn tables_are_aligned() {
        let comparisons = compare(
            &[series(Better::Lower, &[2.0])],
            &[series(Better::Lower, &[3.0])],
            5.0,
        );
        assert_eq!(
            comparison_table(&comparisons),
            "name     change  noise  verdict\ndecode  +50.0 %  0.0 %    worse\n"
        );
        assert_eq!(
            series_table(&[series(Better::Lower, &[2.0, 4.0])]),
            "name    median    min    max  spread  unit\ndecode   3.000  2.000  4.000   1.483     s\n"
        );
    }

    #[test]
    fn what_is_saved_is_read_again() {
        let machine = BenchMachine {
            cores: 2,
            cpu: "x".into(),
            version: "0.1.0".into(),
        };
        let saved = Saved::new(machine, vec![series(Better::Higher, &[1.5, 2.0])]);
        let text = serde_json::to_string(&saved).unwrap();
        assert_eq!(serde_json::from_str::<Saved>(&text).unwrap(), saved);
    }

    proptest! {
        #[test]
        fn a_set_compares_to_itself_as_the_same(values in proptest::collection::vec(any::<f64>(), 0..20), percent in 0.0..50.0) {
            prop_assert_eq!(verdict(Better::Lower, &values, &values, percent), Change::Same);
        }

        #[test]
        fn better_one_way_is_worse_the_other(base in proptest::collection::vec(0.5..2.0, 3..9), new in proptest::collection::vec(0.5..2.0, 3..9)) {
            let (low, high) = (verdict(Better::Lower, &base, &new, 1.0), verdict(Better::Higher, &base, &new, 1.0));
            prop_assert_eq!(low == Change::Better, high == Change::Worse);
            prop_assert_eq!(low == Change::Same, high == Change::Same);
        }
    }
}
