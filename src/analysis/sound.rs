//! What is heard, by the CNN of inaSpeechSegmenter: speech, music, noise or silence.
//!
//! Sound goes into a [`SoundStream`] in blocks of any length; it turns them into mel bands and asks the [`SoundModel`]
//! what each 20 ms are, seen with 0.34 s on either side; [`find`] turns the answers into [`SoundSegment`]s. That last
//! step needs the mean energy of the whole file, so the [`SoundScores`] are kept: 36 MB for ten hours. Pictures of the
//! sound are not: a block of 5 s at most exists at once.

mod block;
mod detail;
mod energy;
mod find;
mod mel;
mod model;
mod stream;
mod viterbi;

use serde::{Deserialize, Serialize};

use crate::analysis::speech::SampleRange;

pub use block::SoundBlock;
pub use detail::Detail;
pub use energy::{Energy, EnergyStream};
pub use find::find;
pub use model::SoundModel;
pub use stream::SoundStream;

/// Samples that one row of [`SoundScores::classes`] stands for: 20 ms.
pub const ROW_SAMPLES: usize = 320;

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

/// A stretch of one kind of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundSegment {
    /// Where it is.
    pub range: SampleRange,
    /// What it is.
    pub label: SoundLabel,
}

/// Natural logarithms of the probabilities of speech, music and noise.
pub type Classes = [f32; 3];

/// All that [`find`] needs to know of a sound; the scores of two stretches in a row may be appended to each other.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
pub struct SoundScores {
    /// Natural logarithm of the energy of each 10 ms; minus infinity for digital silence.
    pub energies: Vec<f32>,
    /// What each 20 ms are: one row for two energies, the last perhaps for one.
    pub classes: Vec<Classes>,
}

impl SoundScores {
    /// Adds the scores of what follows.
    pub fn append(&mut self, mut next: Self) {
        self.energies.append(&mut next.energies);
        self.classes.append(&mut next.classes);
    }
}
