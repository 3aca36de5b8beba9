//! Light of pixels, and its means on a coarse grid.

/// Returns the light of an RGB pixel, 0..255.
pub fn light([red, green, blue]: [u8; 3]) -> u8 {
    ((54 * u32::from(red) + 183 * u32::from(green) + 19 * u32::from(blue)) >> 8) as u8
}

/// Writes the mean light of each place of a grid of `columns` into `means`, 0..255; a place without a pixel is 0.
///
/// `pixels` are rows of `width` RGB pixels; `means` has the grid's places, row by row.
pub fn grid_light(pixels: &[[u8; 3]], width: usize, columns: usize, means: &mut [i32]) {
    let (height, rows) = (pixels.len() / width.max(1), means.len() / columns.max(1));
    if height == 0 || rows == 0 {
        return;
    }
    let mut sums = vec![(0_u32, 0_u32); columns * rows];
    for (y, row) in pixels.chunks_exact(width).enumerate() {
        let line = &mut sums[y * rows / height * columns..][..columns];
        for (x, pixel) in row.iter().enumerate() {
            let (sum, count) = &mut line[x * columns / width];
            *sum += u32::from(light(*pixel));
            *count += 1;
        }
    }
    for (mean, (sum, count)) in means.iter_mut().zip(sums) {
        *mean = i32::try_from(sum / count.max(1)).unwrap_or(i32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_the_mean_of_its_pixels() {
        let pixels: Vec<[u8; 3]> = (0..32)
            .map(|n| [if n % 8 < 4 { 10 } else { 30 }; 3])
            .collect();
        let mut means = [0; 4];
        grid_light(&pixels, 8, 2, &mut means);
        assert_eq!(means, [10, 30, 10, 30]);
        grid_light(&pixels[..0], 8, 2, &mut means);
        assert_eq!(means, [10, 30, 10, 30]);
    }
}
