//! Luma of a picture, row by row.

use ffmpeg_next::frame;

use super::raw::{self, Chroma};

/// The luma of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LumaPicture {
    samples: Vec<u8>,
    width: usize,
    height: usize,
}

impl LumaPicture {
    /// Returns the luma of a picture; `None` for one that is not 8-bit and planar.
    pub(super) fn of(frame: &frame::Video) -> Option<Self> {
        let shape = raw::picture_shape(frame);
        let layout = raw::plane_layout(shape.format);
        layout.filter(|layout| layout.bits == 8 && layout.chroma == Chroma::Planes)?;
        let (width, height) = (shape.width as usize, shape.height as usize);
        let (samples, stride) = raw::plane(frame, 0, width, height)?;
        Some(Self::new(samples, stride, (width, height)))
    }

    /// Copies the samples of a picture whose rows are `stride` apart.
    pub(super) fn new(samples: &[u8], stride: usize, (width, height): (usize, usize)) -> Self {
        let rows = samples.chunks(stride).take(height);
        Self {
            samples: rows.flat_map(|row| &row[..width]).copied().collect(),
            width,
            height,
        }
    }

    /// Returns columns and rows.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Returns how much the block differs most that differs most from that of another picture of this size, as a sum of levels.
    pub(super) fn difference(&self, other: &Self) -> u32 {
        const SIDE: usize = 32;
        let mut most = 0;
        for top in (0..self.height).step_by(SIDE) {
            let mut sums = vec![0; self.width.div_ceil(SIDE)];
            for row in top..(top + SIDE).min(self.height) {
                let pairs = self.row(row).chunks(SIDE).zip(other.row(row).chunks(SIDE));
                for (sum, (a, b)) in sums.iter_mut().zip(pairs) {
                    let levels = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)));
                    *sum += levels.sum::<u32>();
                }
            }
            most = sums.into_iter().fold(most, u32::max);
        }
        most
    }

    /// Returns the samples of a row.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        &self.samples[row * self.width..(row + 1) * self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bright bar of 20 columns from `left` on, over a dark ground.
    fn bar(left: usize) -> LumaPicture {
        let row = |_| {
            (0..96).map(move |x| {
                if (left..left + 20).contains(&x) {
                    200
                } else {
                    40
                }
            })
        };
        let samples: Vec<u8> = (0..96).flat_map(row).collect();
        LumaPicture::new(&samples, 96, (96, 96))
    }

    #[test]
    fn what_moves_in_a_corner_counts_as_much_as_anywhere() {
        let (one, other) = (bar(10), bar(11));
        assert_eq!(one.difference(&one), 0);
        assert_eq!(one.difference(&other), 32 * 2 * 160);
    }
}
