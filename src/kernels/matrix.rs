//! Colour matrix: pictures of BT.601 and others, of limited or full range, as BT.709 in limited range.
//!
//! Both are linear, so luma and chroma of the one are sums of those of the other. Primaries are not touched: those of BT.601 and
//! BT.709 are nearly the same.

use super::colour::{STANDARD, weights_of};
use super::plane::PlaneMut;

/// The level of no colour in 12 bits.
const NEUTRAL: f32 = 2048.0;
/// Levels of 12 bits in one of 8.
const UNIT: f32 = 16.0;

/// Maps pictures of 12 bits to 8.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatrixMap {
    /// Luma of the result: from luma, U, V, and what is added.
    luma: [f32; 4],
    /// U and V of the result: from U and V.
    u: [f32; 2],
    v: [f32; 2],
}

impl MatrixMap {
    /// Returns the map for pictures of an H.273 matrix, in full or limited range.
    pub fn new(matrix: i32, full: bool) -> Self {
        let (red, blue) = weights_of(matrix).shares();
        let green = 1.0 - red - blue;
        let (offset, luma, chroma) = if full {
            (0.0, 255.0, 255.0)
        } else {
            (16.0, 219.0, 224.0)
        };
        // Red, green and blue for one unit of U and of V.
        let of_u = [0.0, -2.0 * blue * (1.0 - blue) / green, 2.0 * (1.0 - blue)];
        let of_v = [2.0 * (1.0 - red), -2.0 * red * (1.0 - red) / green, 0.0];
        let [u, v] = [of_u, of_v].map(|rgb| standard(rgb, chroma));
        let scale = 219.0 / luma;
        Self {
            luma: [scale, u[0], v[0], 16.0 - offset * scale].map(|part| part as f32),
            u: [u[1], v[1]].map(|part| part as f32),
            v: [u[2], v[2]].map(|part| part as f32),
        }
    }

    /// Maps a picture; both are 4:2:0.
    pub fn map(
        &self,
        source: &[PlaneMut<'_, u16>; 3],
        (width, height): (usize, usize),
        into: &mut [PlaneMut<'_, u8>; 3],
    ) {
        let [from_y, from_u, from_v] = source;
        let [y, u, v] = into;
        let (half, mut added) = (width / 2, vec![0.0_f32; width / 2]);
        for row in 0..height / 2 {
            let us = &from_u.samples[row * from_u.stride..][..half];
            let vs = &from_v.samples[row * from_v.stride..][..half];
            for (column, (&a, &b)) in us.iter().zip(vs).enumerate() {
                let (a, b) = (
                    (f32::from(a) - NEUTRAL) / UNIT,
                    (f32::from(b) - NEUTRAL) / UNIT,
                );
                added[column] = self.luma[1] * a + self.luma[2] * b + self.luma[3] + 0.5;
                u.samples[row * u.stride + column] = (self.u[0] * a + self.u[1] * b + 128.5) as u8;
                v.samples[row * v.stride + column] = (self.v[0] * a + self.v[1] * b + 128.5) as u8;
            }
            for row in [2 * row, 2 * row + 1] {
                let lumas = from_y.samples[row * from_y.stride..][..width]
                    .as_chunks::<2>()
                    .0;
                let line = y.samples[row * y.stride..][..width].as_chunks_mut::<2>().0;
                for ((to, from), added) in line.iter_mut().zip(lumas).zip(&added) {
                    *to = from.map(|luma| (f32::from(luma) * (self.luma[0] / UNIT) + added) as u8);
                }
            }
        }
    }
}

/// Returns luma, U and V of BT.709 in limited range for red, green and blue, for each level of chroma of which there are so many.
fn standard(rgb: [f64; 3], levels: f64) -> [f64; 3] {
    let [y, u, v] = weights_of(STANDARD.matrix).yuv_of(rgb);
    [219.0 * y / levels, 224.0 * u / levels, 224.0 * v / levels]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Maps a picture of one colour, given in levels of 8 bits.
    fn mapped(matrix: i32, full: bool, colour: [u16; 3]) -> [u8; 3] {
        let from = colour.map(|level| vec![level * 16; 4]);
        let mut to = [vec![0; 4], vec![0; 1], vec![0; 1]];
        let [y, u, v] = &from;
        let source = [(y, 2), (u, 1), (v, 1)].map(|(samples, stride)| {
            let samples: &mut [u16] = samples.clone().leak();
            PlaneMut { samples, stride }
        });
        let [a, b, c] = &mut to;
        let mut target = [
            PlaneMut {
                samples: a,
                stride: 2,
            },
            PlaneMut {
                samples: b,
                stride: 1,
            },
            PlaneMut {
                samples: c,
                stride: 1,
            },
        ];
        MatrixMap::new(matrix, full).map(&source, (2, 2), &mut target);
        [to[0][0], to[1][0], to[2][0]]
    }

    #[test]
    fn red_of_standard_definition_is_red_of_high_definition() {
        // Pure red of three quarters, in limited range: BT.601 and BT.709.
        assert_eq!(mapped(6, false, [65, 100, 212]), [51, 109, 212]);
    }

    #[test]
    fn full_range_becomes_limited_and_grey_stays_grey() {
        assert_eq!(mapped(1, true, [0, 128, 128]), [16, 128, 128]);
        assert_eq!(mapped(1, true, [255, 128, 128]), [235, 128, 128]);
        assert_eq!(mapped(6, false, [120, 128, 128]), [120, 128, 128]);
    }
}
