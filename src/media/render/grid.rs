//! Clip grid: the frames of a clip, evenly spaced, and which of the source's pictures each one shows. Pure.

use std::time::Duration;

use crate::timeline::{FrameRate, TimeRange, Timestamp};

/// The frames of a clip, as far as they are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClipGrid {
    start: Timestamp,
    rate: FrameRate,
    /// How many there are to be: one at least.
    frames: i64,
    next: i64,
}

impl ClipGrid {
    /// Returns the frames of a clip of so much of the source: as many as are nearest to its length.
    pub(super) fn new(range: TimeRange, rate: FrameRate) -> Self {
        Self {
            start: range.start(),
            rate,
            frames: rate.frame_at(range.end() - range.start()).max(1),
            next: 0,
        }
    }

    /// Returns what the clip shows of the source.
    pub(super) fn range(&self) -> TimeRange {
        let end = self.time_of(self.frames);
        TimeRange::new(self.start, end).expect("a clip has a frame, which lasts")
    }

    /// Returns the first frame that shows a picture of this time.
    pub(super) fn frame_at(&self, time: Timestamp) -> i64 {
        frame_at(time, self.start, self.rate)
    }

    /// Returns how many frames a length of time has.
    pub(super) fn frames_of(&self, length: Duration) -> i64 {
        self.rate.frame_at(Timestamp::ZERO + length)
    }

    /// Takes the next frame before another, with its time in the source.
    pub(super) fn next_before(&mut self, end: i64) -> Option<(i64, Timestamp)> {
        let frame = self.next;
        (frame < end.min(self.frames)).then(|| {
            self.next += 1;
            (frame, self.time_of(frame))
        })
    }

    /// Leaves out the frames that are not taken and begin at `end` or later.
    pub(super) fn end_at(&mut self, end: Timestamp) {
        let nearest = self.rate.frame_at(end - self.start);
        self.frames = self.frames.min(nearest.max(self.next).max(1));
    }

    /// Tells whether every frame is taken.
    pub(super) fn is_full(&self) -> bool {
        self.next >= self.frames
    }

    /// Returns until when the source is shown by the frames that are taken.
    pub(super) fn shown(&self) -> Timestamp {
        self.time_of(self.next)
    }

    fn time_of(&self, frame: i64) -> Timestamp {
        self.start + self.rate.time_of(frame)
    }
}

/// Returns the first frame of a clip from `start` on that shows a picture of this time: containers round times, and a fifth of a
/// frame is nothing.
pub(in crate::media) fn frame_at(time: Timestamp, start: Timestamp, rate: FrameRate) -> i64 {
    let (num, den) = rate.fraction();
    let tenths = (time - start).to_ticks(den, num.saturating_mul(10));
    tenths.saturating_add(7).div_euclid(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::new(millis, 1000).unwrap()
    }

    /// Which of the pictures, shown from these milliseconds on, each frame of a clip from 1 s to 2 s shows.
    fn shown(rate: (i32, i32), pictures: &[i64]) -> Vec<usize> {
        let range = TimeRange::new(at(1000), at(2000)).unwrap();
        let mut grid = ClipGrid::new(range, FrameRate::of_clip(Some(rate), false));
        let mut shown = Vec::new();
        let ends = pictures.iter().skip(1).map(|&next| grid.frame_at(at(next)));
        let ends: Vec<i64> = ends.chain([i64::MAX]).collect();
        for (picture, end) in ends.into_iter().enumerate() {
            while grid.next_before(end).is_some() {
                shown.push(picture);
            }
        }
        shown
    }

    #[test]
    fn each_picture_of_an_even_source_is_shown_once_however_its_times_are_rounded() {
        let pictures: Vec<i64> = (0..40).map(|n| 1000 + (n * 1000 + 15) / 30).collect();
        assert_eq!(shown((30, 1), &pictures), (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn a_picture_that_is_held_is_repeated_and_one_from_before_the_clip_is_shown_at_its_start() {
        assert_eq!(shown((10, 1), &[0, 1400]), [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(shown((10, 1), &[500]), [0; 10]);
    }

    #[test]
    fn of_more_pictures_than_frames_some_are_left_out() {
        let pictures: Vec<i64> = (0..40).map(|n| 1000 + n * 25).collect();
        let every_fourth: Vec<usize> = (0..10).map(|n| n * 4).collect();
        assert_eq!(shown((10, 1), &pictures), every_fourth);
    }

    proptest! {
        #[test]
        fn every_frame_shows_one_picture(gaps in proptest::collection::vec(1..900_i64, 1..50), first in 0..1000_i64) {
            let times: Vec<i64> = gaps.iter().scan(first, |time, gap| { *time += gap; Some(*time) }).collect();
            prop_assert_eq!(shown((25, 1), &times).len(), 25);
        }
    }
}
