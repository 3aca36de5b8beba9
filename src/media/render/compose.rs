//! Composes a clip's picture from the panes of its framing.

use ffmpeg_next::frame;
use kernels::{PixelSample, PlaneMut, Scaler};

use super::backdrop::{BackdropChannel, bands};
use super::colour_map::ColourMap;
use super::source::{SourcePicture, unreadable};
use crate::frame::Rect;
use crate::media::Error;
use crate::media::framing::{Backdrop, ClipFraming, PixelPane};
use crate::media::raw::{self, Pool};
use crate::timeline::Timestamp;

/// Makes a clip's pictures out of upright ones.
pub(in crate::media) struct Framer {
    framing: ClipFraming,
    pool: Pool,
    /// Width to height of the source as people see it.
    whole: f64,
    scaler: Scaler,
    colours: ColourMap,
    /// The picture in 12 bits, before its colours are mapped.
    wide: Vec<u16>,
}

impl Framer {
    /// Returns a maker of pictures from a source of the given display size, in standard colours.
    pub(in crate::media) fn new(framing: ClipFraming, display: (u32, u32)) -> Result<Self, Error> {
        Ok(Self {
            pool: Pool::new(framing.even_size())?,
            framing,
            whole: f64::from(display.0) / f64::from(display.1.max(1)),
            scaler: Scaler::default(),
            colours: ColourMap::Standard,
            wide: Vec::new(),
        })
    }

    /// Sets how the colours of the next pictures become those of the clip.
    pub(super) fn set_colours(&mut self, colours: ColourMap) {
        self.colours = colours;
    }

    /// Returns the size of what comes out.
    pub(in crate::media) fn size(&self) -> (u32, u32) {
        self.framing.even_size()
    }

    /// Returns the clip's picture at `time`: 8-bit 4:2:0.
    ///
    /// The source's picture must be of a form that [`raw::layout`] knows.
    pub(in crate::media) fn picture(
        &mut self,
        upright: &frame::Video,
        time: Timestamp,
    ) -> Result<frame::Video, Error> {
        let (width, height) = self.framing.even_size();
        let size = (width as usize, height as usize);
        let mut picture = self.pool.picture()?;
        let planes = raw::planes_mut(&mut picture).ok_or_else(unreadable)?;
        let mut planes = planes.map(|(samples, stride)| PlaneMut { samples, stride });
        let (panes, behind) = self.framing.panes(time, self.whole);
        let drawing = Drawing {
            source: SourcePicture::of(upright)?,
            panes,
            behind,
            whole: self.whole,
            size,
        };
        if let ColourMap::Standard = self.colours {
            drawing.draw(&mut self.scaler, &mut planes)?;
            return Ok(picture);
        }
        self.wide.resize(size.0 * size.1 * 3 / 2, 0);
        let mut wide = wide_planes(&mut self.wide, size);
        drawing.draw(&mut self.scaler, &mut wide)?;
        match &self.colours {
            ColourMap::Standard => {}
            ColourMap::Tone(tone) => tone.map(&wide, size, &mut planes),
            ColourMap::Matrix(matrix) => matrix.map(&wide, size, &mut planes),
        }
        Ok(picture)
    }
}

/// Cuts a buffer into three planes.
fn wide_planes(buffer: &mut [u16], (width, height): (usize, usize)) -> [PlaneMut<'_, u16>; 3] {
    let (luma, chroma) = buffer.split_at_mut(width * height);
    let (u, v) = chroma.split_at_mut(width * height / 4);
    let target = |(samples, stride)| PlaneMut { samples, stride };
    [(luma, width), (u, width / 2), (v, width / 2)].map(target)
}

/// Parts of one picture.
struct Drawing<'a> {
    source: SourcePicture<'a>,
    panes: Vec<PixelPane>,
    behind: Backdrop,
    whole: f64,
    size: (usize, usize),
}

impl Drawing<'_> {
    fn draw<T: PixelSample>(
        &self,
        scaler: &mut Scaler,
        planes: &mut [PlaneMut<'_, T>; 3],
    ) -> Result<(), Error> {
        for (index, plane) in planes.iter_mut().enumerate() {
            self.draw_behind(index, scaler, plane)?;
            let Some(component) = &self.source.components[index] else {
                continue;
            };
            for pane in &self.panes {
                let mut target = cut(plane, pane.place, index > 0);
                component.draw(
                    scaler,
                    self.source.bits,
                    self.source.size,
                    pane,
                    &mut target,
                );
            }
        }
        Ok(())
    }

    fn draw_behind<T: PixelSample>(
        &self,
        index: usize,
        scaler: &mut Scaler,
        plane: &mut PlaneMut<'_, T>,
    ) -> Result<(), Error> {
        let black = self.source.black(index);
        match (self.behind, &self.source.components[index]) {
            (Backdrop::None, Some(_)) => {}
            (Backdrop::Blurred, Some(component)) => {
                let shape = self.size.0 as f64 / self.size.1 as f64;
                let shown = self.panes.first().map_or(Rect::WHOLE, |pane| pane.part);
                let whole = self.whole * shown.width / shown.height;
                let part = shown.within(Rect::of_shape(whole, shape));
                let SourcePicture { bits, size, .. } = self.source;
                let grid = BackdropChannel::new(component, bits, size, part, self.size, black);
                let grid = grid.ok_or_else(unreadable)?;
                for band in self.panes.iter().flat_map(|pane| bands(pane, self.size)) {
                    let mut target = cut(plane, band, index > 0);
                    grid.draw(scaler, band, self.size, index > 0, &mut target);
                }
            }
            (Backdrop::Black, _) | (_, None) => {
                plane.samples.fill(T::nearest(f32::from(black) * T::UNIT))
            }
        }
        Ok(())
    }
}

/// Returns the place of a pane in a plane that is half as fine for chroma.
fn cut<'a, T>(
    plane: &'a mut PlaneMut<'_, T>,
    [x, y, ..]: [usize; 4],
    chroma: bool,
) -> PlaneMut<'a, T> {
    let fine = if chroma { 2 } else { 1 };
    PlaneMut {
        samples: &mut plane.samples[y / fine * plane.stride + x / fine..],
        stride: plane.stride,
    }
}
