//! The 48x27 picture of every frame, averaged straight from the decoder's planes.

use ffmpeg_next::frame;
use kernels::{AreaAverage, Plane, Samples, ToRgb, is_full, known_matrix, level, weights_of};

use super::analysis_frame::RgbScaler;
use super::raw::{self, Chroma, PlaneLayout, Shape};
use super::{Error, Rotation};
use crate::frame::{SMALL_BYTES, SMALL_HEIGHT, SMALL_WIDTH, SmallPicture};

const CELLS: usize = SMALL_WIDTH * SMALL_HEIGHT;

/// Longest side that is averaged as it is; longer ones are scaled down first.
const LONGEST: u32 = 8192;

/// Averages frames to 48x27; their size and format may change within a stream.
pub(super) struct Thumbnail48 {
    rotation: Rotation,
    way: Option<(Shape, Way)>,
}

/// Method of averaging for frames of one shape.
enum Way {
    /// From their own planes.
    Direct(Box<Direct>),
    /// By way of RGB: packed, palette and other rare formats.
    ThroughRgb(Box<ThroughRgb>),
}

struct Direct {
    layout: PlaneLayout,
    size: (usize, usize),
    luma: AreaAverage,
    chroma: AreaAverage,
    colours: ToRgb,
    averages: Averages,
}

/// The averaged cells, stored way up: luma, then chroma in one plane or two.
struct Averages {
    luma: Vec<f32>,
    u: Vec<f32>,
    v: Vec<f32>,
}

struct ThroughRgb {
    scaler: RgbScaler,
    average: AreaAverage,
    averages: Vec<f32>,
}

impl Thumbnail48 {
    /// Returns a maker of small pictures that stand upright.
    pub(super) fn new(rotation: Rotation) -> Self {
        Self {
            rotation,
            way: None,
        }
    }

    /// Returns the frame at 48x27.
    pub(super) fn picture(&mut self, frame: &frame::Video) -> Result<Box<SmallPicture>, Error> {
        let shape = raw::picture_shape(frame);
        if self.way.as_ref().is_none_or(|(known, _)| *known != shape) {
            self.way = Some((shape, Way::of(frame, shape, self.rotation)?));
        }
        let mut picture = Box::new([0; SMALL_BYTES]);
        if let Some((_, Way::Direct(direct))) = &mut self.way {
            if direct.average(frame).is_some() {
                direct.write(self.rotation, &mut picture);
                return Ok(picture);
            }
            self.way = Some((shape, Way::through_rgb(frame, shape, self.rotation)?));
        }
        if let Some((_, Way::ThroughRgb(through))) = &mut self.way {
            through.average(frame)?;
            through.write(self.rotation, &mut picture);
        }
        Ok(picture)
    }
}

impl Way {
    fn of(frame: &frame::Video, shape: Shape, rotation: Rotation) -> Result<Self, Error> {
        match Direct::new(shape, rotation) {
            Some(direct) => Ok(Self::Direct(Box::new(direct))),
            None => Self::through_rgb(frame, shape, rotation),
        }
    }

    fn through_rgb(frame: &frame::Video, shape: Shape, rotation: Rotation) -> Result<Self, Error> {
        let (width, height) = (shape.width.min(LONGEST), shape.height.min(LONGEST));
        let grid = rotation.turn_size((SMALL_WIDTH, SMALL_HEIGHT));
        let average = AreaAverage::new((width as usize, height as usize), (0, 0), grid);
        Ok(Self::ThroughRgb(Box::new(ThroughRgb {
            scaler: RgbScaler::new(frame, (width, height))?,
            average: average.ok_or(Error::Corrupt { good_frames: 0 })?,
            averages: vec![0.0; SMALL_BYTES],
        })))
    }
}

impl Direct {
    /// Returns a way for frames whose planes can be averaged as they are.
    fn new(shape: Shape, rotation: Rotation) -> Option<Self> {
        let layout = raw::plane_layout(shape.format)?;
        let stored = (shape.width, shape.height);
        let size = (stored.0 as usize, stored.1 as usize);
        let grid = rotation.turn_size((SMALL_WIDTH, SMALL_HEIGHT));
        let weights = weights_of(known_matrix(shape.matrix, stored));
        let full = is_full(shape.range, &raw::pixel_name(shape.format));
        let colours = ToRgb::new(weights, full, layout.bits);
        let neutral = colours.neutral();
        Some(Self {
            layout,
            size,
            luma: AreaAverage::new(size, (0, 0), grid)?,
            chroma: AreaAverage::new(size, layout.shift, grid)?,
            colours,
            averages: Averages {
                luma: vec![0.0; CELLS],
                u: vec![neutral; CELLS * 2],
                v: vec![neutral; CELLS],
            },
        })
    }

    /// Averages all planes; `None` when a plane is not as its format promises.
    fn average(&mut self, frame: &frame::Video) -> Option<()> {
        let (width, height) = self.size;
        let (across, down) = self.layout.shift;
        let coarse = (width.div_ceil(1 << across), height.div_ceil(1 << down));
        let bits = self.layout.bits;
        let samples = |plane, size| raw::plane_samples(frame, bits, plane, size);
        let (averages, chroma) = (&mut self.averages, &mut self.chroma);
        self.luma
            .average(samples((0, 1), self.size)?, &mut averages.luma);
        match self.layout.chroma {
            Chroma::None => {}
            Chroma::Planes => {
                chroma.average(samples((1, 1), coarse)?, &mut averages.u);
                chroma.average(samples((2, 1), coarse)?, &mut averages.v);
            }
            Chroma::Interleaved { .. } => {
                chroma.average(samples((1, 2), coarse)?, &mut averages.u);
            }
        }
        Some(())
    }

    fn chroma_of(&self, cell: usize) -> (f32, f32) {
        let Averages { u, v, .. } = &self.averages;
        match self.layout.chroma {
            Chroma::None | Chroma::Planes => (u[cell], v[cell]),
            Chroma::Interleaved { v_first: false } => (u[2 * cell], u[2 * cell + 1]),
            Chroma::Interleaved { v_first: true } => (u[2 * cell + 1], u[2 * cell]),
        }
    }

    fn write(&self, rotation: Rotation, picture: &mut SmallPicture) {
        write_turned(rotation, picture, |cell| {
            let (u, v) = self.chroma_of(cell);
            self.colours.rgb(self.averages.luma[cell], u, v)
        });
    }
}

impl ThroughRgb {
    fn average(&mut self, frame: &frame::Video) -> Result<(), Error> {
        let (samples, stride) = self.scaler.run(frame)?;
        let plane = Plane {
            samples,
            stride,
            channels: 3,
        };
        self.average
            .average(Samples::Bytes(plane), &mut self.averages);
        Ok(())
    }

    fn write(&self, rotation: Rotation, picture: &mut SmallPicture) {
        let (cells, _) = self.averages.as_chunks::<3>();
        write_turned(rotation, picture, |cell| cells[cell].map(level));
    }
}

/// Writes the colour of each stored cell to its place in the upright picture.
fn write_turned(rotation: Rotation, picture: &mut SmallPicture, colour: impl Fn(usize) -> [u8; 3]) {
    let stored = rotation.turn_size((SMALL_WIDTH, SMALL_HEIGHT));
    let mut cell = 0;
    rotation.for_each_place(stored, |place| {
        picture[place * 3..place * 3 + 3].copy_from_slice(&colour(cell));
        cell += 1;
    });
}
