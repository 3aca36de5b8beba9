//! Pace: how much is said, and how fast.

use super::features::{Stretch, TextFeatures};

/// Returns the share of the segment in which someone speaks.
pub(super) fn density(features: &TextFeatures, stretch: &Stretch) -> f64 {
    let spoken = features.spoken(&stretch.words).as_secs_f64();
    (spoken / stretch.range.duration().as_secs_f64()).min(1.0)
}

/// Returns the words a second of speech as a multiple of the whole transcript's, or `None` without speech.
pub(super) fn rate(features: &TextFeatures, stretch: &Stretch) -> Option<f64> {
    let rate = |words: &std::ops::Range<usize>| {
        let seconds = features.spoken(words).as_secs_f64();
        (seconds > 0.0).then(|| words.len() as f64 / seconds)
    };
    Some(rate(&stretch.words)? / rate(&(0..features.words()))?)
}
