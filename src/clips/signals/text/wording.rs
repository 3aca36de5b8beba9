//! Wording: questions, emphasis, sentiment and hooks.

use std::time::Duration;

use super::features::{Stretch, TextFeatures};
use super::saturating;

/// The time in which a viewer decides to stay.
const OPENING: Duration = Duration::from_secs(3);
/// Silence at the beginning that is not felt.
const PROMPT: Duration = Duration::from_millis(700);
/// The share of words that stress, or carry feeling, at which the signal is half.
const OFTEN: f64 = 0.04;

/// Returns how many of the sentences that begin in the segment are questions, saturating.
pub(super) fn question(features: &TextFeatures, stretch: &Stretch) -> f64 {
    saturating(features.question.within(&stretch.whole_sentences), 1.0)
}

/// Returns how many questions have their answer in the segment, saturating.
pub(super) fn answer(features: &TextFeatures, stretch: &Stretch) -> f64 {
    let begun = &stretch.whole_sentences;
    let last = begun.end.saturating_sub(1).max(begun.start);
    saturating(features.answered.within(&(begun.start..last)), 1.0)
}

/// Returns how often words stress.
pub(super) fn emphasis(features: &TextFeatures, stretch: &Stretch) -> f64 {
    often(features.emphasis.within(&stretch.words), stretch)
}

/// Returns how often words carry feeling.
pub(super) fn sentiment(features: &TextFeatures, stretch: &Stretch) -> f64 {
    let (good, bad) = feelings(features, stretch);
    often(good + bad, stretch)
}

/// Returns which feeling the words carry, −1..1.
pub(super) fn polarity(features: &TextFeatures, stretch: &Stretch) -> f64 {
    let (good, bad) = feelings(features, stretch);
    if good + bad > 0.0 {
        (good - bad) / (good + bad)
    } else {
        0.0
    }
}

/// Returns how much the first three seconds make one stay: each reason takes a part of what the others leave open.
///
/// Reasons are a question, a phrase that promises, a number, an address to the viewer, stress and feeling; a late or
/// leaning beginning takes half away.
pub(super) fn hook(features: &TextFeatures, stretch: &Stretch) -> f64 {
    let opening = features.opening(stretch.range, OPENING);
    if opening.words.is_empty() {
        return 0.0;
    }
    let heard = |share: f64, count: f64| if count > 0.0 { share } else { 0.0 };
    let words = &opening.words;
    let (good, bad) = feelings(features, &opening);
    let reasons = [
        heard(0.2, f64::from(features.begins_sentence.has(words.start))),
        heard(0.4, features.question.within(&opening.whole_sentences)),
        heard(0.5, features.hooks.within(words)),
        heard(0.25, features.numbers.within(words)),
        heard(0.25, features.listener.within(words)),
        heard(0.25, features.emphasis.within(words)),
        heard(0.2, good + bad),
    ];
    let open: f64 = reasons.iter().map(|share| 1.0 - share).product();
    let late = features.start(words.start).since(stretch.range.start()) > PROMPT;
    let leaning = features.leaning.has(words.start) || features.fillers.has(words.start);
    let kept = |wrong: bool| if wrong { 0.5 } else { 1.0 };
    (1.0 - open) * kept(late) * kept(leaning)
}

/// Returns how much is advertised, where something is anywhere.
pub(super) fn promotion(features: &TextFeatures, stretch: &Stretch) -> Option<f64> {
    let anywhere = features.promotion.within(&(0..features.words())) > 0.0;
    anywhere.then(|| saturating(features.promotion.within(&stretch.words), 0.5))
}

fn feelings(features: &TextFeatures, stretch: &Stretch) -> (f64, f64) {
    let words = &stretch.words;
    let (good, bad) = (&features.positive, &features.negative);
    (good.within(words), bad.within(words))
}

fn often(count: f64, stretch: &Stretch) -> f64 {
    match stretch.words.len() {
        0 => 0.0,
        words => saturating(count / words as f64, OFTEN),
    }
}
