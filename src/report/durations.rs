//! Latency histogram: percentiles in bounded memory.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Percentiles are exact to three digits.
const DIGITS: u8 = 3;

/// Durations counted to the microsecond.
#[derive(Debug, Clone)]
pub(super) struct Durations {
    micros: Histogram<u64>,
    max: Duration,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            micros: Histogram::new(DIGITS).expect("three digits are within what it can"),
            max: Duration::ZERO,
        }
    }
}

impl Durations {
    /// Adds one duration.
    pub(super) fn add(&mut self, length: Duration) {
        let micros = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        // It grows with what it counts; a duration beyond its last bucket is of the year 2600.
        let _ = self.micros.record(micros);
        self.max = self.max.max(length);
    }

    /// Returns the duration that `percent` of all do not exceed (nearest rank), zero when there are none.
    pub(super) fn percentile(&self, percent: f64) -> Duration {
        let micros = self.micros.value_at_percentile(percent);
        Duration::from_micros(micros).min(self.max)
    }

    /// Returns the longest.
    pub(super) fn max(&self) -> Duration {
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(micros: &[u64]) -> Durations {
        let mut durations = Durations::default();
        let lengths = micros.iter().copied().map(Duration::from_micros);
        lengths.for_each(|length| durations.add(length));
        durations
    }

    #[test]
    fn nothing_took_no_time() {
        assert_eq!(of(&[]).percentile(50.0), Duration::ZERO);
        assert_eq!(of(&[]).max(), Duration::ZERO);
    }

    #[test]
    fn the_median_of_four_is_the_second() {
        let durations = of(&[40, 10, 30, 20]);
        assert_eq!(durations.percentile(50.0).as_micros(), 20);
        assert_eq!(durations.percentile(95.0).as_micros(), 40);
    }

    proptest! {
        #[test]
        fn percentiles_are_exact_to_three_digits(
            micros in proptest::collection::vec(0..1_u64 << 40, 1..300),
            percent in 1..=100_u32,
        ) {
            let mut sorted = micros.clone();
            sorted.sort_unstable();
            let rank = (sorted.len() * percent as usize).div_ceil(100);
            let found = of(&micros).percentile(f64::from(percent)).as_micros() as f64;
            // A share that is no binary fraction may be rounded up to the next rank.
            let near = |value: &u64| (found - *value as f64).abs() <= *value as f64 * 1e-3;
            let ranks = sorted.iter().skip(rank - 1).take(2);
            prop_assert!(ranks.clone().any(near), "{found} for {ranks:?}");
        }
    }
}
