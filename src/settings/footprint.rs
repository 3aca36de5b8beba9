//! Footprint: what a run takes of its memory by its settings, and what is left for models and encoders. Pure.

use std::fmt;

/// Bytes of the program itself: code, ONNX Runtime and FFmpeg, the cache's index, threads. Measured: 160 MiB between two jobs.
const PROGRAM: u64 = 160 << 20;
/// Bytes of one video under way beside its pictures in flight: decoders, sound, what is found in it.
const JOB: u64 = 40 << 20;
/// Fewest bytes for models and encoders: those of the largest model and one run of it.
pub(crate) const LEAST_WORK: u64 = 300 << 20;
/// Hundredths of the memory that are planned with; the rest is for what was not foreseen.
const PLANNED: u64 = 90;

/// Parts of a run's memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// All of it.
    limit: u64,
    /// Pictures in flight.
    pictures: u64,
    /// Videos worked on at once.
    jobs: u64,
}

impl Footprint {
    /// Returns the parts of `limit` bytes for a run of so many jobs at once with `pictures` bytes of pictures in flight.
    pub fn new(limit: u64, pictures: u64, jobs: usize) -> Self {
        Self {
            limit,
            pictures,
            jobs: jobs as u64,
        }
    }

    /// Returns the bytes that models and encoders may have.
    pub fn work(&self) -> u64 {
        let planned = self.limit / 100 * PLANNED;
        planned.saturating_sub(self.fixed())
    }

    /// Returns the bytes that are left beside all that the run needs.
    pub(crate) fn spare(&self) -> u64 {
        self.work().saturating_sub(LEAST_WORK)
    }

    /// Returns the bytes that the run needs in all to make clips.
    pub fn needed(&self) -> u64 {
        (self.fixed() + LEAST_WORK).div_ceil(PLANNED) * 100
    }

    /// Tells whether the run has the memory that it needs.
    pub fn fits(&self) -> bool {
        self.work() >= LEAST_WORK
    }

    /// Returns the bytes of everything but models and encoders.
    fn fixed(&self) -> u64 {
        PROGRAM + self.pictures + self.jobs * JOB
    }
}

/// One line on what needs how much: `program 160, pictures 64, 2 videos at once 80, models and encoders 300`.
impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [program, pictures, jobs, work] =
            [PROGRAM, self.pictures, self.jobs * JOB, LEAST_WORK].map(|bytes| bytes >> 20);
        let videos = match self.jobs {
            1 => "1 video".to_owned(),
            more => format!("{more} videos at once"),
        };
        write!(
            f,
            "program {program}, pictures {pictures}, {videos} {jobs}, models and encoders {work}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_encoders_get_what_the_rest_leaves() {
        let footprint = Footprint::new(1000 << 20, 100 << 20, 2);
        assert_eq!(footprint.work() >> 20, 900 - 160 - 100 - 80);
        assert!(footprint.fits());
        assert!(!Footprint::new(640 << 20, 100 << 20, 2).fits());
    }

    #[test]
    fn what_is_needed_fits() {
        for jobs in [1, 2, 16] {
            let least = Footprint::new(0, 64 << 20, jobs).needed();
            assert!(Footprint::new(least, 64 << 20, jobs).fits());
            assert!(!Footprint::new(least - (2 << 20), 64 << 20, jobs).fits());
        }
    }
}
