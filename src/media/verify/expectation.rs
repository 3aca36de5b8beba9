//! Expectation: what a clip should be.

use std::path::PathBuf;
use std::time::Duration;

use crate::frame::Rect;
use crate::media::{
    CaptionFile, ChannelRepairs, ClipFraming, LoudnessTarget, Media, Shares, VideoCodec,
};
use crate::timeline::{FrameRate, TimeRange, Timestamp};

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
    /// Whether they were encoded so coarsely by choice that detail may be lost.
    pub coarse: bool,
    /// Whether something is to be heard.
    pub audible: bool,
    /// How loud it is to be.
    pub loudness: Option<LoudnessTarget>,
    /// How much of what it shows of the source was black, frozen or blank, as [`Rendered::source`](crate::media::Rendered) says;
    /// where that is not known, nobody can tell.
    pub source: Option<Shares>,
    /// What it is a clip of; where that is not known, its content is not compared.
    pub clip_of: Option<ClipSource>,
    /// Captions that are to be seen.
    pub captions: Option<Cues>,
    /// The share of the faces that the framing shows, as [`faces_inside`](crate::media::faces_inside) says.
    pub faces: Option<f64>,
    /// The same share of the heads of persons whose face is not seen.
    pub persons: Option<f64>,
    /// How much of the text in the source's picture the framing cuts, where there is some.
    pub text: Option<TextLimit>,
    /// How far the framing stretches pictures, as [`stretch`](crate::media::stretch) says.
    pub stretch: f64,
}

/// Text that a framing cuts, and how much of it may be cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextLimit {
    /// The share of the time with text in which some is cut, as [`cut_text`](crate::media::cut_text) says.
    pub cut: f64,
    /// The most that may be.
    pub limit: f64,
}

/// What a clip was made of, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipSource {
    /// The video.
    pub path: PathBuf,
    /// What it holds.
    pub media: Media,
    /// When the clip begins in it.
    pub start: Timestamp,
    /// Frames a second of the clip.
    pub rate: FrameRate,
    /// What of each picture is shown; the whole otherwise.
    pub framing: Option<ClipFraming>,
    /// What was done to the two channels of each track of its sound.
    pub channels: ChannelRepairs,
}

impl ClipSource {
    /// Returns the last time at which a picture begins that is shown at `time`: containers round times.
    pub(super) fn last_shown(&self, time: Timestamp) -> Timestamp {
        let (num, den) = self.rate.fraction();
        let fifth = Timestamp::from_ticks(1, den, num.saturating_mul(5));
        time + fifth.unwrap_or(Timestamp::ZERO)
    }
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
