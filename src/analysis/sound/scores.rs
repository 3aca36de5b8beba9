//! Sound scores: energies and class probabilities, row by row.

use serde::{Deserialize, Serialize};

/// Samples that one row of [`SoundScores::classes`] stands for: 20 ms.
pub const ROW_SAMPLES: usize = 320;

/// Natural logarithms of the probabilities of speech, music and noise.
pub type Classes = [f32; 3];

/// All that [`super::find`] needs to know of a sound; the scores of two segments in a row may be appended to each other.
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
