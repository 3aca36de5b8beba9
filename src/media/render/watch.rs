//! Defects of the part of the source that a clip shows, measured while it is rendered.

use ffmpeg_next::frame;

use crate::frame::Rect;
use crate::media::defects::{Mask, Shares, Watch};
use crate::media::framing::ClipFraming;
use crate::media::thumbnail48::Thumbnail48;
use crate::media::{Error, VideoStream};
use crate::timeline::Timestamp;

/// Looks at a few of the source's pictures a second, where the clip shows them.
pub(super) struct SourceWatch {
    small: Thumbnail48,
    watch: Watch,
    framing: Option<ClipFraming>,
    /// The source's width to its height.
    whole: f64,
}

impl SourceWatch {
    /// Returns a watch over a stream of which a clip with this framing is made.
    pub(super) fn new(stream: &VideoStream, framing: Option<&ClipFraming>) -> Self {
        let (width, height) = stream.display_size();
        Self {
            small: Thumbnail48::new(stream.rotation),
            watch: Watch::over_source(),
            framing: framing.cloned(),
            whole: f64::from(width) / f64::from(height),
        }
    }

    /// Takes the clip's next picture as it was decoded.
    pub(super) fn see(&mut self, frame: &frame::Video, time: Timestamp) -> Result<(), Error> {
        if !self.watch.is_due(time) {
            return Ok(());
        }
        let small = self.small.picture(frame)?;
        let mask = match &self.framing {
            Some(framing) => Mask::of(&framing.parts(time, self.whole)),
            None => Mask::of(&[Rect::WHOLE]),
        };
        self.watch.take(time, &small, &mask);
        Ok(())
    }

    /// Returns the shares of the time up to `end`.
    pub(super) fn finish(self, end: Timestamp) -> Shares {
        self.watch.finish(end)
    }
}
