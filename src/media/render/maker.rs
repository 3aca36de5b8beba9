//! Makes the clip's picture from a decoded one: upright, in standard colours, framed.

use ffmpeg_next::frame;
use kernels::is_hdr;

use super::colour_map::{ColourMap, SourceColours};
use super::compose::Framer;
use crate::frame::Size;
use crate::media::framing::ClipFraming;
use crate::media::raw;
use crate::media::upright::{Form, Upright};
use crate::media::{Error, VideoStream};
use crate::timeline::Timestamp;

/// Makes a clip's pictures, 8-bit 4:2:0 of BT.709 in limited range.
pub(in crate::media) struct Maker {
    upright: Upright,
    /// `None` where the whole picture is kept as it is.
    framer: Option<Framer>,
    /// Of the last picture; the next may have others.
    colours: Option<SourceColours>,
    whole_size: (u32, u32),
}

impl Maker {
    /// Returns a maker for a stream of which `frame` is a picture; without a framing the whole picture is shown.
    pub(in crate::media) fn new(
        stream: &VideoStream,
        frame: &frame::Video,
        framing: Option<&ClipFraming>,
    ) -> Result<Self, Error> {
        let display = stream.display_size();
        let whole = ClipFraming::whole(Size::new(display.0, display.1));
        let (width, height) = whole.even_size();
        let is_plain = framing.is_none() && !is_hdr(raw::colour_tags(frame));
        let (form, framer) = if is_plain {
            (Form::Sized(width, height), None)
        } else {
            let framing = framing.cloned().unwrap_or(whole);
            (Form::Stored, Some(Framer::new(framing, display)?))
        };
        Ok(Self {
            upright: Upright::new(stream, form),
            framer,
            colours: None,
            whole_size: (width, height),
        })
    }

    /// Returns the size of what comes out.
    pub(in crate::media) fn size(&self) -> (u32, u32) {
        let framer = self.framer.as_ref();
        framer.map_or(self.whole_size, Framer::size)
    }

    /// Returns the clip's picture for one shown at `time` in the source.
    pub(in crate::media) fn picture(
        &mut self,
        frame: &frame::Video,
        time: Timestamp,
    ) -> Result<frame::Video, Error> {
        let upright = self.upright.turn(frame)?;
        let Some(framer) = &mut self.framer else {
            return Ok(upright);
        };
        let colours = SourceColours::of(frame);
        if self.colours != Some(colours) {
            framer.set_colours(ColourMap::of(colours));
            self.colours = Some(colours);
        }
        framer.picture(&upright, time)
    }
}
