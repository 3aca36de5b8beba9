//! Range of sound, counted in samples.

use crate::timeline::{TimeRange, Timestamp};

/// Samples a second that the sound models were trained on, one channel.
pub const SAMPLE_RATE: u32 = 16_000;

/// A run of samples at [`SAMPLE_RATE`] that is never empty or inverted; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SampleRange {
    start: u64,
    end: u64,
}

impl SampleRange {
    /// Returns the range, or `None` when it would be empty or inverted.
    pub fn new(start: u64, end: u64) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The first sample.
    pub fn start(self) -> u64 {
        self.start
    }

    /// The first sample after it.
    pub fn end(self) -> u64 {
        self.end
    }

    /// Returns the exact times on the file's own clock, where sample 0 is heard at `origin`.
    ///
    /// `None` only where the origin is so far from zero that neighbouring samples fall together.
    pub fn to_time(self, origin: Timestamp) -> Option<TimeRange> {
        TimeRange::new(
            origin + sample_time(self.start)?,
            origin + sample_time(self.end)?,
        )
    }
}

fn sample_time(sample: u64) -> Option<Timestamp> {
    Timestamp::new(i64::try_from(sample).ok()?, SAMPLE_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_exact_times_on_the_files_own_clock() {
        let origin = Timestamp::new(1024, 48_000).unwrap();
        let range = SampleRange::new(512, 576_000_000).unwrap(); // ten hours
        let time = range.to_time(origin).unwrap();
        assert_eq!(time.start(), Timestamp::new(4, 75).unwrap());
        assert_eq!(time.end() - origin, Timestamp::new(36_000, 1).unwrap());
    }

    #[test]
    fn a_range_of_samples_is_never_empty_or_inverted() {
        assert_eq!(SampleRange::new(3, 3), None);
        assert_eq!(SampleRange::new(4, 3), None);
    }
}
