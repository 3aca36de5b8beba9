//! Faults of a video's sound that are set right in its clips, or cannot be.

use std::fmt;

use serde::Serialize;

/// What is wrong with the sound of a video. `Display` gives one line for people; JSON has a `fault` and the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum SoundFault {
    /// The track that a player takes is silent, and another is taken.
    SilentTrack {
        /// The number of the silent track, from 0 on.
        silent: usize,
        /// The number of the one that is taken.
        track: usize,
    },
    /// No track can be decoded.
    Undecodable {
        /// FFmpeg's name of the codec, or the file's.
        codec: String,
    },
    /// The right channel is the left one upside down.
    Inverted,
    /// The right channel is silent.
    LeftOnly,
    /// The left channel is silent.
    RightOnly,
    /// A clip cannot be made as loud as was asked for.
    Loudness {
        /// The clip's file name.
        clip: String,
        /// Its loudness, in LUFS.
        loudness: f64,
        /// What was asked for, in LUFS.
        target: f64,
    },
}

impl fmt::Display for SoundFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SilentTrack { silent, track } => write!(
                out,
                "audio track {silent} is silent, track {track} is taken: to choose, set audio = {silent} or {track}"
            ),
            Self::Undecodable { codec } => {
                write!(
                    out,
                    "the sound ({codec}) cannot be decoded here: clips are mute"
                )
            }
            Self::Inverted => out.write_str(
                "the right channel is the left one upside down: clips have it turned over",
            ),
            Self::LeftOnly => {
                out.write_str("only the left channel has sound: clips have it in both ears")
            }
            Self::RightOnly => {
                out.write_str("only the right channel has sound: clips have it in both ears")
            }
            Self::Loudness {
                clip,
                loudness,
                target,
            } => write!(
                out,
                "{clip}: {loudness:.1} LUFS, not {target:.1}: its sound is too quiet or too uneven to be raised further"
            ),
        }
    }
}
