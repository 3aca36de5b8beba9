//! Sampling of analysis frames: on a grid, and after a likely cut. Pure.

use std::time::Duration;

use kernels::difference;

use crate::frame::{SMALL_BYTES, SmallPicture};
use crate::timeline::Timestamp;

/// Which frames come with a larger picture: those of a grid, and the first after each likely cut.
///
/// A cut is likely where the small picture differs from the one before by more than 20 of 255 levels on average. Its picture
/// comes a quarter of `interval` after the one before at the earliest, so that flashes and battles have five where others
/// have one; the grid does not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// The first frame at or after each multiple of this time, counted from the first frame; zero means every frame.
    pub interval: Duration,
    /// Columns of the upright picture in square pixels; smaller videos keep their own.
    pub width: u32,
}

impl Pictures {
    /// What decides which frames are sampled, beside the interval: a part of the key of every answer about them.
    pub const RULES: (usize, u32) = (CUT, CUT_SPACING);
}

/// Levels of 255 by which a picture differs on average from the one before where a cut is likely: of 55 labelled hard cuts 53
/// differ by more, of 7,200 frames without one 258, nearly all in one battle.
const CUT: usize = 20;
/// A cut's picture comes at least this share of the grid's interval after the picture before it.
pub(super) const CUT_SPACING: u32 = 4;

/// A grid from the first frame on.
#[derive(Debug, Clone)]
pub(super) struct SamplingGrid {
    interval: Duration,
    first: Option<Timestamp>,
    due: Option<Timestamp>,
}

impl SamplingGrid {
    /// Returns a grid with a point at each multiple of `interval`; zero means all frames.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            first: None,
            due: None,
        }
    }

    /// Tells whether the next frame, shown at `time`, is the first at or after a point.
    pub(super) fn is_due(&mut self, time: Timestamp) -> bool {
        let is_due = self.due.is_none_or(|due| time >= due);
        if is_due {
            let first = *self.first.get_or_insert(time);
            self.due = Some(next_point(first, time, self.interval));
        }
        is_due
    }
}

/// Returns the first point of the grid `first + n * interval` after `time`.
fn next_point(first: Timestamp, time: Timestamp, interval: Duration) -> Timestamp {
    let step = interval.as_nanos().max(1);
    let steps = time.since(first).as_nanos() / step + 1;
    let nanos = u64::try_from(steps * step).unwrap_or(u64::MAX);
    first + Duration::from_nanos(nanos)
}

/// Detects likely cuts, and says which frame after one gets an analysis frame.
#[derive(Debug, Clone)]
pub(super) struct Cuts {
    /// The least time from one analysis frame to the next one for a cut.
    apart: Duration,
    before: Option<Box<SmallPicture>>,
    last: Option<Timestamp>,
    /// Whether there was a cut since the last analysis frame.
    pending: bool,
}

impl Cuts {
    /// Returns a detector that asks for an analysis frame `apart` after the last one at the earliest.
    pub(super) fn new(apart: Duration) -> Self {
        Self {
            apart,
            before: None,
            last: None,
            pending: false,
        }
    }

    /// Tells whether the next frame, shown at `time`, gets an analysis frame; with `on_grid` it gets one whatever the cut.
    pub(super) fn is_due(&mut self, time: Timestamp, small: &SmallPicture, on_grid: bool) -> bool {
        self.pending |= self
            .before
            .as_ref()
            .is_some_and(|before| is_cut(before, small));
        self.before = Some(Box::new(*small));
        let is_apart = self.last.is_none_or(|last| time.since(last) >= self.apart);
        let is_due = on_grid || self.pending && is_apart;
        if is_due {
            (self.last, self.pending) = (Some(time), false);
        }
        is_due
    }
}

fn is_cut(before: &SmallPicture, now: &SmallPicture) -> bool {
    difference(before, now) as usize > CUT * SMALL_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::new(millis, 1000).unwrap()
    }

    /// Returns the times of the pictures due of frames 40 ms apart, each of one level.
    fn due(interval: u64, levels: &[u8]) -> Vec<i64> {
        let interval = Duration::from_millis(interval);
        let (mut grid, mut cuts) = (SamplingGrid::new(interval), Cuts::new(interval / 4));
        let times = (0..).step_by(40).zip(levels);
        let due = times.filter(|&(time, &level)| {
            let on_grid = grid.is_due(at(time));
            cuts.is_due(at(time), &[level; SMALL_BYTES], on_grid)
        });
        due.map(|(time, _)| time).collect()
    }

    #[test]
    fn points_lie_on_a_grid_from_the_first_frame() {
        let next = |millis| next_point(at(1000), at(millis), Duration::from_millis(200));
        assert_eq!(next(1000), at(1200));
        assert_eq!(next(1199), at(1200));
        assert_eq!(next(1200), at(1400));
        assert_eq!(next(1950), at(2000));
    }

    #[test]
    fn a_cut_has_its_picture_at_once_or_as_soon_as_one_may_come() {
        assert_eq!(due(400, &[9, 9, 9, 9, 9, 99, 99, 99]), [0, 200]);
        assert_eq!(due(400, &[9, 99, 99, 99, 99]), [0, 120]);
        assert_eq!(due(400, &[9, 9, 9, 29, 29]), [0]);
        assert_eq!(due(400, &[9, 9, 9, 30, 30]), [0, 120]);
    }

    #[test]
    fn a_cut_on_the_grid_is_no_second_picture() {
        assert_eq!(due(80, &[9, 9, 99, 99, 99]), [0, 80, 160]);
        assert_eq!(due(0, &[9, 99, 9]), [0, 40, 80]);
    }

    proptest! {
        #[test]
        fn pictures_are_bounded_whatever_flashes(levels in proptest::collection::vec(any::<u8>(), 1..60), interval in 1..800_u64) {
            let found = due(interval, &levels);
            let last = (levels.len() as u64 - 1) * 40;
            prop_assert!(found.len() as u64 <= 5 * (last / interval) + 5);
            let grid = due(interval, &vec![0; levels.len()]);
            prop_assert!(grid.iter().all(|time| found.contains(time)));
        }
    }
}
