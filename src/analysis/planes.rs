//! Input tensors of vision models: one plane of floats per colour, at the model's size.

use std::borrow::Cow;

use kernels::{Resizer, subtract_mean};
use rayon::prelude::*;

use crate::frame::Picture;
use crate::inference::Error;

/// Input format of a vision model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Planes {
    /// Columns and rows of a plane.
    pub(super) size: (usize, usize),
    /// Whether a picture keeps its shape, in the middle of a black frame, or is stretched to the size.
    pub(super) framed: bool,
    /// The colour that each plane holds.
    pub(super) order: [usize; 3],
    /// Taken from each value of a plane, 0..255.
    pub(super) mean: [f32; 3],
    /// What the rest is divided by.
    pub(super) deviation: [f32; 3],
}

/// Red first, as pictures have it.
pub(super) const RGB: [usize; 3] = [0, 1, 2];
/// Blue first.
pub(super) const BGR: [usize; 3] = [2, 1, 0];

/// The part of a plane that holds the picture, in places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlaneArea {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Planes {
    /// Returns the pictures as `[pictures, 3, rows, columns]`.
    ///
    /// # Errors
    /// [`Error::Run`] for a picture without pixels or with fewer than its size says.
    pub(super) fn of(&self, pictures: &[&Picture]) -> Result<Vec<f32>, Error> {
        let one = self.size.0 * self.size.1 * 3;
        let mut values = vec![0.0; pictures.len() * one];
        match pictures {
            // Alone, it is done before another thread would have woken up.
            [picture] => self.fill(&mut Resizer::default(), picture, &mut values)?,
            _ => pictures
                .par_iter()
                .zip(values.par_chunks_mut(one))
                .try_for_each_init(Resizer::default, |resizer, (picture, values)| {
                    self.fill(resizer, picture, values)
                })?,
        }
        Ok(values)
    }

    /// Returns where in a plane a picture of this size lies.
    pub(super) fn part(&self, (width, height): (u32, u32)) -> PlaneArea {
        let (columns, rows) = self.size;
        if !self.framed {
            return PlaneArea {
                left: 0,
                top: 0,
                width: columns,
                height: rows,
            };
        }
        let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
        let ratio = (columns as f64 / width).min(rows as f64 / height);
        let inside = |side: f64, most: usize| ((side * ratio).round() as usize).clamp(1, most);
        let (width, height) = (inside(width, columns), inside(height, rows));
        PlaneArea {
            left: (columns - width) / 2,
            top: (rows - height) / 2,
            width,
            height,
        }
    }

    fn fill(
        &self,
        resizer: &mut Resizer,
        picture: &Picture,
        values: &mut [f32],
    ) -> Result<(), Error> {
        let part = self.part((picture.width, picture.height));
        let resized = resize(resizer, picture, (part.width as u32, part.height as u32))?;
        let (columns, rows) = self.size;
        for (number, plane) in values.chunks_exact_mut(columns * rows).enumerate() {
            let (mean, scale) = (self.mean[number], 1.0 / self.deviation[number]);
            let channel = self.order[number];
            if part.width < columns || part.height < rows {
                plane.fill(-mean * scale);
            }
            let lines = plane.chunks_exact_mut(columns).skip(part.top);
            for (line, pixels) in lines.zip(resized.chunks_exact(part.width * 3)) {
                let line = &mut line[part.left..part.left + part.width];
                subtract_mean(pixels, channel, (mean, scale), line);
            }
        }
        Ok(())
    }
}

/// Returns the picture's bytes at another size; each pixel is averaged over what it stands for.
fn resize<'a>(
    resizer: &mut Resizer,
    picture: &'a Picture,
    size: (u32, u32),
) -> Result<Cow<'a, [u8]>, Error> {
    let (width, height) = (picture.width, picture.height);
    resizer
        .resize(&picture.rgb, (width, height), size)
        .map_err(|e| Error::Run(format!("a picture of {width}x{height}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: Planes = Planes {
        size: (4, 2),
        framed: false,
        order: RGB,
        mean: [0.0; 3],
        deviation: [1.0; 3],
    };

    fn picture(width: u32, height: u32, rgb: [u8; 3]) -> Picture {
        Picture {
            width,
            height,
            rgb: rgb.repeat((width * height) as usize),
        }
    }

    #[test]
    fn each_colour_gets_its_plane_at_the_models_size() {
        let found = BYTES.of(&[&picture(8, 8, [1, 2, 3])]).unwrap();
        assert_eq!(found, [[1.0; 8], [2.0; 8], [3.0; 8]].concat());
    }

    #[test]
    fn blue_comes_first_where_the_model_wants_it() {
        let planes = Planes {
            order: BGR,
            mean: [0.0, 0.0, 1.0],
            ..BYTES
        };
        let found = planes.of(&[&picture(8, 8, [1, 2, 3])]).unwrap();
        assert_eq!(found, [[3.0; 8], [2.0; 8], [0.0; 8]].concat());
    }

    #[test]
    fn a_picture_of_the_models_size_is_taken_as_it_is() {
        let rgb = (0..24).collect();
        let picture = Picture {
            width: 4,
            height: 2,
            rgb,
        };
        let found = BYTES.of(&[&picture]).unwrap();
        assert_eq!(found[..3], [0.0, 3.0, 6.0]);
        assert_eq!(found[8..11], [1.0, 4.0, 7.0]);
    }

    #[test]
    fn a_framed_picture_keeps_its_shape_between_black() {
        let planes = Planes {
            size: (4, 4),
            framed: true,
            order: RGB,
            mean: [10.0; 3],
            deviation: [5.0; 3],
        };
        let found = planes.of(&[&picture(8, 4, [20, 20, 20])]).unwrap();
        let (black, grey) = ([-2.0; 4], [2.0; 4]);
        assert_eq!(found[..16], [black, grey, grey, black].concat());
        let tall = planes.part((1, 9000));
        assert_eq!((tall.left, tall.width, tall.height), (1, 1, 4));
    }

    #[test]
    fn many_pictures_are_the_same_as_one_after_the_other() {
        let (dark, light) = (picture(9, 5, [3, 2, 1]), picture(4, 2, [250, 251, 252]));
        let both = BYTES.of(&[&dark, &light]).unwrap();
        let alone = [BYTES.of(&[&dark]).unwrap(), BYTES.of(&[&light]).unwrap()];
        assert_eq!(both, alone.concat());
    }

    #[test]
    fn a_picture_with_fewer_pixels_than_it_says_is_refused() {
        for (width, height, bytes) in [(8, 8, 3), (0, 8, 0), (0, 0, 0), (4, 2, 23)] {
            let rgb = vec![0; bytes];
            let picture = Picture { width, height, rgb };
            assert!(
                matches!(BYTES.of(&[&picture]), Err(Error::Run(_))),
                "{width}x{height}"
            );
        }
    }
}
