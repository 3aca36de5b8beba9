//! Topic: completeness, coherence and novelty of what is said.

use super::features::{Stretch, TextFeatures};

/// What a beginning or an end is worth that is one of a sentence, not of a paragraph.
const AT_A_SENTENCE: f64 = 0.8;
/// What a beginning keeps that leans on what was said before.
const LEANING: f64 = 0.6;

/// Returns how well the segment begins and ends, or `None` when nothing is said in it.
pub(super) fn completeness(features: &TextFeatures, stretch: &Stretch) -> Option<f64> {
    let (first, next) = (stretch.words.start, stretch.words.end);
    (first < next).then_some(())?;
    let mut begins = edge(features, first);
    if features.leaning.has(first) {
        begins *= LEANING;
    }
    Some((begins + edge(features, next)) / 2.0)
}

/// Returns what the place in front of a word is worth; before the first and behind the last there is nothing to miss.
fn edge(features: &TextFeatures, word: usize) -> f64 {
    if word == 0 || word == features.words() || features.begins_paragraph.has(word) {
        1.0
    } else if features.begins_sentence.has(word) {
        AT_A_SENTENCE
    } else {
        0.0
    }
}

/// Returns the mean likeness of the sentences that the segment touches, or `None` for less than two.
pub(super) fn coherence(features: &TextFeatures, stretch: &Stretch) -> Option<f64> {
    let likeness = features.meaning.as_ref()?.likeness(&stretch.sentences)?;
    Some(likeness.clamp(0.0, 1.0))
}

/// Returns how unlike all others the sentences are that the segment touches, or `None` when there are no others.
pub(super) fn novelty(features: &TextFeatures, stretch: &Stretch) -> Option<f64> {
    let likeness = features
        .meaning
        .as_ref()?
        .likeness_to_rest(&stretch.sentences)?;
    Some(1.0 - likeness.clamp(0.0, 1.0))
}
