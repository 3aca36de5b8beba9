//! How much two pictures differ: place by place, and by the colours they hold.

/// Bins of a colour histogram: two bits of each of red, green and blue.
pub const COLOUR_BINS: usize = 64;

/// Returns the levels by which two pictures of one size differ, added up over all values.
pub fn difference(a: &[u8], b: &[u8]) -> u32 {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}

/// Returns how many pixels of an RGB picture are in each bin.
pub fn colour_histogram(rgb: &[u8]) -> [u32; COLOUR_BINS] {
    let mut counts = [0; COLOUR_BINS];
    for [red, green, blue] in rgb.as_chunks::<3>().0 {
        counts[usize::from(red >> 6 << 4 | green >> 6 << 2 | blue >> 6)] += 1;
    }
    counts
}

/// Returns how many pixels are in another bin than before, at least.
pub fn moved_pixels(before: &[u32; COLOUR_BINS], now: &[u32; COLOUR_BINS]) -> u32 {
    let pairs = before.iter().zip(now);
    pairs.map(|(a, b)| a.abs_diff(*b)).sum::<u32>() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_add_up_in_both_directions() {
        assert_eq!(difference(&[10, 200, 7], &[13, 190, 7]), 13);
        assert_eq!(difference(&[], &[]), 0);
    }

    #[test]
    fn pixels_count_as_moved_when_they_change_their_bin_and_not_inside_it() {
        let of = |levels: [u8; 2]| colour_histogram(&levels.map(|level| [level; 3]).concat());
        assert_eq!(of([0, 255])[0], 1);
        assert_eq!(of([0, 255])[COLOUR_BINS - 1], 1);
        assert_eq!(colour_histogram(&[0, 64, 128])[0b00_01_10], 1);
        assert_eq!(moved_pixels(&of([0, 255]), &of([63, 192])), 0);
        assert_eq!(moved_pixels(&of([0, 255]), &of([255, 0])), 0);
        assert_eq!(moved_pixels(&of([0, 0]), &of([64, 0])), 1);
    }
}
