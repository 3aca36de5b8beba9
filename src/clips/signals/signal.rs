//! Signals by name, and their values.

use std::collections::BTreeMap;

/// Something that speaks for a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// The share of the time in which someone speaks.
    Speech,
    /// How fast they speak.
    Rate,
    /// How loud they speak.
    Energy,
    /// How much louder they become.
    Rise,
    /// Questions.
    Question,
    /// Questions with their answers.
    Answer,
    /// Words that stress.
    Emphasis,
    /// Words that carry feeling.
    Sentiment,
    /// How much the first words make one stay.
    Hook,
    /// Whether it begins and ends where sentences or paragraphs do.
    Completeness,
    /// How alike its sentences are.
    Coherence,
    /// How unlike the rest of the talk it is.
    Novelty,
    /// Wanted phrases that are said.
    Keywords,
    /// Phrases to avoid that are said.
    Avoid,
    /// Advertising and words about the programme itself.
    Promotion,
    /// The share of the time in which a face is seen.
    Faces,
    /// How large the largest face is.
    FaceSize,
    /// How much the picture moves.
    Motion,
    /// Cuts a second: none where one shot is all there is.
    Rhythm,
    /// How sharp the picture is.
    Sharpness,
    /// Whether the picture is neither too dark nor too bright.
    Light,
    /// The share of the time in which the picture is neither black, of one colour nor frozen.
    Clear,
    /// How unlike the rest of the video its pictures are.
    Unseen,
    /// The share of the time in which there is music.
    Music,
    /// Loud noise, as laughter and applause are; more where it answers speech.
    Reaction,
    /// How lively the first three seconds are: a cut, a face, movement, a loud voice.
    Opening,
    /// How good the place is where it begins.
    Beginning,
    /// How good the place is where it ends.
    Ending,
    /// Nearness to the middle of the lengths allowed.
    Length,
}

/// The value of each signal, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Values([Option<f32>; Signal::ALL.len()]);

/// How the value of a signal becomes one that compares with the others'.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::clips) enum Scale {
    /// It is 0..1 and says by itself how good the segment is.
    Share,
    /// It says something only against the rest of the video; a spread below this is not drawn out to the whole scale.
    Within(f32),
}

impl Signal {
    /// Every signal, in the order that files list them.
    pub const ALL: [Self; 29] = [
        Self::Speech,
        Self::Rate,
        Self::Energy,
        Self::Rise,
        Self::Question,
        Self::Answer,
        Self::Emphasis,
        Self::Sentiment,
        Self::Hook,
        Self::Completeness,
        Self::Coherence,
        Self::Novelty,
        Self::Keywords,
        Self::Avoid,
        Self::Promotion,
        Self::Faces,
        Self::FaceSize,
        Self::Motion,
        Self::Rhythm,
        Self::Sharpness,
        Self::Light,
        Self::Clear,
        Self::Unseen,
        Self::Music,
        Self::Reaction,
        Self::Opening,
        Self::Beginning,
        Self::Ending,
        Self::Length,
    ];

    /// Returns the signal of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// Returns its name in settings and files.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// Returns what is said for a segment that has much of it.
    pub(in crate::clips) fn praise(self) -> &'static str {
        self.facts().1
    }

    /// Returns how its values compare with the others'.
    pub(in crate::clips) fn scale(self) -> Scale {
        self.facts().2
    }

    fn facts(self) -> (&'static str, &'static str, Scale) {
        use Scale::{Share, Within};
        match self {
            Self::Speech => ("speech", "dense speech", Within(0.5)),
            Self::Rate => ("rate", "fast speech", Within(0.2)),
            Self::Energy => ("energy", "a strong voice", Within(3.0)),
            Self::Rise => ("rise", "a rising voice", Within(3.0)),
            Self::Question => ("question", "questions", Within(0.5)),
            Self::Answer => ("answer", "a question with its answer", Within(0.5)),
            Self::Emphasis => ("emphasis", "stressed words", Within(0.2)),
            Self::Sentiment => ("sentiment", "words with feeling", Within(0.2)),
            Self::Hook => ("hook", "a first line that hooks", Share),
            Self::Completeness => ("completeness", "whole thoughts", Share),
            Self::Coherence => ("coherence", "one topic", Within(0.1)),
            Self::Novelty => ("novelty", "something new in the talk", Within(0.1)),
            Self::Keywords => ("keywords", "wanted words", Share),
            Self::Avoid => ("avoid", "nothing to avoid", Share),
            Self::Promotion => ("promotion", "no advertising", Share),
            Self::Faces => ("faces", "faces", Within(0.2)),
            Self::FaceSize => ("face-size", "close faces", Within(0.05)),
            Self::Motion => ("motion", "movement", Within(0.05)),
            Self::Rhythm => ("rhythm", "quick shots", Within(0.1)),
            Self::Sharpness => ("sharpness", "sharp pictures", Within(0.1)),
            Self::Light => ("light", "good light", Share),
            Self::Clear => ("clear", "a clear picture", Share),
            Self::Unseen => ("unseen", "pictures unlike the rest", Within(0.05)),
            Self::Music => ("music", "music", Within(0.3)),
            Self::Reaction => ("reaction", "laughter or applause", Within(0.5)),
            Self::Opening => ("opening", "a lively opening", Share),
            Self::Beginning => ("beginning", "a clean beginning", Share),
            Self::Ending => ("ending", "a clean ending", Share),
            Self::Length => ("length", "a good length", Share),
        }
    }
}

impl Values {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self([None; Signal::ALL.len()]);

    /// Returns the value of a signal, or `None` where it is not known.
    pub fn get(&self, signal: Signal) -> Option<f32> {
        self.0[signal as usize]
    }

    /// Returns the known values by the signals' names.
    pub fn by_name(&self) -> BTreeMap<&'static str, f64> {
        let known = |signal: Signal| Some((signal.name(), f64::from(self.get(signal)?)));
        Signal::ALL.into_iter().filter_map(known).collect()
    }

    /// Sets the value of a signal; one that is no number is not known.
    pub(in crate::clips) fn set(&mut self, signal: Signal, value: Option<f64>) {
        let value = value.map(|value| value as f32);
        self.0[signal as usize] = value.filter(|value| value.is_finite());
    }
}
