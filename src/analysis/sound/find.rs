//! Sound segments from scores: silence gate and class path. Pure.

use std::f64::consts::LN_10;

use super::{Classes, ROW_SAMPLES, SoundLabel, SoundScores, SoundSegment, viterbi};
use crate::analysis::speech::SampleRange;

/// Sound with less than this share of the file's mean energy (on the logarithmic scale) is silence.
const QUIET: f64 = 0.03;
/// Probability that a single frame is wrong about the gate.
const GATE_DOUBT: f64 = 1e-10;
/// Cost of opening or closing the gate: a probability of 10^-150.
const GATE_SWITCH: f64 = -150.0 * LN_10;
/// Cost of each further 10 ms of silence.
const GATE_SILENCE: f64 = -5.0;
/// Cost of changing from one class to another: a probability of 10^-80.
const CLASS_SWITCH: f64 = -80.0 * LN_10;

/// Returns what is heard when: in order, without gaps, to the last whole 20 ms.
///
/// Quiet is judged against the whole file, so the scores must be those of the whole file. Empty for less than 25 ms.
pub fn find(scores: &SoundScores) -> Vec<SoundSegment> {
    let gate = find_loud_rows(&scores.energies);
    debug_assert_eq!(gate.len(), scores.classes.len());
    let mut segments = Vec::new();
    for (open, start, end) in runs(&gate) {
        let rows = scores.classes.get(start..end).unwrap_or_default();
        match open {
            0 => segments.extend(segment(SoundLabel::Silence, start, end)),
            _ => segments.extend(classified(rows, start)),
        }
    }
    segments
}

/// Returns 1 for each row of 20 ms that is loud enough, 0 for the others.
fn find_loud_rows(energies: &[f32]) -> Vec<u8> {
    let audible = energies.iter().filter(|e| e.is_finite());
    let (count, sum) = audible.fold((0_u64, 0.0), |(n, sum), e| (n + 1, sum + f64::from(*e)));
    let threshold = sum / count as f64 + QUIET.ln(); // no number when all is digital silence: nothing is above it
    let [sure, doubt] = [(1.0 - GATE_DOUBT).ln(), GATE_DOUBT.ln()];
    let row = |energy: &f32| {
        if f64::from(*energy) > threshold {
            [doubt, sure]
        } else {
            [sure, doubt]
        }
    };
    let frames = viterbi::best_path(energies.iter().map(row), [GATE_SILENCE, 0.0], GATE_SWITCH);
    frames.into_iter().step_by(2).collect()
}

fn classified(rows: &[Classes], offset: usize) -> Vec<SoundSegment> {
    const LABELS: [SoundLabel; 3] = [SoundLabel::Speech, SoundLabel::Music, SoundLabel::Noise];
    let path = viterbi::best_path(
        rows.iter().map(|row| row.map(f64::from)),
        [0.0; 3],
        CLASS_SWITCH,
    );
    runs(&path)
        .into_iter()
        .filter_map(|(class, start, end)| {
            segment(LABELS[usize::from(class)], offset + start, offset + end)
        })
        .collect()
}

fn segment(label: SoundLabel, start: usize, end: usize) -> Option<SoundSegment> {
    let sample = |row: usize| (row * ROW_SAMPLES) as u64;
    let range = SampleRange::new(sample(start), sample(end))?;
    Some(SoundSegment { range, label })
}

/// Returns each run of equal values: the value, its first place and the place after its last.
fn runs(values: &[u8]) -> Vec<(u8, usize, usize)> {
    let mut start = 0;
    values
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let begun = start;
            start += run.len();
            (run[0], begun, start)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One character for half a second: `s` speech, `m` music, `n` noise, `.` quiet.
    fn check(picture: &str, expected: &str) {
        let mut scores = SoundScores::default();
        for c in picture.chars() {
            let energy = if c == '.' { -12.0 } else { 0.0 };
            let classes = ['s', 'm', 'n'].map(|class| if c == class { -0.001 } else { -12.0 });
            scores.append(SoundScores {
                energies: vec![energy; 50],
                classes: vec![classes; 25],
            });
        }
        let found: Vec<_> = find(&scores)
            .iter()
            .map(|s| {
                let halves = |sample: u64| sample / 8000;
                format!(
                    "{:?} {}..{}",
                    s.label,
                    halves(s.range.start()),
                    halves(s.range.end())
                )
            })
            .collect();
        assert_eq!(found.join(", "), expected);
    }

    #[test]
    fn each_kind_of_sound_is_told_from_the_others_and_from_silence() {
        check(
            "ssss..mmm...nn",
            "Speech 0..4, Silence 4..6, Music 6..9, Silence 9..12, Noise 12..14",
        );
    }

    #[test]
    fn a_moment_of_another_kind_does_not_break_a_segment() {
        let moment = |rows: usize| {
            let mut scores = SoundScores {
                energies: vec![0.0; 400],
                classes: vec![[-0.001, -12.0, -12.0]; 200],
            };
            scores.classes[100..100 + rows].fill([-12.0, -0.001, -12.0]);
            find(&scores).len()
        };
        assert_eq!((moment(30), moment(32)), (1, 3)); // 2 x 184 nats at 12 nats a row
    }

    #[test]
    fn digital_silence_is_silence_and_nothing_is_nothing() {
        let scores = SoundScores {
            energies: vec![f32::NEG_INFINITY; 99],
            classes: vec![[0.0; 3]; 50],
        };
        let found = find(&scores);
        assert_eq!((found.len(), found[0].label), (1, SoundLabel::Silence));
        assert!(find(&SoundScores::default()).is_empty());
    }

    proptest! {
        #[test]
        fn segments_cover_the_sound_without_gap_or_overlap(
            energies in proptest::collection::vec(-30.0..0.0_f32, 1..600), class in proptest::array::uniform3(-20.0..0.0_f32),
        ) {
            let rows = energies.len().div_ceil(2);
            let found = find(&SoundScores { energies, classes: vec![class; rows] });
            prop_assert_eq!(found[0].range.start(), 0);
            prop_assert_eq!(found[found.len() - 1].range.end(), (rows * ROW_SAMPLES) as u64);
            for pair in found.windows(2) {
                prop_assert_eq!(pair[0].range.end(), pair[1].range.start());
                prop_assert_ne!(pair[0].label, pair[1].label);
            }
        }
    }
}
