//! Every stretch that could be a clip.

use super::{Limits, Span};
use crate::timeline::{Shot, TimeRange, Timestamp};

/// Returns all runs of whole shots between the limits, and the parts of shots that are longer than a clip.
///
/// `times` has one entry a frame of the video; parts of a shot begin and end on frames. A shot takes part in at most
/// `limits.max` worth of runs, so the number grows with the video's length, not with its square.
pub fn spans(shots: &[Shot], times: &[Timestamp], limits: &Limits) -> Vec<Span> {
    (0..shots.len())
        .flat_map(|first| starting_at(shots, first, times, limits))
        .collect()
}

fn starting_at(shots: &[Shot], first: usize, times: &[Timestamp], limits: &Limits) -> Vec<Span> {
    let shot = &shots[first];
    if shot.range.duration() > limits.max {
        return parts(shot, times, limits)
            .map(|range| Span {
                range,
                shots: (first, 1),
            })
            .collect();
    }
    (first..shots.len())
        .map_while(|last| {
            TimeRange::new(shot.range.start(), shots[last].range.end()).map(|r| (last, r))
        })
        .take_while(|(_, range)| range.duration() <= limits.max)
        .filter(|(_, range)| range.duration() >= limits.min)
        .map(|(last, range)| Span {
            range,
            shots: (first, last - first + 1),
        })
        .collect()
}

/// Cuts a shot into equal parts, as few as the longest clip allows.
fn parts<'a>(
    shot: &'a Shot,
    times: &'a [Timestamp],
    limits: &'a Limits,
) -> impl Iterator<Item = TimeRange> + 'a {
    let longest = limits.max.as_nanos().max(1);
    let count = shot.range.duration().as_nanos().div_ceil(longest).max(1) as u64;
    let frames = shot.end_frame - shot.start_frame;
    let edge = move |part: u64| match part == count {
        true => Some(shot.range.end()),
        false => times
            .get((shot.start_frame + frames * part / count) as usize)
            .copied(),
    };
    (0..count).filter_map(move |part| {
        let range = TimeRange::new(edge(part)?, edge(part + 1)?)?;
        (limits.min..=limits.max)
            .contains(&range.duration())
            .then_some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Transition;
    use proptest::prelude::*;
    use std::time::Duration;

    /// Shots of the given numbers of frames, ten frames a second.
    fn video(lengths: &[u64]) -> (Vec<Shot>, Vec<Timestamp>) {
        let at = |frame: u64| Timestamp::from_ticks(frame as i64, 1, 10).unwrap();
        let mut start = 0;
        let shots = lengths.iter().map(|length| {
            let (start_frame, end_frame) = (start, start + length);
            start = end_frame;
            let range = TimeRange::new(at(start_frame), at(end_frame)).unwrap();
            Shot {
                range,
                start_frame,
                end_frame,
                transition: Transition::Cut,
            }
        });
        (shots.collect(), (0..lengths.iter().sum()).map(at).collect())
    }

    fn check(lengths: &[u64], min: u64, max: u64, expected: &[(f64, f64)]) {
        let (shots, times) = video(lengths);
        let limits = Limits {
            count: 9,
            min: Duration::from_secs(min),
            max: Duration::from_secs(max),
        };
        let found: Vec<_> = spans(&shots, &times, &limits)
            .iter()
            .map(|s| (s.range.start().seconds(), s.range.end().seconds()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn runs_of_whole_shots_between_the_limits() {
        check(&[40, 30, 20], 5, 8, &[(0.0, 7.0), (4.0, 9.0)]);
    }

    #[test]
    fn a_shot_longer_than_a_clip_is_offered_in_equal_parts() {
        check(&[100], 2, 4, &[(0.0, 3.3), (3.3, 6.6), (6.6, 10.0)]);
    }

    #[test]
    fn a_video_shorter_than_a_clip_offers_nothing() {
        check(&[30], 5, 8, &[]);
        check(&[], 5, 8, &[]);
    }

    proptest! {
        #[test]
        fn every_span_keeps_the_limits(lengths in proptest::collection::vec(1..400_u64, 0..60), min in 1..20_u64, more in 0..40_u64) {
            let (shots, times) = video(&lengths);
            let limits = Limits { count: 5, min: Duration::from_secs(min), max: Duration::from_secs(min + more) };
            for span in spans(&shots, &times, &limits) {
                prop_assert!((limits.min..=limits.max).contains(&span.range.duration()));
                prop_assert!(span.shots.0 + span.shots.1 <= shots.len());
            }
        }
    }
}
