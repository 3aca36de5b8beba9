//! Text signals: the evidence in the words of a segment.
//!
//! [`TextFeatures`] reads a transcript once; each signal of any segment then costs a few subtractions, so that a talk of
//! ten hours can be asked about a hundred thousand segments in a second.

mod counts;
mod features;
mod meaning;
mod pace;
mod topic;
mod wanted;
mod wording;

use crate::timeline::TimeRange;

pub use features::TextFeatures;
pub use wanted::Wanted;

/// The text signals of a segment; 0..1 unless said otherwise. A signal that nothing is known about is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextSignals {
    /// The share of the time in which someone speaks.
    pub density: f64,
    /// Words a second of speech, as a multiple of the whole transcript's: raw, 1 is usual.
    pub rate: Option<f64>,
    /// Questions: one is 0.5, more are nearer to 1.
    pub question: f64,
    /// Questions followed by something that is not a question; counted likewise.
    pub answer: f64,
    /// Words that stress.
    pub emphasis: f64,
    /// Words that carry feeling, of either kind.
    pub sentiment: f64,
    /// Which feeling: −1 only bad, 1 only good, 0 none or both.
    pub polarity: f64,
    /// How much its first three seconds make one stay.
    pub hook: f64,
    /// Whether it begins and ends where sentences or, better, paragraphs do.
    pub completeness: Option<f64>,
    /// How alike its sentences are.
    pub coherence: Option<f64>,
    /// How unlike the rest of the transcript it is.
    pub novelty: Option<f64>,
    /// Wanted phrases that are said: all that are said anywhere are 1; `None` when none were named.
    pub keywords: Option<f64>,
    /// Phrases to avoid that are said; counted likewise.
    pub avoid: Option<f64>,
    /// Advertising and words about the programme itself: one phrase is two thirds, more are nearer to 1; `None` where there
    /// are none in all of the transcript.
    pub promotion: Option<f64>,
}

/// Returns the text signals of `range`. A word belongs to it when its middle does.
pub fn text_signals(features: &TextFeatures, range: TimeRange) -> TextSignals {
    let stretch = features.stretch(range);
    TextSignals {
        density: pace::density(features, &stretch),
        rate: pace::rate(features, &stretch),
        question: wording::question(features, &stretch),
        answer: wording::answer(features, &stretch),
        emphasis: wording::emphasis(features, &stretch),
        sentiment: wording::sentiment(features, &stretch),
        polarity: wording::polarity(features, &stretch),
        hook: wording::hook(features, &stretch),
        completeness: topic::completeness(features, &stretch),
        coherence: topic::coherence(features, &stretch),
        novelty: topic::novelty(features, &stretch),
        keywords: features.keywords.share(&stretch.words),
        avoid: features.avoid.share(&stretch.words),
        promotion: wording::promotion(features, &stretch),
    }
}

/// Maps a count to 0..1: `half` of them are 0.5.
fn saturating(count: f64, half: f64) -> f64 {
    count / (count + half)
}

#[cfg(test)]
mod tests;
