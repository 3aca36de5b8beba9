//! Makes the clip's picture from a decoded one: upright, tone-mapped, framed.

use ffmpeg_next::frame;

use super::compose::Framer;
use super::tone::{self, ToneMap};
use super::upright::{Form, Upright};
use crate::frame::Size;
use crate::media::colour::{is_full, known_matrix};
use crate::media::framing::ClipFraming;
use crate::media::raw::{self, Colours};
use crate::media::{Error, VideoStream};
use crate::timeline::Timestamp;

/// Makes a clip's pictures, 8-bit 4:2:0.
pub(in crate::media) struct Maker {
    upright: Upright,
    /// `None` where the whole picture is kept as it is.
    framer: Option<Framer>,
    hdr: bool,
}

impl Maker {
    /// Returns a maker for a stream of which `frame` is a picture; without a framing the whole picture is shown.
    pub(in crate::media) fn new(
        stream: &VideoStream,
        frame: &frame::Video,
        framing: Option<&ClipFraming>,
    ) -> Result<Self, Error> {
        let display = stream.display_size();
        let colours = raw::colour_tags(frame);
        let hdr = tone::is_hdr(colours);
        let whole = ClipFraming::whole(Size::new(display.0, display.1));
        if framing.is_none() && !hdr {
            let (width, height) = whole.even_size();
            return Ok(Self {
                upright: Upright::new(stream, Form::Sized(width, height)),
                framer: None,
                hdr,
            });
        }
        let full = is_full(
            colours.range,
            &raw::pixel_name(raw::picture_shape(frame).format),
        );
        let tone = hdr.then(|| ToneMap::new(colours, full));
        let framing = framing.cloned().unwrap_or(whole);
        Ok(Self {
            upright: Upright::new(stream, Form::Stored),
            framer: Some(Framer::new(framing, display, tone)?),
            hdr,
        })
    }

    /// Returns the size and the colour tags of what comes out for a picture.
    pub(in crate::media) fn look(
        &mut self,
        frame: &frame::Video,
    ) -> Result<((u32, u32), Colours), Error> {
        let picture = self.upright.turn(frame)?;
        let shape = raw::picture_shape(&picture);
        let mut colours = raw::colour_tags(&picture);
        if raw::is_rgb(raw::picture_shape(frame).format) {
            // The filter makes BT.709 of it, in limited range, and does not say so.
            (colours.matrix, colours.range) = (1, 1);
        }
        let size = match &self.framer {
            None => (shape.width, shape.height),
            Some(framer) => {
                // A player guesses untagged colours by the size, which is another one now.
                colours.matrix = known_matrix(colours.matrix, (shape.width, shape.height));
                framer.size()
            }
        };
        Ok((size, if self.hdr { tone::STANDARD } else { colours }))
    }

    /// Returns the clip's picture for one shown at `time` in the source.
    pub(in crate::media) fn picture(
        &mut self,
        frame: &frame::Video,
        time: Timestamp,
    ) -> Result<frame::Video, Error> {
        let upright = self.upright.turn(frame)?;
        match &mut self.framer {
            None => Ok(upright),
            Some(framer) => framer.picture(&upright, time),
        }
    }
}
