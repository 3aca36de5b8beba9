//! A segment of one kind of sound.

use serde::{Deserialize, Serialize};

use crate::analysis::speech::SampleRange;

/// A kind of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SoundLabel {
    /// Too quiet, compared to the rest of the file, to be anything.
    Silence,
    /// Somebody speaks.
    Speech,
    /// Music, or singing.
    Music,
    /// Anything else.
    Noise,
}

impl SoundLabel {
    /// Returns the word that files have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Speech => "speech",
            Self::Music => "music",
            Self::Noise => "noise",
        }
    }
}

/// A segment of one kind of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundSegment {
    /// Where it is.
    pub range: SampleRange,
    /// What it is.
    pub label: SoundLabel,
}
