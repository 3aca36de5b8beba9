//! Signals: the evidence for a segment of a video, one file for each kind.
//!
//! `Evidence` reads the material once; each signal of any segment then costs a few look-ups.

mod picture;
mod signal;
mod sums;
pub mod text;
mod voice;

use std::time::Duration;

use super::{CandidateSpan, ClipLimits, Material, Wishes, candidates};
use picture::PictureEvidence;
use text::{TextFeatures, TextSignals, Wanted, text_signals};
use voice::Voice;

pub(super) use signal::Scale;
pub use signal::{Signal, Values};

/// The time in which a viewer decides to stay.
const OPENING: Duration = Duration::from_secs(3);

/// What is left of a beginning whose first words lean on others.
const LEANING: f64 = 0.5;

/// All that is known of a video, ready for any segment of it.
pub(super) struct Evidence<'a> {
    material: &'a Material<'a>,
    limits: ClipLimits,
    pub(super) text: Option<TextFeatures>,
    voice: Voice,
    picture: PictureEvidence,
}

impl<'a> Evidence<'a> {
    /// Reads the material; takes time in proportion to it.
    pub(super) fn new(material: &'a Material<'a>, wishes: &Wishes<'_>) -> Self {
        let wanted = Wanted {
            keywords: wishes.keywords,
            avoid: wishes.avoid,
        };
        Self {
            material,
            limits: wishes.limits,
            text: material.talk.map(|talk| {
                TextFeatures::new(talk.transcript, talk.embeddings, talk.paragraphs, &wanted)
            }),
            voice: Voice::new(material),
            picture: PictureEvidence::new(material),
        }
    }

    /// Returns the raw values of a segment.
    pub(super) fn of(&self, span: &CandidateSpan) -> Values {
        let mut values = Values::UNKNOWN;
        if let Some(text) = &self.text {
            said(&text_signals(text, span.range), &mut values);
        } else {
            values.set(Signal::Speech, self.voice.speech(span.range));
        }
        self.voice.add(span.range, &mut values);
        self.picture.add(span.range, &mut values);
        let seconds = span.range.duration().as_secs_f64();
        let cuts = span.shots.1.saturating_sub(1);
        let known = [
            (Signal::Rhythm, cuts as f64 / seconds),
            (Signal::Beginning, self.beginning(span)),
            (Signal::Ending, f64::from(span.edges.1)),
            (Signal::Length, length(seconds, &self.limits)),
            (Signal::Opening, self.opening(span)),
        ];
        for (signal, value) in known {
            values.set(signal, Some(value));
        }
        values
    }

    /// Returns how good the place is where it begins; worse where its first words lean on what was said before.
    fn beginning(&self, span: &CandidateSpan) -> f64 {
        let text = self.text.as_ref();
        let leans = text.is_some_and(|text| text.leans(span.range));
        f64::from(span.edges.0) * if leans { LEANING } else { 1.0 }
    }

    /// Returns how lively the first seconds are: the mean of what is known of them.
    fn opening(&self, span: &CandidateSpan) -> f64 {
        let start = span.range.start();
        let end = span.range.end().min(start + OPENING);
        let first = crate::timeline::TimeRange::new(start, end).unwrap_or(span.range);
        let cut = self.material.shots[span.shots.0].range.start() == start;
        let parts = [
            Some(if cut { 1.0 } else { 0.4 }),
            self.picture.face(first),
            self.picture.stir(first),
            self.voice.stir(first, span.range),
        ];
        let known = || parts.iter().flatten();
        known().sum::<f64>() / known().count() as f64
    }
}

fn said(found: &TextSignals, values: &mut Values) {
    let known = [
        (Signal::Speech, Some(found.density)),
        (Signal::Rate, found.rate),
        (Signal::Question, Some(found.question)),
        (Signal::Answer, Some(found.answer)),
        (Signal::Emphasis, Some(found.emphasis)),
        (Signal::Sentiment, Some(found.sentiment)),
        (Signal::Hook, Some(found.hook)),
        (Signal::Completeness, found.completeness),
        (Signal::Coherence, found.coherence),
        (Signal::Novelty, found.novelty),
        (Signal::Keywords, found.keywords),
        (Signal::Avoid, found.avoid),
        (Signal::Promotion, found.promotion),
    ];
    for (signal, value) in known {
        values.set(signal, value);
    }
}

/// Returns 1 in the middle of the limits, 0 at either.
fn length(seconds: f64, limits: &ClipLimits) -> f64 {
    let half = limits.max.saturating_sub(limits.min).as_secs_f64() / 2.0;
    let off = (seconds - candidates::middle(limits).as_secs_f64()).abs();
    if half > 0.0 {
        (1.0 - off / half).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests;
