//! How long items took: percentiles in bounded memory.

use std::collections::BTreeMap;
use std::time::Duration;

/// So many durations are kept as they are.
const EXACT: usize = 4096;
/// Beyond them each power of two is split into so many buckets: at most 0.8 % of error.
const SPLIT_BITS: u32 = 6;

/// Durations to the microsecond: exact for the first 4096, from then on counted in buckets, 30 KiB at most.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations {
    exact: Vec<u64>,
    buckets: BTreeMap<u32, u64>,
    count: u64,
    max: u64,
}

impl Durations {
    /// Adds one duration.
    pub(super) fn add(&mut self, length: Duration) {
        let micros = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        self.count += 1;
        self.max = self.max.max(micros);
        if self.buckets.is_empty() && self.exact.len() < EXACT {
            self.exact.push(micros);
            return;
        }
        for micros in self.exact.drain(..).chain([micros]) {
            *self.buckets.entry(bucket(micros)).or_default() += 1;
        }
    }

    /// Returns the smallest duration that `percent` of all do not exceed (nearest rank), zero when there are none.
    pub(super) fn percentile(&self, percent: u32) -> Duration {
        let rank = (self.count * u64::from(percent)).div_ceil(100).max(1);
        let micros = match self.buckets.is_empty() {
            true => self.exact_at(rank),
            false => self.bucket_at(rank),
        };
        Duration::from_micros(micros.min(self.max))
    }

    /// Returns the longest.
    pub(super) fn max(&self) -> Duration {
        Duration::from_micros(self.max)
    }

    fn exact_at(&self, rank: u64) -> u64 {
        let mut sorted = self.exact.clone();
        sorted.sort_unstable();
        sorted.get(rank as usize - 1).copied().unwrap_or(0)
    }

    fn bucket_at(&self, rank: u64) -> u64 {
        let mut seen = 0;
        let reached = self.buckets.iter().find(|&(_, count)| {
            seen += count;
            seen >= rank
        });
        reached.map_or(self.max, |(&bucket, _)| middle(bucket))
    }
}

/// Numbers below 64 are their own bucket; above, the highest seven bits and how far they were shifted.
fn bucket(micros: u64) -> u32 {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(SPLIT_BITS + 1);
    (shift << SPLIT_BITS) + (micros >> shift) as u32
}

fn middle(bucket: u32) -> u64 {
    let shift = (bucket >> SPLIT_BITS).saturating_sub(1);
    let lowest = u64::from(bucket - (shift << SPLIT_BITS)) << shift;
    lowest + ((1_u64 << shift) - 1) / 2
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

    fn true_percentile(micros: &[u64], percent: u32) -> u64 {
        let mut sorted = micros.to_vec();
        sorted.sort_unstable();
        sorted[(sorted.len() * percent as usize).div_ceil(100).max(1) - 1]
    }

    #[test]
    fn nothing_took_no_time() {
        assert_eq!(of(&[]).percentile(50), Duration::ZERO);
        assert_eq!(of(&[]).max(), Duration::ZERO);
    }

    #[test]
    fn the_median_of_four_is_the_second() {
        assert_eq!(of(&[40, 10, 30, 20]).percentile(50).as_micros(), 20);
        assert_eq!(of(&[40, 10, 30, 20]).percentile(95).as_micros(), 40);
    }

    #[test]
    fn many_durations_stay_small() {
        let durations = of(&(0..1_000_000).map(|n| n * n).collect::<Vec<_>>());
        assert!(durations.exact.is_empty() && durations.buckets.len() < 3000);
    }

    proptest! {
        #[test]
        fn few_are_exact(micros in proptest::collection::vec(any::<u64>(), 1..300), percent in 0..=100_u32) {
            let found = of(&micros).percentile(percent).as_micros();
            prop_assert_eq!(found, u128::from(true_percentile(&micros, percent)));
        }

        #[test]
        fn many_are_within_one_percent(seed in 1..u64::MAX / 8192, percent in 1..=100_u32) {
            let micros: Vec<u64> = (1..6000).map(|n| seed.wrapping_mul(n * n + 7) >> (n % 40)).collect();
            let truth = true_percentile(&micros, percent) as f64;
            let found = of(&micros).percentile(percent).as_micros() as f64;
            prop_assert!((found - truth).abs() <= truth * 0.01 + 0.5, "{found} for {truth}");
        }

        #[test]
        fn a_bucket_holds_its_middle(micros in any::<u64>()) {
            prop_assert_eq!(bucket(middle(bucket(micros))), bucket(micros));
        }
    }
}
