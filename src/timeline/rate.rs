//! Frame rates that editors work in.

use serde::{Deserialize, Serialize};

use super::{TimeRange, Timestamp};

/// A constant number of frames a second that editors and their files know, as an exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameRate {
    num: i32,
    den: i32,
}

/// Slowest first. Beyond 60 a timecode has no room for the number of a frame.
const KNOWN: [FrameRate; 10] = [
    FrameRate::new(24_000, 1001),
    FrameRate::new(24, 1),
    FrameRate::new(25, 1),
    FrameRate::new(30_000, 1001),
    FrameRate::new(30, 1),
    FrameRate::new(48_000, 1001),
    FrameRate::new(48, 1),
    FrameRate::new(50, 1),
    FrameRate::new(60_000, 1001),
    FrameRate::new(60, 1),
];

/// Default of FFmpeg for the rate of a stream that tells none.
const USUAL: FrameRate = FrameRate::new(25, 1);

/// The most frames a second that phones and platforms show as they are.
const FASTEST: f64 = 60.0;

/// Fewer frames a second are no film but pictures that are held.
const SLOWEST: f64 = 10.0;

/// Rates that differ by a smaller share are one rate, rounded: 23.976 and 24 differ by 0.001.
const SAME: f64 = 0.0004;

impl FrameRate {
    const fn new(num: i32, den: i32) -> Self {
        Self { num, den }
    }

    /// Returns the rate in which to edit a video of this average rate (frames, seconds): 25 for `None`.
    ///
    /// It is the same rate if editors know it; else a multiple (30 for 15), so that each frame keeps its edges; else a
    /// part (60 for 120); else the nearest. All editing rates are from 23.976 to 60.
    pub fn editing(average: Option<(i32, i32)>) -> Self {
        let Some((num, den)) = average.filter(|&(num, den)| num > 0 && den > 0) else {
            return USUAL;
        };
        let average = f64::from(num) / f64::from(den);
        let distance = |rate: &Self| (rate.frames_a_second() / average).ln().abs();
        let nearer = |a: &Self, b: &Self| distance(a).total_cmp(&distance(b));
        let related = |rate: &Self| times(rate.frames_a_second(), average);
        let near = KNOWN.into_iter().filter(related).min_by(nearer);
        near.or(KNOWN.into_iter().min_by(nearer)).unwrap_or(USUAL)
    }

    /// Returns the constant rate of a clip of a video of this average rate; `varies` tells that its gaps differ.
    ///
    /// It is the video's own up to 60, of a faster one the largest half, quarter and so on that is no faster; the nearest that
    /// editors know where the rate varies, is so slow that pictures are held, or is not known.
    pub fn of_clip(average: Option<(i32, i32)>, varies: bool) -> Self {
        let steady = average.filter(|&(num, den)| {
            !varies && num > 0 && den > 0 && f64::from(num) >= SLOWEST * f64::from(den)
        });
        let Some((num, den)) = steady else {
            return Self::editing(average);
        };
        let seconds = |den: i32| f64::from(num) / f64::from(den);
        let halves = std::iter::successors(Some(den), |den| den.checked_mul(2));
        let fits = |den: &i32| seconds(*den) <= FASTEST * (1.0 + SAME);
        let Some(den) = halves.into_iter().find(fits) else {
            return Self::editing(average);
        };
        let is_same = |rate: &Self| (rate.frames_a_second() / seconds(den) - 1.0).abs() < SAME;
        let own = Self::new(num, den);
        KNOWN.into_iter().find(is_same).unwrap_or(own)
    }

    /// Returns the exact fraction: frames, and the seconds they take, in lowest terms.
    pub fn fraction(self) -> (i32, i32) {
        (self.num, self.den)
    }

    /// Returns the float nearest to the exact fraction, for files that hold rates so.
    pub fn frames_a_second(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// Returns how many frames a second of timecode has: 30 at 29.97.
    pub fn whole(self) -> u32 {
        (self.num.unsigned_abs()).div_ceil(self.den.unsigned_abs())
    }

    /// Returns the frame that begins nearest to `time`, both counted from zero.
    pub fn frame_at(self, time: Timestamp) -> i64 {
        time.to_ticks(self.den, self.num)
    }

    /// Returns how many frames are nearest to a length: one at least.
    pub fn frames_in(self, range: TimeRange) -> u64 {
        let frames = self.frame_at(range.end() - range.start());
        u64::try_from(frames).unwrap_or(0).max(1)
    }

    /// Returns when `frame` begins.
    pub fn time_of(self, frame: i64) -> Timestamp {
        Timestamp::from_ticks(frame, self.den, self.num).expect("a rate is positive")
    }
}

/// Tells whether one rate is a whole number of times the other.
fn times(rate: f64, average: f64) -> bool {
    let ratio = (rate / average).max(average / rate);
    (ratio / ratio.round() - 1.0).abs() < SAME
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clip_has_its_source_s_rate_up_to_60() {
        let of_clip = |average, varies| FrameRate::of_clip(Some(average), varies).fraction();
        for rate in [(25, 1), (30_000, 1001), (60, 1), (15, 1), (48, 1)] {
            assert_eq!(of_clip(rate, false), rate);
        }
        assert_eq!(of_clip((2997, 100), false), (30_000, 1001));
        assert_eq!(of_clip((120, 1), false), (60, 1));
        assert_eq!(of_clip((240_000, 1001), false), (60_000, 1001));
        assert_eq!(of_clip((100, 1), false), (50, 1));
        assert_eq!(of_clip((29, 1), true), (30_000, 1001));
        // A picture every eight seconds.
        assert_eq!(
            of_clip((1, 8), false),
            FrameRate::editing(Some((1, 8))).fraction()
        );
        assert_eq!(FrameRate::of_clip(None, false), FrameRate::editing(None));
    }

    fn check(average: (i32, i32), expected: (i32, i32)) {
        let rate = FrameRate::editing(Some(average));
        assert_eq!(rate.fraction(), expected, "{average:?}");
    }

    #[test]
    fn a_rate_that_editors_know_stays() {
        for rate in KNOWN {
            check(rate.fraction(), rate.fraction());
        }
        check((2997, 100), (30_000, 1001));
        check((87_169_000, 2_905_633), (30, 1)); // as a screen recorder writes 30
        check((19_001, 317), (60_000, 1001));
    }

    #[test]
    fn another_rate_becomes_a_multiple_or_a_part_or_the_nearest() {
        check((15, 1), (30, 1));
        check((25, 2), (25, 1));
        check((15_000, 1001), (30_000, 1001));
        check((120, 1), (60, 1));
        check((120_000, 1001), (60_000, 1001));
        check((273, 10), (25, 1));
        check((1, i32::MAX), (24_000, 1001));
        check((i32::MAX, 1), (60, 1));
    }

    #[test]
    fn a_rate_that_is_not_told_is_25() {
        for nothing in [None, Some((0, 1)), Some((30, 0)), Some((-30, 1))] {
            assert_eq!(FrameRate::editing(nothing), USUAL);
        }
    }

    proptest! {
        #[test]
        fn frames_keep_their_numbers(which in 0..KNOWN.len(), frame in 0..i64::from(u32::MAX)) {
            let rate = KNOWN[which];
            prop_assert_eq!(rate.frame_at(rate.time_of(frame)), frame);
        }

        #[test]
        fn a_time_is_at_most_half_a_frame_from_its_frame(which in 0..KNOWN.len(), micros in 0..36_000_000_000_i64) {
            let rate = KNOWN[which];
            let time = Timestamp::new(micros, 1_000_000).unwrap();
            let begins = rate.time_of(rate.frame_at(time));
            let off = begins.since(time).max(time.since(begins)).as_secs_f64();
            prop_assert!(off <= 0.5 / rate.frames_a_second() + 1e-9);
        }
    }
}
