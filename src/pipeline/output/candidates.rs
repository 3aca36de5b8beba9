//! The list of candidates for `candidates.json`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::clips::Scored;
use crate::export::{CandidateRecord, Candidates};
use crate::pipeline::stages::select::ChosenClips;

/// Returns the list of the candidates of a job of this file, best first.
pub(crate) fn list_candidates(selection: &ChosenClips, input: &Path) -> Candidates {
    let place = |slot: usize| selection.positions.iter().position(|&clip| clip == slot);
    let rows = selection.scored.iter().enumerate();
    let rows = rows.map(|(slot, one)| CandidateRecord {
        rank: slot as u32 + 1,
        start: one.span.range.start().into(),
        end: one.span.range.end().into(),
        score: one.score,
        title: title(one, input),
        reason: one.reason.clone(),
        signals: signals(one),
        contributions: contributions(one),
        clip: place(slot).map(|place| place as u32 + 1),
    });
    Candidates::new(rows.collect())
}

/// Names a segment by its file and when it begins, until its words are known: `Launch of the rocket, 00:01:05`.
pub(crate) fn title(scored: &Scored, input: &Path) -> String {
    let clock = scored.span.range.start().to_string();
    let clock = clock.split('.').next().unwrap_or(&clock);
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let spaced = stem.replace(['_', '-', '.'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let name = words.join(" ");
    let mut letters = name.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    match first.as_str() {
        "" => format!("Clip at {clock}"),
        _ => format!("{first}{}, {clock}", letters.as_str()),
    }
}

/// Returns what is known of a segment, 0..1 each, by the signals' names.
pub(crate) fn signals(scored: &Scored) -> BTreeMap<String, f64> {
    let known = scored.signals.iter();
    known
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

/// Returns what each signal gives to the score of a segment, by the signals' names.
pub(crate) fn contributions(scored: &Scored) -> BTreeMap<String, f64> {
    let given = scored.contributions.iter();
    given
        .map(|given| (given.signal.name().to_owned(), given.points()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::signals::Signal;
    use crate::clips::{CandidateSpan, Contribution, Verdict};
    use crate::export::to_json;
    use crate::timeline::{TimeRange, Timestamp};
    use proptest::prelude::*;
    use std::time::Duration;

    /// A candidate whose signals have these values and weights.
    fn scored(given: &[(f64, f64)]) -> Scored {
        let sum: f64 = given.iter().map(|(_, weight)| weight).sum();
        let pairs = Signal::ALL.into_iter().zip(given);
        let contributions: Vec<_> = pairs
            .map(|(signal, (value, weight))| Contribution {
                signal,
                value: *value,
                weight: weight / sum,
            })
            .collect();
        let end = Timestamp::ZERO + Duration::from_secs(20);
        Scored {
            span: CandidateSpan {
                range: TimeRange::new(Timestamp::ZERO, end).unwrap(),
                shots: (0, 1),
                edges: (0.5, 0.5),
            },
            score: contributions.iter().map(Contribution::points).sum(),
            signals: BTreeMap::new(),
            contributions,
            verdict: Verdict::Weak { best: 1.0 },
            reason: String::new(),
        }
    }

    #[test]
    fn a_segment_without_words_is_named_by_its_file_and_its_beginning() {
        let named = |file: &str| title(&scored(&[(0.5, 1.0)]), Path::new(file));
        assert_eq!(
            named("in/rocket_launch-1969.mp4"),
            "Rocket launch 1969, 00:00:00"
        );
        assert_eq!(named("éclair.mov"), "Éclair, 00:00:00");
        assert_eq!(named("___.mp4"), "Clip at 00:00:00");
    }

    proptest! {
        #[test]
        fn what_the_signals_give_adds_up_to_the_score_in_the_file(
            given in proptest::collection::vec((0.0..=1.0_f64, 0.01..100.0_f64), 1..28),
        ) {
            let selection = ChosenClips { scored: vec![scored(&given)], positions: vec![] };
            let json = to_json(&list_candidates(&selection, Path::new("talk.mp4"))).unwrap();
            let read: Candidates = serde_json::from_slice(&json).unwrap();
            let candidate = &read.candidates[0];
            let sum: f64 = candidate.contributions.values().sum();
            prop_assert_eq!(candidate.contributions.len(), given.len());
            // Each number in the file is to six decimals.
            prop_assert!((sum - candidate.score).abs() <= 0.5e-6 * (given.len() + 1) as f64 + 1e-12);
        }
    }
}
