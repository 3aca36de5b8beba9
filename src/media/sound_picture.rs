//! Choice of what clips show of a file that holds sound alone.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What clips show of a file that holds sound alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoundPicture {
    /// A JPEG or PNG file.
    Cover(PathBuf),
    /// The waveform of the sound, over a plain ground.
    Waveform,
}
