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
    /// The right channel is the left one upside down.
    Inverted {
        /// The number of the track, where several are mixed.
        #[serde(skip_serializing_if = "Option::is_none")]
        track: Option<usize>,
    },
    /// The right channel is silent.
    LeftOnly {
        /// The number of the track, where several are mixed.
        #[serde(skip_serializing_if = "Option::is_none")]
        track: Option<usize>,
    },
    /// The left channel is silent.
    RightOnly {
        /// The number of the track, where several are mixed.
        #[serde(skip_serializing_if = "Option::is_none")]
        track: Option<usize>,
    },
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
            Self::Inverted { track } => {
                of_track(*track, out)?;
                out.write_str(
                    "the right channel is the left one upside down: clips have it turned over",
                )
            }
            Self::LeftOnly { track } => {
                of_track(*track, out)?;
                out.write_str("only the left channel has sound: clips have it in both ears")
            }
            Self::RightOnly { track } => {
                of_track(*track, out)?;
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

fn of_track(track: Option<usize>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    match track {
        Some(track) => write!(out, "audio track {track}: "),
        None => Ok(()),
    }
}
