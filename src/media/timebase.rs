//! Timestamps from ticks, and times for frames whose own are missing or wrong.

use std::time::Duration;

use ffmpeg_next::frame;

use crate::frame::Rect;
use crate::timeline::Timestamp;

/// A jump back further than this is a new count (joined recordings); a shorter one is a stray timestamp.
const STRAY: Duration = Duration::from_secs(1);

/// A frame that claims to last longer than this is not believed.
const LONGEST_FRAME: Duration = Duration::from_secs(3600);

/// Length of a frame when neither it nor its stream says: FFmpeg's own guess for raw streams.
const USUAL_STEP: (i64, u32) = (1, 25);

/// Returns `ticks` of a time base as a time, or `None` for a broken base.
pub(super) fn time_of(ticks: i64, base: (i32, i32)) -> Option<Timestamp> {
    Timestamp::from_ticks(ticks, base.0, base.1)
}

/// Gives each frame of a stream its time, in display order.
#[derive(Debug)]
pub(super) struct FrameClock {
    base: (i32, i32),
    usual: Timestamp,
    next: Option<Timestamp>,
    previous: Option<Timestamp>,
}

/// Display time of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// Its time.
    pub(super) time: Timestamp,
    /// When it would end, by its own length.
    pub(super) end: Timestamp,
}

/// A picture and when it is shown.
pub(super) struct Still {
    pub(super) frame: frame::Video,
    pub(super) shown: Shown,
    /// The part of it that is its own, where its shape is not that of the picture before.
    pub(super) reshaped: Option<Rect>,
}

impl Shown {
    /// Returns the time in the middle of it.
    pub(super) fn middle(self) -> Timestamp {
        let (num, den) = (self.end - self.time).fraction();
        match den.checked_mul(2).and_then(|den| Timestamp::new(num, den)) {
            Some(half) => self.time + half,
            None => self.time,
        }
    }
}

impl FrameClock {
    /// Returns a clock for a stream of this time base and frame rate.
    pub(super) fn new(base: (i32, i32), rate: Option<(i32, i32)>) -> Self {
        let usual = rate.and_then(|(num, den)| Timestamp::from_ticks(1, den, num));
        Self {
            base,
            usual: usual
                .or_else(|| Timestamp::new(USUAL_STEP.0, USUAL_STEP.1))
                .unwrap_or(Timestamp::ZERO),
            next: None,
            previous: None,
        }
    }

    /// Returns the time of the next frame from what it claims: its timestamp and its length, in ticks.
    ///
    /// An honest timestamp is kept as it is. A frame without one follows the frame before it. One that steps back a
    /// little shows together with the frame before it; one that steps back far begins a new count, and follows it.
    pub(super) fn show(&mut self, claimed: Option<i64>, length: i64) -> Shown {
        let follow = self.next.unwrap_or(Timestamp::ZERO);
        let claimed = claimed.and_then(|ticks| time_of(ticks, self.base));
        let time = match (claimed, self.previous) {
            (None, _) => follow,
            (Some(time), Some(previous)) if time < previous => {
                if previous.since(time) > STRAY {
                    follow
                } else {
                    previous
                }
            }
            (Some(time), _) => time,
        };
        let length = (length > 0).then(|| time_of(length, self.base)).flatten();
        let length = length.filter(|&length| length.since(Timestamp::ZERO) <= LONGEST_FRAME);
        // At the far end of the clock sums are clipped.
        let end = (time + length.unwrap_or(self.usual)).max(time);
        (self.previous, self.next) = (Some(time), Some(end));
        Shown { time, end }
    }
}

/// Watches the gaps between frames and tells whether they vary.
#[derive(Debug, Default)]
pub(super) struct Pace {
    previous: Option<Timestamp>,
    shortest: Option<Timestamp>,
    longest: Option<Timestamp>,
}

impl Pace {
    /// Takes the next frame's time.
    pub(super) fn note(&mut self, time: Timestamp) {
        if let Some(previous) = self.previous.replace(time) {
            let gap = time - previous;
            self.shortest = Some(self.shortest.map_or(gap, |shortest| shortest.min(gap)));
            self.longest = Some(self.longest.map_or(gap, |longest| longest.max(gap)));
        }
    }

    /// Tells whether gaps differ by more than rounding to milliseconds or to the clock's own ticks explains.
    pub(super) fn varies(&self, base: (i32, i32)) -> bool {
        let (Some(shortest), Some(longest)) = (self.shortest, self.longest) else {
            return false;
        };
        let rounding = time_of(2, base).unwrap_or(Timestamp::ZERO);
        let millis = Timestamp::new(3, 2000).unwrap_or(Timestamp::ZERO);
        longest - shortest > rounding.max(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Shows frames of 100 ms on a clock of milliseconds.
    fn check(claims: &[Option<i64>], expected: &[i64]) {
        let mut clock = FrameClock::new((1, 1000), Some((10, 1)));
        let times: Vec<i64> = claims
            .iter()
            .map(|&claim| clock.show(claim, 0).time.to_ticks(1, 1000))
            .collect();
        assert_eq!(times, expected);
    }

    #[test]
    fn honest_times_are_kept() {
        check(&[Some(-40), Some(0), Some(0), Some(70)], &[-40, 0, 0, 70]);
    }

    #[test]
    fn a_frame_without_a_time_follows_the_one_before() {
        check(&[None, None, Some(500), None], &[0, 100, 500, 600]);
    }

    #[test]
    fn a_stray_time_does_not_go_back() {
        check(
            &[Some(0), Some(200), Some(100), Some(300)],
            &[0, 200, 200, 300],
        );
    }

    #[test]
    fn a_second_recording_goes_on_after_the_first() {
        check(&[Some(9000), Some(0), Some(100)], &[9000, 9100, 9200]);
    }

    #[test]
    fn rounding_to_milliseconds_is_not_a_variable_rate() {
        let pace = |times: &[i64]| {
            let mut pace = Pace::default();
            times
                .iter()
                .for_each(|&time| pace.note(time_of(time, (1, 1000)).unwrap()));
            pace.varies((1, 90000))
        };
        assert!(!pace(&[0, 33, 67, 100, 133]));
        assert!(pace(&[0, 33, 67, 134, 167]));
    }

    proptest! {
        #[test]
        fn times_never_go_back(claims in proptest::collection::vec((proptest::option::of(any::<i64>()), any::<i64>()), 1..40)) {
            let mut clock = FrameClock::new((1, 90000), None);
            let mut previous = None;
            for (claim, length) in claims {
                let shown = clock.show(claim, length);
                prop_assert!(Some(shown.time) >= previous);
                previous = Some(shown.time);
            }
        }
    }
}
