//! Prefix sums: means and shares over any segment in two look-ups.

use crate::timeline::{TimeRange, Timestamp};

/// Values at times, summed up to each of them.
#[derive(Debug, Clone, Default)]
pub(super) struct RunningSums {
    times: Vec<Timestamp>,
    sums: Vec<f64>,
}

/// Segments, summed up to the end of each of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Cover {
    ranges: Vec<(f64, f64)>,
    sums: Vec<f64>,
}

impl RunningSums {
    /// Sums values up, those left out that are no numbers; their times must be in order.
    pub(super) fn new(values: impl IntoIterator<Item = (Timestamp, f64)>) -> Self {
        let mut series = Self {
            times: Vec::new(),
            sums: vec![0.0],
        };
        let mut sum = 0.0;
        for (time, value) in values.into_iter().filter(|(_, value)| value.is_finite()) {
            sum += value;
            series.times.push(time);
            series.sums.push(sum);
        }
        series
    }

    /// Returns the mean of the values in a range, or `None` without any.
    pub(super) fn mean(&self, range: TimeRange) -> Option<f64> {
        let before = |time| self.times.partition_point(|at| *at < time);
        let (from, to) = (before(range.start()), before(range.end()));
        (from < to).then(|| (self.sums[to] - self.sums[from]) / (to - from) as f64)
    }

    /// Returns the mean of all values, or `None` without any.
    pub(super) fn whole(&self) -> Option<f64> {
        let count = self.times.len();
        (count > 0).then(|| self.sums[count] / count as f64)
    }
}

impl Cover {
    /// Sums segments up; what several of them cover counts once.
    pub(super) fn new(ranges: impl IntoIterator<Item = TimeRange>) -> Self {
        let seconds = |range: TimeRange| (range.start().seconds(), range.end().seconds());
        let mut all: Vec<(f64, f64)> = ranges.into_iter().map(seconds).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut cover, mut until) = (Self::default(), f64::NEG_INFINITY);
        let mut sum = 0.0;
        cover.sums.push(sum);
        for (start, end) in all {
            let start = start.max(until);
            if start < end {
                sum += end - start;
                cover.ranges.push((start, end));
                cover.sums.push(sum);
                until = end;
            }
        }
        cover
    }

    /// Returns the share of a range that is covered.
    pub(super) fn share(&self, range: TimeRange) -> f64 {
        let (start, end) = (range.start().seconds(), range.end().seconds());
        ((self.until(end) - self.until(start)) / (end - start)).clamp(0.0, 1.0)
    }

    /// Tells whether any of it lies at a time.
    pub(super) fn holds(&self, time: f64) -> bool {
        let at = self.ranges.partition_point(|range| range.1 <= time);
        self.ranges.get(at).is_some_and(|range| range.0 <= time)
    }

    /// Returns the seconds covered before a time.
    fn until(&self, time: f64) -> f64 {
        let begun = self.ranges.partition_point(|range| range.0 < time);
        match begun.checked_sub(1) {
            None => 0.0,
            Some(last) => self.sums[last] + time.min(self.ranges[last].1) - self.ranges[last].0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(tenth: i64) -> Timestamp {
        Timestamp::new(tenth, 10).unwrap()
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn a_mean_is_of_what_lies_inside() {
        let values = [(0, 1.0), (10, 3.0), (15, f64::NAN), (20, 5.0)];
        let series = RunningSums::new(values.map(|(time, value)| (at(time), value)));
        assert_eq!(series.mean(range(0, 20)), Some(2.0));
        assert_eq!(series.mean(range(1, 9)), None);
        assert_eq!(series.whole(), Some(3.0));
        assert_eq!(RunningSums::new([]).whole(), None);
    }

    proptest! {
        #[test]
        fn a_share_is_what_counting_gives(
            raw in proptest::collection::vec((0..200_i64, 1..50_i64), 0..20), start in 0..250_i64, length in 1..100_i64,
        ) {
            let cover = Cover::new(raw.iter().map(|&(start, length)| range(start, start + length)));
            let held = |tenth: &i64| raw.iter().any(|(start, length)| (*start..start + length).contains(tenth));
            let count = (start..start + length).filter(held).count() as f64;
            prop_assert!((cover.share(range(start, start + length)) - count / length as f64).abs() < 1e-9);
            prop_assert_eq!(cover.holds(start as f64 / 10.0 + 0.05), held(&start));
        }
    }
}
