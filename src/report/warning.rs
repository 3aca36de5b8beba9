//! Warnings: the run goes on, but a person should know.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::sound_fault::SoundFault;

use crate::timeline::TimeRange;

/// Something that is not as asked or expected. `Display` gives one line for people; JSON has a `class` and the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum Warning {
    /// Damaged parts of the video stream were skipped.
    DamagedVideo {
        /// Parts that could not be decoded.
        segments: u64,
        /// Frames that could.
        frames: usize,
    },
    /// Damaged parts of the audio stream were skipped.
    DamagedAudio {
        /// Parts that could not be decoded.
        segments: u64,
    },
    /// Something about the sound is set right, or cannot be.
    Sound {
        /// What is wrong with it.
        #[serde(flatten)]
        fault: SoundFault,
    },
    /// Another clip of the run shows a moment that had to be in this job's clips.
    MustIncludeTaken {
        /// Where the moment is.
        #[serde(serialize_with = "as_text")]
        range: TimeRange,
        /// Which clip shows it: `clip 2 of talk`.
        by: String,
    },
    /// A moment that had to be in a clip is in none.
    MustIncludeMissed {
        /// The moment as the manifest names it.
        moment: String,
    },
    /// No segment of the video has a length that a clip may have.
    NoSegment {
        /// The shortest clip, in seconds.
        min: f64,
        /// The longest clip, in seconds.
        max: f64,
    },
    /// No candidate is left that may be a clip.
    NoClips,
    /// A clip has no cover picture.
    NoCover {
        /// The clip's file name.
        clip: String,
        /// Why.
        reason: String,
    },
    /// The captions have letters that no installed font has: they are in files alone.
    LettersMissing {
        /// What the letters are written in: `Japanese (Han, Kana)`.
        script: String,
        /// The Debian package of a font that has them.
        package: String,
    },
    /// A clip's pictures say themselves what is spoken: its captions are in files alone.
    SubtitlesInPicture {
        /// The clip's rank.
        clip: u32,
    },
    /// A job is tried again.
    Retry {
        /// The retry that follows, from 1.
        retry: u32,
        /// Retries there may be.
        retries: u32,
        /// The pause before it.
        #[serde(with = "super::seconds")]
        pause: Duration,
        /// Why the last attempt failed.
        reason: String,
    },
    /// A setting has no effect, or not the expected one.
    Setting {
        /// Which and why.
        reason: String,
    },
    /// The cache is damaged, full or not to be had.
    Cache {
        /// What is wrong and what was done about it.
        reason: String,
    },
    /// The page of the whole run cannot be written.
    BatchPage {
        /// Why.
        reason: String,
    },
    /// Memory grows with the work: something leaks.
    MemoryGrows {
        /// MiB that each hour of video adds.
        mib_an_hour: f64,
        /// Hours of video that were looked at.
        hours: f64,
    },
    /// This listener was too slow for all events: progress and spans are left out.
    EventsDropped {
        /// How many.
        events: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DamagedVideo { segments, frames } => {
                write!(
                    out,
                    "{segments} damaged segments skipped, {frames} frames read"
                )
            }
            Self::Sound { fault } => fault.fmt(out),
            Self::DamagedAudio { segments } => {
                write!(out, "{segments} damaged segments of sound skipped")
            }
            Self::MustIncludeTaken { range, by } => {
                write!(out, "must-include {range} was already used by {by}")
            }
            Self::MustIncludeMissed { moment } => write!(out, "no clip can include {moment}"),
            Self::NoSegment { min, max } => {
                write!(out, "no segment between {min} s and {max} s; no clips")
            }
            Self::NoClips => out.write_str("nothing is left that may be a clip: no clips"),
            Self::NoCover { clip, reason } => write!(out, "{clip}: no cover picture: {reason}"),
            Self::LettersMissing { script, package } => write!(
                out,
                "captions are not in the picture: no installed font has the letters of {script}; install {package}"
            ),
            Self::SubtitlesInPicture { clip } => write!(
                out,
                "clip {clip}: subtitles are in the picture already; its captions are in files alone"
            ),
            Self::Retry {
                retry,
                retries,
                pause,
                reason,
            } => {
                let pause = pause.as_secs_f64();
                write!(
                    out,
                    "retry {retry} of {retries} in {pause:.1} s after: {reason}"
                )
            }
            Self::Setting { reason } | Self::Cache { reason } | Self::BatchPage { reason } => {
                out.write_str(reason)
            }
            Self::MemoryGrows { mib_an_hour, hours } => write!(
                out,
                "memory grew by {mib_an_hour:.0} MiB for each of {hours:.1} hours of video: run fewer jobs at a time, and report it"
            ),
            Self::EventsDropped { events } => {
                write!(
                    out,
                    "{events} events were not read in time and are left out"
                )
            }
        }
    }
}

fn as_text<S: serde::Serializer>(range: &TimeRange, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(range)
}
