//! Source planes of a picture, and which samples make each sample of a pane.

use ffmpeg_next::frame;
use kernels::{PixelSample, PlaneMut, Samples, ScaleAxis, ScaleSource, Scaler, is_full};

use crate::media::Error;
use crate::media::framing::PixelPane;
use crate::media::raw::{self, Chroma};

/// Chroma siting of the clip: level with even columns, between two rows; in its own samples.
const SITE: (f64, f64) = (0.25, 0.5);

/// An upright picture whose samples can be read as they are.
pub(super) struct SourcePicture<'a> {
    /// Luma and the two of chroma; grey has no chroma.
    pub(super) components: [Option<Component<'a>>; 3],
    /// Of a sample: 8 to 12.
    pub(super) bits: u32,
    /// Whether samples use their full range.
    pub(super) full: bool,
    /// Columns and rows.
    pub(super) size: (usize, usize),
}

/// One channel of a picture.
pub(super) struct Component<'a> {
    pub(super) samples: Samples<'a>,
    /// Which of the values that share a place.
    pub(super) channel: usize,
    /// Columns and rows of its own.
    size: (usize, usize),
    /// How much coarser than luma, as powers of two.
    pub(super) shift: (u32, u32),
    /// Where its first sample lies, in its own samples.
    site: (f64, f64),
    chroma: bool,
}

impl<'a> SourcePicture<'a> {
    /// Returns the samples of a picture of a form that [`raw::plane_layout`] knows.
    pub(super) fn of(frame: &'a frame::Video) -> Result<Self, Error> {
        let shape = raw::picture_shape(frame);
        let layout = raw::plane_layout(shape.format).ok_or_else(unreadable)?;
        let component = |index| Component::of(frame, shape, layout, index);
        if component(0).is_none() || (layout.chroma != Chroma::None && component(2).is_none()) {
            return Err(unreadable());
        }
        Ok(Self {
            components: [component(0), component(1), component(2)],
            bits: layout.bits,
            full: is_full(shape.range, &raw::pixel_name(shape.format)),
            size: (shape.width as usize, shape.height as usize),
        })
    }

    /// Returns the level of black, and of no colour, in 8 bits.
    pub(super) fn black(&self, index: usize) -> u8 {
        match (index, self.full) {
            (0, true) => 0,
            (0, false) => 16,
            _ => 128,
        }
    }
}

impl<'a> Component<'a> {
    fn of(
        frame: &'a frame::Video,
        shape: raw::Shape,
        layout: raw::PlaneLayout,
        index: usize,
    ) -> Option<Self> {
        let chroma = index > 0;
        let (plane, channel, channels) = match layout.chroma {
            _ if !chroma => (0, 0, 1),
            Chroma::None => return None,
            Chroma::Planes => (index, 0, 1),
            Chroma::Interleaved { v_first } => (1, usize::from((index == 2) != v_first), 2),
        };
        let shift = if chroma { layout.shift } else { (0, 0) };
        let size = (
            (shape.width as usize).div_ceil(1 << shift.0),
            (shape.height as usize).div_ceil(1 << shift.1),
        );
        let site = raw::chroma_site(frame);
        Some(Self {
            samples: raw::plane_samples(frame, layout.bits, (plane, channels), size)?,
            channel,
            size,
            shift,
            // Where chroma is as fine as luma, both lie in the middle of their pixels.
            site: (
                if shift.0 > 0 { site.0 } else { 0.5 },
                if shift.1 > 0 { site.1 } else { 0.5 },
            ),
            chroma,
        })
    }

    /// Scales what a pane shows into its place; `luma` is the picture's size.
    pub(super) fn draw<T: PixelSample>(
        &self,
        scaler: &mut Scaler,
        bits: u32,
        luma: (usize, usize),
        pane: &PixelPane,
        target: &mut PlaneMut<'_, T>,
    ) {
        let [_, _, width, height] = pane.place;
        let part = pane.part;
        let axis = |start: f64, length: f64, count: usize, size, (shift, site), to_site| {
            let count = if self.chroma { count / 2 } else { count };
            let to_site = if self.chroma { to_site } else { 0.5 };
            let fine = f64::from(1_u32 << shift);
            let step = length / count as f64 / fine;
            ScaleAxis::new(size, start / fine + to_site * step - site, step, count)
        };
        let (w, h) = (luma.0 as f64, luma.1 as f64);
        let across = axis(
            part.x * w,
            part.width * w,
            width,
            self.size.0,
            (self.shift.0, self.site.0),
            SITE.0,
        );
        let down = axis(
            part.y * h,
            part.height * h,
            height,
            self.size.1,
            (self.shift.1, self.site.1),
            SITE.1,
        );
        let source = ScaleSource {
            samples: self.samples,
            channel: self.channel,
            bits,
            axes: (&across, &down),
        };
        scaler.scale(source, target);
    }
}

pub(super) fn unreadable() -> Error {
    Error::Ffmpeg("a picture's samples are not where they should be".into())
}
