//! Sharpness of a picture.

use crate::frame::Picture;
use kernels::light;

/// Every so many lines and columns are looked at.
const STEP: usize = 4;
/// Places to either side that a place is blurred with.
const REACH: usize = 4;
/// Less change from place to place than this, on average in levels, is a flat picture with noise.
const FLAT: f32 = 0.5;

/// Returns how much of the change from place to place blurring would take away, 0..1, or `None` for a flat picture.
///
/// A sharp picture loses most of it, a blurred one has none to lose; light and contrast do not matter
/// (Crété and others, "The blur effect", 2007).
pub(super) fn sharpness(picture: &Picture) -> Option<f32> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let pixels = picture.rgb.as_chunks::<3>().0;
    if width <= 2 * REACH || height <= 2 * REACH || pixels.len() < width * height {
        return None;
    }
    let row = |y: usize| (0..width).map(move |x| light(pixels[y * width + x]));
    let column = |x: usize| (0..height).map(move |y| light(pixels[y * width + x]));
    let across = part_lost((0..height).step_by(STEP).map(row));
    let down = part_lost((0..width).step_by(STEP).map(column));
    across.into_iter().chain(down).reduce(f32::min)
}

/// Returns the part of the change along the lines that blurring takes away.
fn part_lost<L: Iterator<Item = u8>>(lines: impl Iterator<Item = L>) -> Option<f32> {
    let (mut change, mut lost, mut places) = (0, 0, 0);
    let mut line = Vec::new();
    for values in lines {
        line.clear();
        line.extend(values.map(i32::from));
        let (line_change, line_lost) = changes(&line);
        (change, lost, places) = (change + line_change, lost + line_lost, places + line.len());
    }
    let change_per_place = change as f32 / WIDTH as f32 / places.max(1) as f32;
    (change_per_place > FLAT).then(|| lost as f32 / change as f32)
}

/// Places whose mean a blurred place is.
const WIDTH: i32 = 2 * REACH as i32 + 1;

/// Returns the change from place to place along a line, and what of it blurring takes away, times [`WIDTH`].
fn changes(line: &[i32]) -> (i64, i64) {
    let (mut change, mut lost) = (0, 0);
    // One step on, a blurred place gains the value that comes in and loses the one that goes out.
    for around in line.windows(WIDTH as usize + 1) {
        let sharp = (around[REACH + 1] - around[REACH]).abs() * WIDTH;
        let blurred = (around[WIDTH as usize] - around[0]).abs();
        change += i64::from(sharp);
        lost += i64::from((sharp - blurred).max(0));
    }
    (change, lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripes of `period` places whose edges take `soft` places.
    fn stripes(period: usize, soft: usize, contrast: f32) -> Picture {
        let (width, height) = (160, 90);
        let hard = |x: isize| (x.rem_euclid(period as isize) < period as isize / 2) as u8 as f32;
        let value = |x: usize| {
            let near = (0..=2 * soft).map(|n| hard((x + n) as isize - soft as isize));
            128.0 + contrast * (near.sum::<f32>() / (2 * soft + 1) as f32 - 0.5)
        };
        let pixel = |place: usize| [(value(place % width) + value(place / width)) as u8 / 2; 3];
        Picture {
            width: width as u32,
            height: height as u32,
            rgb: (0..width * height).flat_map(pixel).collect(),
        }
    }

    #[test]
    fn the_softer_the_edges_the_less_sharp_whatever_the_contrast() {
        for contrast in [60.0, 200.0] {
            let sharp = [0, 1, 3, 8].map(|soft| sharpness(&stripes(40, soft, contrast)).unwrap());
            assert!(sharp.is_sorted_by(|a, b| a > b), "{sharp:?}");
            assert!(sharp[0] > 0.8 && sharp[3] < 0.5, "{sharp:?}");
        }
    }

    #[test]
    fn a_flat_or_tiny_picture_is_neither_sharp_nor_blurred() {
        assert_eq!(sharpness(&stripes(40, 0, 0.0)), None);
        let tiny = Picture {
            width: 2,
            height: 2,
            rgb: vec![0; 12],
        };
        assert_eq!(sharpness(&tiny), None);
    }
}
