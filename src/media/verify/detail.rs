//! Bit rate check: whether a clip has as many bits as platforms ask, or shows its source's detail with fewer. Pure.
//!
//! An encoder that aims at a quality gives still or smooth pictures few bits, and rightly so. One that was held to a rate, or failed,
//! gives too few, which is seen: edges and textures are no longer like the source's. Of x264 at the rate factors 20 to 30 the value
//! is 0.002 to 0.06, of clips held to a hundredth of what platforms ask 0.1 to 0.65.

use crate::media::VideoCodec;
use crate::media::defects::Mask;
use crate::media::luma::LumaPicture;
use crate::timeline::FrameRate;

/// Bits a second that platforms ask of H.264 at 1920x1080, or upright, and 30 pictures a second; they ask half as much again for 60.
const ASKED: f64 = 8e6;
const ASKED_PIXELS: f64 = 1920.0 * 1080.0;
const ASKED_RATE: f64 = 30.0;
const MORE_FOR_TWICE_THE_RATE: f64 = 1.5;
/// Share of those bits that newer codecs need.
const NEWER: f64 = 0.5;

/// Samples of a side of the blocks that are compared, and the constants of SSIM for levels up to 255.
const BLOCK: usize = 8;
const SMALL_MEAN: f64 = (0.01 * 255.0) * (0.01 * 255.0);
const SMALL_VARIANCE: f64 = (0.03 * 255.0) * (0.03 * 255.0);
/// Variance of a block from which on it shows detail: noise has less, of which every encoder saves.
const DETAIL: f64 = 200.0;
/// Share of such blocks below which a picture has nothing to lose.
const LITTLE: f64 = 0.005;

/// Returns the bits a second that platforms ask of pictures of this size and rate.
pub(super) fn asked_bits((width, height): (u32, u32), rate: FrameRate, codec: VideoCodec) -> f64 {
    let pixels = f64::from(width) * f64::from(height) / ASKED_PIXELS;
    let doublings = (rate.frames_a_second() / ASKED_RATE).log2().max(0.0);
    let share = match codec {
        VideoCodec::X264 | VideoCodec::H264Nvenc => 1.0,
        VideoCodec::X265 | VideoCodec::HevcNvenc | VideoCodec::SvtAv1 => NEWER,
    };
    ASKED * share * pixels * MORE_FOR_TWICE_THE_RATE.powf(doublings)
}

/// Returns how much of a source's detail a picture of a clip lacks: one less the structural similarity (SSIM) of the blocks that
/// show some, where the mask counts. Pictures of two sizes cannot be compared: nothing is lacking then.
pub(super) fn lost_detail(clip: &LumaPicture, source: &LumaPicture, mask: &Mask) -> f64 {
    let (width, height) = source.size();
    if clip.size() != (width, height) {
        return 0.0;
    }
    let (mut sum, mut detailed, mut all) = (0.0, 0_u32, 0_u32);
    for top in (0..height.saturating_sub(BLOCK - 1)).step_by(BLOCK) {
        for left in (0..width.saturating_sub(BLOCK - 1)).step_by(BLOCK) {
            let middle = |from: usize, whole: usize| (from + BLOCK / 2) as f64 / whole as f64;
            if !mask.counts_at(middle(left, width), middle(top, height)) {
                continue;
            }
            let pair = BlockPair::of([clip, source], (left, top));
            all += 1;
            if pair.variances[1] > DETAIL {
                detailed += 1;
                sum += pair.similarity();
            }
        }
    }
    if f64::from(detailed) <= LITTLE * f64::from(all) {
        return 0.0;
    }
    1.0 - sum / f64::from(detailed)
}

/// What two blocks are and have in common.
struct BlockPair {
    means: [f64; 2],
    variances: [f64; 2],
    covariance: f64,
}

impl BlockPair {
    fn of(pictures: [&LumaPicture; 2], (left, top): (usize, usize)) -> Self {
        let (mut sums, mut squares, mut both) = ([0_u32; 2], [0_u32; 2], 0_u32);
        for row in top..top + BLOCK {
            let [a, b] = pictures.map(|picture| &picture.row(row)[left..left + BLOCK]);
            for (&a, &b) in a.iter().zip(b) {
                let (a, b) = (u32::from(a), u32::from(b));
                sums = [sums[0] + a, sums[1] + b];
                squares = [squares[0] + a * a, squares[1] + b * b];
                both += a * b;
            }
        }
        let mean = |sum: u32| f64::from(sum) / (BLOCK * BLOCK) as f64;
        let means = sums.map(mean);
        let variance = |at: usize| mean(squares[at]) - means[at] * means[at];
        Self {
            means,
            variances: [variance(0), variance(1)],
            covariance: mean(both) - means[0] * means[1],
        }
    }

    /// Returns their structural similarity.
    fn similarity(&self) -> f64 {
        let [a, b] = self.means;
        let of_means = (2.0 * a * b + SMALL_MEAN) / (a * a + b * b + SMALL_MEAN);
        let spread = self.variances[0] + self.variances[1] + SMALL_VARIANCE;
        of_means * (2.0 * self.covariance + SMALL_VARIANCE) / spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(level: impl Fn(usize, usize) -> u8) -> LumaPicture {
        let samples: Vec<u8> = (0..64 * 64).map(|at| level(at % 64, at / 64)).collect();
        LumaPicture::new(&samples, 64, (64, 64))
    }

    fn lost(clip: &LumaPicture, source: &LumaPicture) -> f64 {
        lost_detail(clip, source, &Mask::around(&[]))
    }

    #[test]
    fn detail_that_is_gone_is_lost_and_noise_is_no_detail() {
        let fine = picture(|x, y| if (x / 2 + y / 2) % 2 == 0 { 60 } else { 180 });
        let gone = picture(|_, _| 120);
        assert!(lost(&fine, &fine) < 1e-9);
        assert!(lost(&gone, &fine) > 0.9);
        let noisy = picture(|x, y| 110 + (x * 7 + y * 13) as u8 % 20);
        assert!(lost(&gone, &noisy) < 1e-9);
        assert!(lost(&gone, &gone) < 1e-9);
    }

    #[test]
    fn more_is_asked_of_larger_and_faster_pictures() {
        let rate = |num| FrameRate::of_clip(Some((num, 1)), false);
        let asked = |size, num| asked_bits(size, rate(num), VideoCodec::X264);
        assert_eq!(asked((1080, 1920), 30), 8e6);
        assert_eq!(asked((1080, 1920), 25), 8e6);
        assert_eq!(asked((1080, 1920), 60), 12e6);
        assert_eq!(asked((540, 960), 30), 2e6);
        assert_eq!(asked_bits((1080, 1920), rate(30), VideoCodec::X265), 4e6);
    }
}
