//! Trend of the resident memory over the hours of video processed: a leak shows as a slope. Pure.

/// Samples that are kept; of more every second one is.
const MOST_SAMPLES: usize = 256;
/// Samples before anything is said.
const LEAST_SAMPLES: usize = 24;
/// The first part of the samples, a quarter, in which caches fill, does not count.
const WARM_UP: usize = 4;
/// Growth that is worth a warning, in bytes.
const LEAST_GROWTH: f64 = (64 << 20) as f64;
/// Correlation from which memory grows with the work and does not merely go up and down.
const LEAST_CORRELATION: f64 = 0.8;

/// Resident memory at the end of each job, by the hours of video processed until then.
#[derive(Debug, Default)]
pub(crate) struct RssTrend {
    hours: f64,
    /// Jobs from one sample to the next.
    stride: usize,
    skipped: usize,
    samples: Vec<(f64, f64)>,
    is_told: bool,
}

/// Growth that looks like a leak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Growth {
    /// Bytes that each hour of video adds.
    pub(crate) bytes_an_hour: f64,
    /// Hours of video that were looked at.
    pub(crate) hours: f64,
}

impl RssTrend {
    /// Takes note of the resident bytes after a job of so many hours of video; tells once that memory grows.
    pub(crate) fn note(&mut self, hours: f64, resident: u64) -> Option<Growth> {
        self.push(hours, resident);
        let growth = self.growth().filter(|_| !self.is_told)?;
        self.is_told = true;
        Some(growth)
    }

    fn push(&mut self, hours: f64, resident: u64) {
        self.hours += hours;
        self.skipped += 1;
        if self.skipped < self.stride {
            return;
        }
        self.skipped = 0;
        self.samples.push((self.hours, resident as f64));
        if self.samples.len() >= MOST_SAMPLES {
            let mut number = 0;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 0
            });
            self.stride = (self.stride * 2).max(2);
        }
    }

    /// Returns the growth where memory grows with the work, steadily and by much.
    fn growth(&self) -> Option<Growth> {
        if self.samples.len() < LEAST_SAMPLES {
            return None;
        }
        let samples = &self.samples[self.samples.len() / WARM_UP..];
        let count = samples.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / count;
        let (hours, bytes) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| {
            let parts = samples.iter().map(|(h, b)| of(h - hours, b - bytes));
            parts.sum::<f64>()
        };
        let (hh, hb, bb) = (sum(&|h, _| h * h), sum(&|h, b| h * b), sum(&|_, b| b * b));
        let span = samples.last()?.0 - samples.first()?.0;
        let slope = if hh > 0.0 { hb / hh } else { 0.0 };
        let correlation = if bb > 0.0 { hb / (hh * bb).sqrt() } else { 0.0 };
        (slope * span >= LEAST_GROWTH && correlation >= LEAST_CORRELATION).then_some(Growth {
            bytes_an_hour: slope,
            hours: span,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: f64 = (1 << 20) as f64;

    /// The growth that is found in `jobs` jobs of six minutes each, after each of which so many MiB are resident.
    fn growth(jobs: usize, resident: impl Fn(usize) -> f64) -> Option<Growth> {
        let mut trend = RssTrend::default();
        (0..jobs).for_each(|job| trend.push(0.1, (resident(job) * MIB) as u64));
        trend.growth()
    }

    /// Up and down by a few MiB, the same each time.
    fn noise(job: usize) -> f64 {
        ((job * 7919) % 41) as f64
    }

    #[test]
    fn a_leak_is_found_with_its_slope_in_noise() {
        let found = growth(100, |job| 500.0 + 2.0 * job as f64 + noise(job)).unwrap();
        assert!((found.bytes_an_hour / MIB - 20.0).abs() < 2.0, "{found:?}");
    }

    #[test]
    fn memory_that_fills_at_first_and_then_goes_up_and_down_is_no_leak() {
        let fills = |job: usize| 500.0 + (job as f64 * 40.0).min(400.0) + 3.0 * noise(job);
        assert_eq!(growth(100, fills), None);
        assert_eq!(growth(5000, fills), None);
    }

    #[test]
    fn a_few_jobs_say_nothing_and_many_are_thinned_out() {
        assert_eq!(growth(20, |job| 100.0 * job as f64), None);
        let found = growth(20_000, |job| 500.0 + 0.1 * job as f64).unwrap();
        assert!((found.bytes_an_hour / MIB - 1.0).abs() < 0.05, "{found:?}");
    }
}
