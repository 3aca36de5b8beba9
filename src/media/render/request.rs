//! Render request: what to cut out of a video, and how.

use std::path::Path;

use serde::Serialize;

use super::captions::CaptionFile;
use super::encoder::Encoding;
use super::fade::SoundFades;
use crate::media::{ChannelRepairs, ClipFraming, FieldRate, Limits, Media};
use crate::timeline::{FrameRate, TimeRange};

/// Request to render one clip.
#[derive(Debug, Clone)]
pub struct RenderRequest<'a> {
    /// The video.
    pub source: &'a Path,
    /// What it holds.
    pub media: &'a Media,
    /// What of the source's time it covers, rounded to whole frames.
    pub range: TimeRange,
    /// Frames a second of the clip.
    pub rate: FrameRate,
    /// How many pictures two fields of an interlaced source make.
    pub fields: FieldRate,
    /// Where to write; what is there is replaced. The caller renames it when all is well.
    pub output: &'a Path,
    /// What of each picture is shown, and in which size; the whole picture in the source's own size otherwise.
    pub framing: Option<&'a ClipFraming>,
    /// Captions to burn in.
    pub captions: Option<&'a CaptionFile>,
    /// What is done to the two channels of each track of its sound.
    pub channels: ChannelRepairs,
    /// How loud it becomes; as loud as it is otherwise.
    pub loudness: Option<LoudnessTarget>,
    /// How its sound begins and ends.
    pub fades: SoundFades,
    /// How to encode.
    pub encoding: &'a Encoding,
    /// Threads of the decoder and of the encoder. Another number gives other bytes.
    pub threads: usize,
    /// What the source may ask for.
    pub limits: &'a Limits,
}

/// Target loudness of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LoudnessTarget {
    /// Integrated loudness, in LUFS.
    pub target: f64,
    /// The highest true peak, in dBTP.
    pub peak: f64,
    /// Loudness units that a clip may be off: more where its sound does not allow the target.
    pub tolerance: f64,
}

impl Default for LoudnessTarget {
    fn default() -> Self {
        Self {
            target: -14.0,
            peak: -1.0,
            tolerance: 0.5,
        }
    }
}
