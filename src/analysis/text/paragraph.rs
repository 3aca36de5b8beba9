//! Topic boundaries: splits a talk into paragraphs.
//!
//! Between every two sentences the meaning of the few before is held against that of the few after. Where the two are
//! less alike than at the places around, a valley, the topic turns: the deeper the valley, the surer (Hearst's TextTiling,
//! with embeddings in place of words). A long pause speaks for a turn too.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use serde::Serialize;

use crate::analysis::Embedding;
use crate::timeline::{Sentence, TimeRange};

/// Limits of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ParagraphRules {
    /// The fewest sentences of a paragraph; zero counts as one.
    pub sentences: usize,
    /// The shortest time from the first word of a paragraph to the end of its last.
    pub length: Duration,
    /// Sentences on each side that are held against each other; zero counts as one.
    pub block: usize,
    /// The pause that says as much as a deep valley; shorter ones say less in proportion, those below a quarter nothing.
    pub pause: Duration,
    /// What a place must have to be a turn: 0 takes every small valley, 1 only what a deep valley or a long pause shows.
    pub evidence: f32,
}

impl Default for ParagraphRules {
    fn default() -> Self {
        Self {
            sentences: 3,
            length: Duration::from_secs(10),
            block: 4,
            pause: Duration::from_secs(3),
            evidence: 0.5,
        }
    }
}

/// The depth of a valley that leaves little doubt: half the seams of texts joined end to end are deeper than 0.58, and inside
/// one text nine of ten places are shallower than 0.38.
const DEEP: f32 = 0.5;

/// Returns the paragraphs of a transcript by their sentences: each sentence in one, in order.
///
/// `embeddings` has one entry a sentence; without them pauses alone decide. No paragraph is below the rules' minimum,
/// unless the whole transcript is. Time and memory grow with the number of sentences alone.
pub fn paragraphs(
    sentences: &[Sentence<'_>],
    embeddings: &[Embedding],
    rules: &ParagraphRules,
) -> Vec<Range<usize>> {
    let times: Vec<TimeRange> = sentences.iter().map(Sentence::range).collect();
    let mut evidence = pauses(&times, rules.pause);
    if embeddings.len() == sentences.len() {
        let valleys = depths(&likeness(embeddings, rules.block.max(1)));
        for (evidence, depth) in evidence.iter_mut().zip(valleys) {
            *evidence += depth / DEEP;
        }
    }
    ranges(&turns(&evidence, &times, rules), sentences.len())
}

/// Returns for each gap between two neighbours how long it is, as a share of `long` that is at most one.
fn pauses(times: &[TimeRange], long: Duration) -> Vec<f32> {
    let long = long.as_secs_f32().max(f32::MIN_POSITIVE);
    let gaps = times.windows(2).map(|pair| {
        let share = pair[1].start().since(pair[0].end()).as_secs_f32() / long;
        if share < 0.25 { 0.0 } else { share.min(1.0) }
    });
    gaps.collect()
}

/// Returns for each gap how alike the sentences before and after it are.
fn likeness(embeddings: &[Embedding], block: usize) -> Vec<f32> {
    let alike = (1..embeddings.len()).map(|gap| {
        let before = Embedding::mean(&embeddings[gap.saturating_sub(block)..gap]);
        let after = Embedding::mean(&embeddings[gap..(gap + block).min(embeddings.len())]);
        before.cosine(&after)
    });
    alike.collect()
}

/// Returns for each value how far it lies below the hills on both sides of it.
fn depths(values: &[f32]) -> Vec<f32> {
    let left = hills(values.iter().copied());
    let mut right = hills(values.iter().rev().copied());
    right.reverse();
    let hills = left.iter().zip(&right).zip(values);
    hills
        .map(|((left, right), value)| left - value + (right - value))
        .collect()
}

/// Returns for each value the top of the hill that one reaches by climbing back from it.
fn hills(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut before = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    values
        .map(|value| {
            let top = if before.0 >= value { before.1 } else { value };
            before = (value, top);
            top
        })
        .collect()
}

/// Returns the sentences that begin a paragraph, but the first: the best places that leave no paragraph too small.
fn turns(evidence: &[f32], times: &[TimeRange], rules: &ParagraphRules) -> BTreeSet<usize> {
    let enough = |from: usize, to: usize| {
        let time = times[to - 1].end().since(times[from].start());
        to - from >= rules.sentences.max(1) && time >= rules.length
    };
    let mut places: Vec<usize> = (1..times.len())
        .filter(|&at| evidence[at - 1] > 0.0 && evidence[at - 1] >= rules.evidence)
        .collect();
    places.sort_by(|&a, &b| evidence[b - 1].total_cmp(&evidence[a - 1]).then(a.cmp(&b)));
    let mut chosen = BTreeSet::new();
    for at in places {
        let from = chosen.range(..at).next_back().copied().unwrap_or(0);
        let to = chosen.range(at..).next().copied().unwrap_or(times.len());
        if enough(from, at) && enough(at, to) {
            chosen.insert(at);
        }
    }
    chosen
}

fn ranges(turns: &BTreeSet<usize>, sentences: usize) -> Vec<Range<usize>> {
    let starts = std::iter::once(0).chain(turns.iter().copied());
    let ends = turns.iter().copied().chain([sentences]);
    starts
        .zip(ends)
        .map(|(from, to)| from..to)
        .filter(|range| !range.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Segment, Timestamp, Transcript, Word};
    use proptest::prelude::*;

    /// One sentence a pair: the pause before it and its length, in milliseconds.
    fn talk_of(sentences: &[(i64, i64)]) -> Transcript {
        let at = |ms| Timestamp::new(ms, 1000).unwrap();
        let mut end = 0;
        let words = sentences.iter().map(|(pause, length)| {
            let start = end + pause;
            end = start + length;
            Word {
                text: "Word.".into(),
                range: TimeRange::new(at(start), at(end)).unwrap(),
                confidence: 1.0,
                space_before: true,
            }
        });
        let words = words.collect();
        Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range: TimeRange::new(at(0), at(end.max(1))).unwrap(),
                text: String::new(),
                words,
            }],
        }
    }

    /// A topic is a direction; sentences on it lie a little to its sides.
    fn about(topics: &[usize]) -> Vec<Embedding> {
        let embeddings = topics.iter().enumerate().map(|(i, &topic)| {
            let mut values = vec![0.02; 8];
            values[topic] = 1.0;
            values[(topic + 1 + i % 3) % 8] += 0.3;
            Embedding::new(values)
        });
        embeddings.collect()
    }

    /// Holds the paragraphs of a talk against where each is expected to end.
    fn check(sentences: &[(i64, i64)], topics: &[usize], expected: &[usize]) {
        let talk = talk_of(sentences);
        let sentences: Vec<_> = talk.sentences().collect();
        let found = paragraphs(&sentences, &about(topics), &ParagraphRules::default());
        let ends: Vec<_> = found.iter().map(|part| part.end).collect();
        assert_eq!(ends, expected);
    }

    #[test]
    fn a_paragraph_ends_where_the_topic_does() {
        let topics = [0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 6, 6, 6, 6];
        check(&[(200, 4000); 15], &topics, &[5, 11, 15]);
    }

    #[test]
    fn one_topic_is_one_paragraph() {
        check(&[(200, 4000); 12], &[2; 12], &[12]);
    }

    #[test]
    fn a_long_pause_ends_one_without_any_embedding() {
        let mut sentences = [(200, 4000); 10];
        sentences[4].0 = 5000;
        check(&sentences, &[], &[4, 10]);
    }

    #[test]
    fn an_aside_shorter_than_the_minimum_stays_where_it_is() {
        let topics = [0, 0, 0, 0, 3, 3, 0, 0, 0, 0];
        let talk = talk_of(&[(200, 4000); 10]);
        let sentences: Vec<_> = talk.sentences().collect();
        for part in paragraphs(&sentences, &about(&topics), &ParagraphRules::default()) {
            assert!(part.len() >= 3, "{part:?}");
        }
    }

    #[test]
    fn nothing_said_has_no_paragraph() {
        check(&[], &[], &[]);
        check(&[(0, 500)], &[1], &[1]);
    }

    #[test]
    fn ten_hours_take_no_more_than_their_length() {
        let count = 12_000;
        let talk = talk_of(&vec![(200, 2800); count]);
        let sentences: Vec<_> = talk.sentences().collect();
        let topics: Vec<_> = (0..count).map(|i| i / 20 % 7).collect();
        let found = paragraphs(&sentences, &about(&topics), &ParagraphRules::default());
        assert_eq!(found.len(), count / 20);
    }

    proptest! {
        #[test]
        fn every_sentence_is_in_one_paragraph_and_none_is_too_small(
            raw in proptest::collection::vec((0..6000_i64, 1..9000_i64, 0..8_usize), 0..60),
            fewest in 0..6_usize, seconds in 0..30_u64, block in 0..6_usize, evidence in 0.0..1.0_f32,
        ) {
            let talk = talk_of(&raw.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>());
            let sentences: Vec<_> = talk.sentences().collect();
            let topics: Vec<_> = raw.iter().map(|r| r.2).collect();
            let rules = ParagraphRules { sentences: fewest, length: Duration::from_secs(seconds), block, evidence, ..ParagraphRules::default() };
            let found = paragraphs(&sentences, &about(&topics), &rules);
            let covered: Vec<usize> = found.iter().cloned().flatten().collect();
            prop_assert_eq!(covered, (0..raw.len()).collect::<Vec<_>>());
            for part in found.iter().filter(|_| found.len() > 1) {
                let length = sentences[part.end - 1].range().end().since(sentences[part.start].range().start());
                prop_assert!(part.len() >= fewest.max(1) && length >= rules.length);
            }
        }
    }
}
