//! Benchmark results: numbers measured more than once, and what changed between two sets of them. Pure.

mod change;
mod floors;
mod formats;
mod rank_test;

use serde::{Deserialize, Serialize};

use super::table::table;

pub use change::{Change, Comparison, compare, comparison_table};
pub use floors::{FloorCheck, Floors};
pub use formats::{BenchResult, junit, markdown};

/// The scaled median deviation of normal noise is its standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;

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
    /// Whether it was built to be fast: `release` or `debug`; empty in older files.
    #[serde(default)]
    pub build: String,
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
    /// How far it moves on a quiet machine without any change, as a fraction: 0.02 is 2 %.
    #[serde(default = "usual_floor")]
    pub floor: f64,
    /// The values in the order they were measured.
    pub values: Vec<f64>,
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

impl BenchMachine {
    /// Returns what keeps numbers of another machine from being compared with those of this one, one line each.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let build = if other.build.is_empty() {
            &self.build
        } else {
            &other.build
        };
        let pairs = [
            ("processor", &self.cpu, &other.cpu),
            ("cores", &self.cores.to_string(), &other.cores.to_string()),
            ("build", &self.build, build),
        ];
        let differ = pairs.into_iter().filter(|(_, ours, theirs)| ours != theirs);
        differ
            .map(|(what, ours, theirs)| format!("{what}: {theirs} before, {ours} now"))
            .collect()
    }
}

impl Series {
    /// Returns a series whose noise floor is the usual one of its unit.
    pub fn new(name: impl Into<String>, unit: &str, better: Better, values: Vec<f64>) -> Self {
        let floor = match unit {
            // Processor time, and what is measured in turn.
            "ms/frame" | "s/s of video" | "s/hour" | "ratio" => 0.02,
            "MiB" | "bytes" => 0.02,
            _ => usual_floor(),
        };
        Self {
            name: name.into(),
            unit: unit.to_owned(),
            better,
            floor,
            values,
        }
    }

    /// Tells whether it measures the same.
    fn is_of(&self, other: &Self) -> bool {
        self.name == other.name && self.unit == other.unit
    }

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

/// The noise floor of what takes time on a shared machine.
fn usual_floor() -> f64 {
    0.05
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

    fn series(better: Better, values: &[f64]) -> Series {
        Series::new("decode", "s", better, values.to_vec())
    }

    fn machine() -> BenchMachine {
        BenchMachine {
            cores: 2,
            cpu: "x".into(),
            version: "0.1.0".into(),
            build: "release".into(),
        }
    }

    #[test]
    fn the_median_withstands_an_outlier() {
        let one = series(Better::Lower, &[1.0, 1.1, 0.9, 1.0, 50.0]);
        assert_eq!((one.median(), one.min(), one.max()), (1.0, 0.9, 50.0));
        assert!((one.spread() - 0.148_26).abs() < 1e-6);
        assert_eq!(series(Better::Lower, &[1.0, 2.0]).median(), 1.5);
    }

    #[test]
    fn the_table_is_aligned() {
        assert_eq!(
            series_table(&[series(Better::Lower, &[2.0, 4.0])]),
            "name    median    min    max  spread  unit\ndecode   3.000  2.000  4.000   1.483     s\n"
        );
    }

    #[test]
    fn what_is_saved_is_read_again_and_older_files_too() {
        let saved = Saved::new(machine(), vec![series(Better::Higher, &[1.5, 2.0])]);
        let text = serde_json::to_string(&saved).unwrap();
        assert_eq!(serde_json::from_str::<Saved>(&text).unwrap(), saved);
        let older = text
            .replace(",\"build\":\"release\"", "")
            .replace("\"floor\":0.05,", "");
        let older: Saved = serde_json::from_str(&older).unwrap();
        assert_eq!(
            (older.machine.build.as_str(), older.series[0].floor),
            ("", 0.05)
        );
    }

    #[test]
    fn another_machine_is_told_by_what_is_other() {
        let other = BenchMachine {
            cpu: "y".into(),
            build: "debug".into(),
            version: "0.2.0".into(),
            ..machine()
        };
        let told = [
            "processor: y before, x now",
            "build: debug before, release now",
        ];
        assert_eq!(machine().differences(&other), told);
        let older = BenchMachine {
            build: String::new(),
            ..machine()
        };
        assert!(machine().differences(&older).is_empty());
    }
}
