//! The decode pass over a video: a 48x27 picture of every frame and analysis frames of some, in display order.

use std::ops::ControlFlow;
use std::path::Path;

use super::analysis_frame::AnalysisFrames;
use super::pictures::PictureSource;
use super::sampling::Pictures;
use super::thumbnail48::Thumbnail48;
use super::timebase::{Pace, Still};
use super::{Error, Limits, Media, VideoStream};
use crate::frame::{Frame, Rect};
use crate::timeline::Timestamp;

/// Options of the decode pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodePlan {
    /// Threads of the decoder; 1 decodes on the caller's own.
    pub threads: usize,
    /// AnalysisFrames pictures, if any are wanted.
    pub pictures: Option<Pictures>,
}

/// Result of the decode pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Frames shown to the caller.
    pub frames: u64,
    /// End of the last frame.
    pub end: Option<Timestamp>,
    /// Packets that gave nothing and frames known to be damaged.
    pub corrupt: u64,
    /// Whether the gaps between frames vary.
    pub vfr: bool,
    /// The frames whose shape is not that of the one before, and the part of the picture that is theirs: the rest is black.
    pub reshaped: Vec<(u64, Rect)>,
    /// Whether the caller ended the pass.
    pub stopped: bool,
}

/// Decodes the chosen video stream and shows `visit` each frame as it comes, until it breaks off.
///
/// Frames are numbered from 0 in display order, as `ffprobe -show_frames` lists them, and carry its times; a frame without
/// a time follows the one before it, and times never go back. What is damaged is counted, not fatal, as long as one frame
/// comes out.
///
/// # Errors
/// [`Error::ReadError`] when the system stops giving the file's bytes, however many frames came out before.
pub fn decode(
    path: &Path,
    media: &Media,
    plan: &DecodePlan,
    limits: &Limits,
    visit: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<Decoded, Error> {
    let stream = media.video.as_ref().ok_or(Error::NoVideoStream)?;
    let mut pictures = PictureSource::open(path, media, stream, plan.threads, limits)?;
    let mut pass = Pass::new(stream, plan);
    let mut stopped = false;
    while !stopped && let Some(still) = pictures.next()? {
        stopped = visit(pass.show(&still)?).is_break();
    }
    pass.finish(pictures.lost(), stopped)
}

/// State of the decode pass.
struct Pass {
    pace: Pace,
    base: (i32, i32),
    small: Thumbnail48,
    larger: Option<AnalysisFrames>,
    frames: u64,
    end: Option<Timestamp>,
    reshaped: Vec<(u64, Rect)>,
}

impl Pass {
    fn new(stream: &VideoStream, plan: &DecodePlan) -> Self {
        let larger = |pictures: &Pictures| AnalysisFrames::new(pictures, stream);
        Self {
            pace: Pace::default(),
            base: stream.time_base,
            small: Thumbnail48::new(stream.rotation),
            larger: plan.pictures.as_ref().map(larger),
            frames: 0,
            end: None,
            reshaped: Vec::new(),
        }
    }

    fn show(&mut self, still: &Still) -> Result<Frame, Error> {
        let Still { frame, shown, .. } = still;
        self.reshaped
            .extend(still.reshaped.map(|part| (self.frames, part)));
        self.pace.note(shown.time);
        let small = self.small.picture(frame)?;
        let picture = match &mut self.larger {
            Some(larger) => larger.take(frame, shown.time, &small)?,
            None => None,
        };
        let shown_frame = Frame {
            index: self.frames,
            time: shown.time,
            small,
            picture,
        };
        self.frames += 1;
        self.end = Some(shown.end);
        Ok(shown_frame)
    }

    fn finish(self, corrupt: u64, stopped: bool) -> Result<Decoded, Error> {
        match (self.frames, corrupt) {
            (0, 0) => Err(Error::NoVideoStream),
            (0, _) => Err(Error::Corrupt { good_frames: 0 }),
            (frames, corrupt) => Ok(Decoded {
                frames,
                end: self.end,
                corrupt,
                vfr: self.pace.varies(self.base),
                reshaped: self.reshaped,
                stopped,
            }),
        }
    }
}
