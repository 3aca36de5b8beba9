//! Input size of a picture for models that take any: sides in steps, in the picture's shape.

/// Sides must be multiples of this.
const STEP: u32 = 32;

/// Returns columns and rows, multiples of 32, in the picture's shape and of about as many pixels as `pixels`.
///
/// A very long picture becomes shorter than it is, never larger than `pixels` and one step.
pub(super) fn input_size((width, height): (u32, u32), pixels: u32) -> (usize, usize) {
    let aspect = f64::from(width.max(1)) / f64::from(height.max(1));
    let most = pixels.max(STEP * STEP) / STEP;
    let columns = in_steps((f64::from(pixels) * aspect).sqrt()).min(in_steps(f64::from(most)));
    let longest = in_steps(f64::from(pixels.max(STEP * STEP)) / f64::from(columns));
    let rows = in_steps(f64::from(columns) / aspect).min(longest);
    (columns as usize, rows as usize)
}

fn in_steps(side: f64) -> u32 {
    ((side / f64::from(STEP)).round() as u32)
        .max(1)
        .saturating_mul(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_size_has_the_pictures_shape() {
        assert_eq!(input_size((1920, 1080), 640 * 352), (640, 352));
        assert_eq!(input_size((1080, 1920), 640 * 352), (352, 640));
        assert_eq!(input_size((500, 500), 320 * 320), (320, 320));
    }

    proptest! {
        #[test]
        fn any_picture_has_a_size_that_the_model_takes(width in any::<u32>(), height in any::<u32>(), pixels in 0..4_000_000_u32) {
            let (columns, rows) = input_size((width, height), pixels);
            prop_assert!(columns > 0 && rows > 0 && columns % 32 == 0 && rows % 32 == 0);
            prop_assert!((columns - 16) * (rows - 16) <= pixels.max(2048) as usize, "{columns}x{rows}");
        }
    }
}
