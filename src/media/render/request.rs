//! Render request: what to cut out of a video, and how.

use std::path::Path;

use serde::Serialize;

use super::captions::CaptionFile;
use super::encoder::Encoding;
use crate::media::{ClipFraming, Limits, Media};
use crate::timeline::TimeRange;

/// Request to render one clip.
#[derive(Debug, Clone)]
pub struct RenderRequest<'a> {
    /// The video.
    pub source: &'a Path,
    /// What it holds.
    pub media: &'a Media,
    /// The range: the clip has exactly the frames that are shown from its start on and before its end.
    pub range: TimeRange,
    /// Where to write; what is there is replaced. The caller renames it when all is well.
    pub output: &'a Path,
    /// What of each picture is shown, and in which size; the whole picture in the source's own size otherwise.
    pub framing: Option<&'a ClipFraming>,
    /// Captions to burn in.
    pub captions: Option<&'a CaptionFile>,
    /// How loud it becomes; as loud as it is otherwise.
    pub loudness: Option<LoudnessTarget>,
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
}

impl Default for LoudnessTarget {
    fn default() -> Self {
        Self {
            target: -14.0,
            peak: -1.0,
        }
    }
}
