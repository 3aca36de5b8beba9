//! Speech segments from scores. Pure.

use std::time::Duration;

use serde::Serialize;

use super::{FRAME, SAMPLE_RATE, SampleRange};

/// Thresholds of speech.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SpeechRules {
    /// Speech begins at a score of at least this, 0..1.
    pub on: f32,
    /// Speech ends at a score below this, 0..1; no more than `on`.
    pub off: f32,
    /// Shorter speech is dropped, after short silences are closed.
    pub min_speech: Duration,
    /// A shorter silence between two segments of speech belongs to them.
    pub min_silence: Duration,
    /// Added at either end, as far as the sound goes and the neighbour's padding allows.
    pub padding: Duration,
}

impl Default for SpeechRules {
    /// Returns what the model's makers recommend.
    fn default() -> Self {
        Self {
            on: 0.5,
            off: 0.35,
            min_speech: Duration::from_millis(250),
            min_silence: Duration::from_millis(100),
            padding: Duration::from_millis(30),
        }
    }
}

/// Returns the segments of speech in a sound of `samples` samples: in order, never overlapping, never outside it.
///
/// `scores` has one entry for each frame of [`FRAME`] samples from sample 0 on.
pub fn find(scores: &[f32], samples: u64, rules: &SpeechRules) -> Vec<SampleRange> {
    let runs = find_runs(scores, rules).into_iter();
    let runs = runs.map(|(first, end)| frames(first, end)).collect();
    let mut spans = joined(runs, samples_in(rules.min_silence));
    spans.retain(|(start, end)| end - start >= samples_in(rules.min_speech));
    padded(&spans, samples_in(rules.padding), samples)
}

/// Returns the runs that begin at an `on` score and end before the next score below `off`, in frames.
pub(super) fn find_runs(scores: &[f32], rules: &SpeechRules) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut begun = None;
    for (frame, &score) in scores.iter().enumerate() {
        match begun {
            None if score >= rules.on => begun = Some(frame),
            Some(first) if score < rules.off => {
                runs.push((first, frame));
                begun = None;
            }
            _ => {}
        }
    }
    runs.extend(begun.map(|first| (first, scores.len())));
    runs
}

fn joined(runs: Vec<(u64, u64)>, min_silence: u64) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::with_capacity(runs.len());
    for (start, end) in runs {
        match joined.last_mut() {
            Some(last) if start - last.1 < min_silence => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// Two segments whose paddings would overlap meet in the middle of their gap.
fn padded(spans: &[(u64, u64)], padding: u64, samples: u64) -> Vec<SampleRange> {
    let room = |before: u64, after: u64| padding.min((after - before) / 2);
    (0..spans.len())
        .filter_map(|i| {
            let (start, end) = spans[i];
            let left = match i {
                0 => padding.min(start),
                _ => room(spans[i - 1].1, start),
            };
            let right = spans.get(i + 1).map_or(padding, |next| room(end, next.0));
            SampleRange::new(start - left, end.saturating_add(right).min(samples))
        })
        .collect()
}

/// Returns the fewest frames of silence over which two runs have nothing to do with each other.
pub(super) fn longest_join(rules: &SpeechRules) -> usize {
    in_frames(rules.min_silence).max(2 * in_frames(rules.padding))
}

/// Returns a length in frames, rounded up.
pub(super) fn in_frames(length: Duration) -> usize {
    usize::try_from(samples_in(length).div_ceil(FRAME as u64)).unwrap_or(usize::MAX / 4)
}

fn frames(first: usize, end: usize) -> (u64, u64) {
    ((first * FRAME) as u64, (end * FRAME) as u64)
}

fn samples_in(length: Duration) -> u64 {
    let samples = length.as_nanos() * u128::from(SAMPLE_RATE) / 1_000_000_000;
    u64::try_from(samples).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One character a frame: `#` speech, `-` between the thresholds, `.` silence. Answers in frames.
    fn check(picture: &str, rules: SpeechRules, expected: &str) {
        let scores: Vec<f32> = picture
            .chars()
            .map(|c| match c {
                '#' => 0.9,
                '-' => 0.4,
                _ => 0.1,
            })
            .collect();
        let found: Vec<_> = find(&scores, (scores.len() * FRAME) as u64, &rules)
            .iter()
            .map(|r| format!("{}..{}", r.start() / 512, r.end() / 512))
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    fn bare() -> SpeechRules {
        SpeechRules {
            padding: Duration::ZERO,
            ..SpeechRules::default()
        }
    }

    #[test]
    fn speech_begins_at_the_upper_threshold_and_ends_below_the_lower() {
        check("..--########---...", bare(), "4..15");
    }

    #[test]
    fn speech_shorter_than_the_minimum_is_dropped() {
        check("..#######........########....", bare(), "17..25");
    }

    #[test]
    fn a_silence_shorter_than_the_minimum_belongs_to_the_speech() {
        check("#####...#####....########", bare(), "0..13 17..25");
    }

    #[test]
    fn speech_goes_on_to_the_end_of_the_sound_and_padding_not_beyond() {
        check("##########", SpeechRules::default(), "0..10");
    }

    #[test]
    fn paddings_that_would_overlap_meet_in_the_middle() {
        let padding = Duration::from_secs(1);
        let rules = SpeechRules { padding, ..bare() };
        check("##########....##########", rules, "0..12 12..24");
    }

    proptest! {
        #[test]
        fn speech_is_in_order_apart_inside_the_sound_and_long_enough(
            scores in proptest::collection::vec(0.0..1.0_f32, 0..400), short in 0..512_u64,
            min_speech in 0..500_u64, min_silence in 0..300_u64, padding in 0..300_u64,
        ) {
            let millis = Duration::from_millis;
            let rules = SpeechRules {
                min_speech: millis(min_speech), min_silence: millis(min_silence), padding: millis(padding), ..SpeechRules::default()
            };
            let samples = ((scores.len() * FRAME) as u64).saturating_sub(short);
            let found = find(&scores, samples, &rules);
            for range in &found {
                prop_assert!(range.end() <= samples);
                prop_assert!(range.end() == samples || range.end() - range.start() >= samples_in(rules.min_speech));
            }
            for pair in found.windows(2) {
                prop_assert!(pair[0].end() <= pair[1].start());
            }
        }

        #[test]
        fn without_minima_every_frame_above_the_threshold_is_inside_and_every_one_below_the_lower_outside(
            scores in proptest::collection::vec(0.0..1.0_f32, 0..400),
        ) {
            let none = Duration::ZERO;
            let rules = SpeechRules { min_speech: none, min_silence: none, padding: none, ..SpeechRules::default() };
            let found = find(&scores, (scores.len() * FRAME) as u64, &rules);
            for (frame, &score) in scores.iter().enumerate() {
                let middle = (frame * FRAME + FRAME / 2) as u64;
                let inside = found.iter().any(|r| r.start() <= middle && middle < r.end());
                prop_assert!(inside || score < rules.on);
                prop_assert!(!inside || score >= rules.off);
            }
        }
    }
}
