//! Whole small pictures: their light, how much is to be seen, which places differ.

use super::light;

/// Writes the light of each pixel of `rgb`, three bytes each.
pub fn lights(rgb: &[u8], lights: &mut [u8]) {
    for (light_of, pixel) in lights.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *light_of = light(*pixel);
    }
}

/// Returns how far lights are from their mean, on average, in levels; 0 of none.
pub fn contrast(lights: &[u8]) -> f32 {
    let count = lights.len().max(1) as f32;
    let mean = lights.iter().map(|light| f32::from(*light)).sum::<f32>() / count;
    let away = lights.iter().map(|light| (f32::from(*light) - mean).abs());
    away.sum::<f32>() / count
}

/// Sets a bit for each light that differs by `least` levels or more, the first in the lowest bit of the first word.
pub fn changed_places(before: &[u8], after: &[u8], least: u8, bits: &mut [u64]) {
    let pairs = before.chunks(64).zip(after.chunks(64));
    for (word, (before, after)) in bits.iter_mut().zip(pairs) {
        *word = 0;
        for (bit, (a, b)) in before.iter().zip(after).enumerate() {
            *word |= u64::from(a.abs_diff(*b) >= least) << bit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_the_mean_way_from_the_mean() {
        assert_eq!(contrast(&[10, 10, 30, 30]), 10.0);
        assert_eq!(contrast(&[7; 9]), 0.0);
        assert_eq!(contrast(&[]), 0.0);
    }

    #[test]
    fn a_bit_is_set_where_a_light_differs() {
        let (before, mut after) = ([9; 70], [9; 70]);
        (after[1], after[2], after[69]) = (15, 14, 3);
        let mut bits = [7; 2];
        changed_places(&before, &after, 6, &mut bits);
        assert_eq!(bits, [0b10, 1 << 5]);
    }

    #[test]
    fn light_is_that_of_each_pixel() {
        let mut found = [0; 2];
        lights(&[255, 255, 255, 0, 0, 0], &mut found);
        assert_eq!(found, [light([255; 3]), light([0; 3])]);
    }
}
