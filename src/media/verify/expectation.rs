//! Expectation: what a clip should be.

use std::time::Duration;

use crate::frame::Rect;
use crate::media::{CaptionFile, LoudnessTarget, Shares, VideoCodec};
use crate::timeline::TimeRange;

/// Expected properties of a clip.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// Frames.
    pub frames: u64,
    /// From the first frame to the end of the last.
    pub duration: Duration,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What its pictures were encoded with.
    pub codec: VideoCodec,
    /// Whether something is to be heard.
    pub audible: bool,
    /// How loud it is to be.
    pub loudness: Option<LoudnessTarget>,
    /// How much of what it shows of the source was black, frozen or blank, as [`Rendered::source`](crate::media::Rendered) says;
    /// where that is not known, nobody can tell.
    pub source: Option<Shares>,
    /// Captions that are to be seen.
    pub captions: Option<Cues>,
    /// The share of the faces that the framing shows, as [`faces_inside`](crate::media::faces_inside) says.
    pub faces: Option<f64>,
    /// How far the framing stretches pictures, as [`stretch`](crate::media::stretch) says.
    pub stretch: f64,
}

/// Captions that were burned in.
#[derive(Debug, Clone, PartialEq)]
pub struct Cues {
    /// The same that the clip was rendered with.
    pub captions: CaptionFile,
    /// When there is something to read, on the clip's clock.
    pub times: Vec<TimeRange>,
    /// Where it may stand.
    pub area: Rect,
}
