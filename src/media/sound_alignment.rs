//! Alignment of resampled sound with a steady count of samples: gaps are filled, overlaps left out, jitter forgiven. Pure.

use std::time::Duration;

/// Timestamps of sound that runs on may be off by this part of a second: containers round, encoders jitter.
pub(super) const SLACK: u64 = 50;

/// A jump back further than this is a new count (joined recordings), as for pictures.
const STRAY: Duration = Duration::from_secs(1);
/// A longer silence is not believed: sound goes on where it was.
const LONGEST_GAP: Duration = Duration::from_secs(3600);

/// Placement of a range of samples: silence before it, how many to leave out, how many to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SampleAlignment {
    pub(super) silence: u64,
    pub(super) skip: u64,
    pub(super) take: u64,
}

/// Places `length` samples that start at sample `start` behind the `placed` ones of a sound of `wanted`.
///
/// Once sound runs, a start that is off by no more than `slack` is taken to run on.
pub(super) fn align(
    placed: u64,
    wanted: u64,
    start: i64,
    length: u64,
    slack: u64,
) -> SampleAlignment {
    let left = wanted.saturating_sub(placed);
    let off = i128::from(start) - i128::from(placed);
    let off = if placed > 0 && off.unsigned_abs() <= u128::from(slack) {
        0
    } else {
        off
    };
    let distance = u64::try_from(off.unsigned_abs()).unwrap_or(u64::MAX);
    let (silence, skip) = if off >= 0 {
        (distance.min(left), 0)
    } else {
        (0, distance.min(length))
    };
    // Far sound must not fill the gap by itself; the end does.
    if silence == left && silence > 0 {
        return SampleAlignment {
            silence: 0,
            skip: length,
            take: 0,
        };
    }
    SampleAlignment {
        silence,
        skip,
        take: (length - skip).min(left - silence),
    }
}

/// Tells whether sound that claims to start `off` samples behind the last one belongs to another count; `runs` tells whether
/// there was any before.
pub(super) fn is_new_count(runs: bool, off: i128, rate: u32) -> bool {
    let samples = |length: Duration| length.as_secs() as i128 * i128::from(rate);
    off > samples(LONGEST_GAP) || runs && off < -samples(STRAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(placed: u64, start: i64, length: u64, expected: (u64, u64, u64)) {
        let SampleAlignment {
            silence,
            skip,
            take,
        } = align(placed, 1000, start, length, 20);
        assert_eq!((silence, skip, take), expected);
    }

    #[test]
    fn the_first_sound_is_cut_to_the_sample() {
        check(0, -7, 100, (0, 7, 93));
        check(0, -700, 100, (0, 100, 0));
        check(0, 7, 100, (7, 0, 100));
    }

    #[test]
    fn running_sound_ignores_jitter_and_fills_gaps() {
        check(500, 515, 100, (0, 0, 100));
        check(500, 485, 100, (0, 0, 100));
        check(500, 600, 100, (100, 0, 100));
        check(500, 450, 100, (0, 50, 50));
    }

    #[test]
    fn nothing_is_taken_past_the_end() {
        check(950, 950, 100, (0, 0, 50));
        check(1000, 1000, 100, (0, 0, 0));
        check(500, 5000, 100, (0, 100, 0));
    }

    #[test]
    fn a_second_recording_goes_on_after_the_first_and_an_endless_gap_is_none() {
        let is_new = |placed: i64, at: i64| {
            is_new_count(placed > 0, i128::from(at) - i128::from(placed), 16_000)
        };
        assert!(is_new(100_000, 0));
        assert!(!is_new(10_000, 0));
        assert!(is_new(0, i64::MAX));
        assert!(!is_new(0, -1_000_000));
        assert!(!is_new(16_000, 16_000 * 60));
    }

    proptest! {
        #[test]
        fn a_clip_never_gets_more_than_it_wants(placed in 0..1000_u64, wanted in 0..1000_u64, start: i64, length in 0..5000_u64) {
            let alignment = align(placed, wanted, start, length, 20);
            prop_assert!(alignment.skip + alignment.take <= length);
            prop_assert!(placed + alignment.silence + alignment.take <= wanted.max(placed));
        }
    }
}
