//! Analysis frames: the larger upright RGB picture of some frames, for the vision models.

use ffmpeg_next::{format::Pixel, frame, software::scaling};

use super::raw::{self, Shape};
use super::sampling::{CUT_SPACING, Cuts, Pictures, SamplingGrid};
use super::{Error, Rotation, VideoStream};
use crate::frame::{Picture, SmallPicture};
use crate::timeline::Timestamp;
use kernels::{is_full, known_matrix};

/// Scales pictures of one shape to RGB of one size.
pub(super) struct RgbScaler {
    shape: Shape,
    context: scaling::Context,
    output: frame::Video,
}

impl RgbScaler {
    /// Returns a scaler that averages over areas and knows the source's colours.
    pub(super) fn new(frame: &frame::Video, (width, height): (u32, u32)) -> Result<Self, Error> {
        let shape = raw::picture_shape(frame);
        let mut context = scaling::Context::get(
            frame.format(),
            shape.width,
            shape.height,
            Pixel::RGB24,
            width,
            height,
            scaling::Flags::AREA | scaling::Flags::ACCURATE_RND,
        )?;
        let matrix = known_matrix(shape.matrix, (shape.width, shape.height));
        let full = is_full(shape.range, &raw::pixel_name(shape.format));
        raw::set_source_colours(&mut context, matrix, full);
        Ok(Self {
            shape,
            context,
            output: frame::Video::new(Pixel::RGB24, width, height),
        })
    }

    /// Returns the picture as packed RGB, with the bytes from one row to the next.
    pub(super) fn run(&mut self, frame: &frame::Video) -> Result<(&[u8], usize), Error> {
        self.context.run(frame, &mut self.output)?;
        let (width, height) = (self.output.width() as usize, self.output.height() as usize);
        raw::plane(&self.output, 0, width * 3, height)
            .ok_or_else(|| Error::Ffmpeg("no memory for a picture".into()))
    }

    fn size(&self) -> (u32, u32) {
        (self.output.width(), self.output.height())
    }
}

/// Makes upright pictures of a stream's frames, however their shape changes.
pub(super) struct Scaled {
    rotation: Rotation,
    /// Width to height of the stored picture as people see it, for a picture of one row.
    row_width: f64,
    width: u32,
    scaler: Option<RgbScaler>,
}

impl Scaled {
    /// Returns a maker of pictures that are `width` wide in square pixels; smaller videos keep their own width.
    pub(super) fn new(stream: &VideoStream, width: u32) -> Self {
        let (columns, rows) = stream.rotation.turn_size((stream.width, stream.height));
        let (wide, high) = stream.sample_aspect;
        let shown = f64::from(columns) * f64::from(wide) / f64::from(high);
        Self {
            rotation: stream.rotation,
            row_width: shown / f64::from(rows.max(1)),
            width,
            scaler: None,
        }
    }

    /// Returns the picture of a frame.
    pub(super) fn picture(&mut self, frame: &frame::Video) -> Result<Picture, Error> {
        let shape = raw::picture_shape(frame);
        let scaler = match &mut self.scaler {
            Some(scaler) if scaler.shape == shape => scaler,
            slot => {
                let size = stored_size(shape.height, self.row_width, self.rotation, self.width);
                slot.insert(RgbScaler::new(frame, size)?)
            }
        };
        let size = scaler.size();
        let (rows, stride) = scaler.run(frame)?;
        Ok(upright(rows, stride, size, self.rotation))
    }
}

/// Makes the analysis frames that a plan asks for.
pub(super) struct AnalysisFrames {
    scaled: Scaled,
    grid: SamplingGrid,
    cuts: Cuts,
}

impl AnalysisFrames {
    /// Returns a maker of pictures for a stream.
    pub(super) fn new(plan: &Pictures, stream: &VideoStream) -> Self {
        Self {
            scaled: Scaled::new(stream, plan.width),
            grid: SamplingGrid::new(plan.interval),
            cuts: Cuts::new(plan.interval / CUT_SPACING),
        }
    }

    /// Returns the picture of a frame shown at `time`, if one is due.
    pub(super) fn take(
        &mut self,
        frame: &frame::Video,
        time: Timestamp,
        small: &SmallPicture,
    ) -> Result<Option<Picture>, Error> {
        let on_grid = self.grid.is_due(time);
        let is_due = self.cuts.is_due(time, small, on_grid);
        is_due.then(|| self.scaled.picture(frame)).transpose()
    }
}

/// Returns the size, still stored way up, of a picture that is `width` wide in square pixels when upright; never enlarged.
///
/// It is stored in so many rows, and `row_width` times as wide as high.
fn stored_size(rows: u32, row_width: f64, rotation: Rotation, width: u32) -> (u32, u32) {
    let rows = f64::from(rows);
    // What is a whole number of columns must not become a little less.
    let columns = (rows * row_width * 1e6).round() / 1e6;
    let shown = rotation.turn_size((columns, rows));
    let width = f64::from(width.max(1)).min(shown.0.round().max(1.0));
    let height = (shown.1 * width / shown.0).round().max(1.0);
    rotation.turn_size((width as u32, height as u32))
}

/// Copies rows of RGB into a picture of their own, turned upright.
fn upright(rows: &[u8], stride: usize, stored: (u32, u32), rotation: Rotation) -> Picture {
    let line = stored.0 as usize * 3;
    let (width, height) = rotation.turn_size(stored);
    let lines = rows.chunks(stride).map(|row| &row[..line]);
    let rgb = if rotation == Rotation::NONE {
        lines.flatten().copied().collect()
    } else {
        let mut rgb = vec![0; line * stored.1 as usize];
        let mut pixels = lines.flat_map(|row| row.as_chunks::<3>().0);
        rotation.for_each_place((stored.0 as usize, stored.1 as usize), |place| {
            if let Some(pixel) = pixels.next() {
                rgb[place * 3..place * 3 + 3].copy_from_slice(pixel);
            }
        });
        rgb
    };
    Picture { width, height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: [i32; 9] = [0, 1, 0, -1, 0, 0, 0, 0, 1];

    #[test]
    fn a_picture_keeps_the_shape_people_see() {
        let quarter = Rotation::from_matrix(QUARTER);
        assert_eq!(
            stored_size(1080, 16.0 / 9.0, Rotation::NONE, 640),
            (640, 360)
        );
        assert_eq!(
            stored_size(480, 16.0 / 9.0, Rotation::NONE, 640),
            (640, 360)
        );
        assert_eq!(stored_size(1080, 16.0 / 9.0, quarter, 540), (960, 540));
        assert_eq!(
            stored_size(180, 16.0 / 9.0, Rotation::NONE, 640),
            (320, 180)
        );
        assert_eq!(
            stored_size(9000, 1.0 / 9000.0, Rotation::NONE, 640),
            (1, 9000)
        );
    }

    #[test]
    fn padding_between_rows_is_left_out() {
        let rows = [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12];
        let plain = upright(&rows, 8, (2, 2), Rotation::NONE);
        assert_eq!(plain.rgb, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        let turned = upright(&rows, 8, (2, 2), Rotation::from_matrix(QUARTER));
        assert_eq!(turned.rgb, [7, 8, 9, 1, 2, 3, 10, 11, 12, 4, 5, 6]);
    }
}
