//! Mel frames of a block of sound and the overlapping patches that the model takes.

use super::mel::{BANDS, Bands};

/// Frames that one patch shows: 0.68 s.
pub(super) const PATCH_FRAMES: usize = 68;
/// Frames from one patch to the next: 20 ms.
pub(super) const STEP: usize = 2;
/// Values of one patch.
pub(super) const PATCH: usize = PATCH_FRAMES * BANDS;

/// Mel frames of a few seconds; patches are cut from it when they are run, since they overlap 34 times.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundBlock {
    frames: Vec<Bands>,
}

impl SoundBlock {
    /// Returns the block of all patches in `frames`; fewer frames than a patch has are filled up with their smallest value.
    pub(super) fn new(frames: &[Bands]) -> Self {
        let mut frames = frames.to_vec();
        let lowest = frames
            .iter()
            .flatten()
            .copied()
            .fold(f32::INFINITY, f32::min);
        frames.resize(frames.len().max(PATCH_FRAMES), [lowest; BANDS]);
        Self { frames }
    }

    /// Returns its frames as bytes, for a cache's key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let values = self.frames.as_flattened().iter();
        values.flat_map(|value| value.to_le_bytes()).collect()
    }

    /// Returns how many bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.frames[..])
    }

    /// Returns how many patches it has.
    pub(super) fn patches(&self) -> usize {
        patches_in(self.frames.len())
    }

    /// Tells whether a patch can be normalised: it has no digital silence, and not one value throughout.
    pub(super) fn is_audible(&self, patch: usize) -> bool {
        let (mean, deviation) = spread(self.values(patch));
        mean.is_finite() && deviation > 0.0
    }

    /// Appends a patch of mean 0 and deviation 1, frame by frame.
    pub(super) fn write_patch(&self, patch: usize, to: &mut Vec<f32>) {
        let values = self.values(patch);
        let (mean, deviation) = spread(values);
        to.extend(
            values
                .iter()
                .map(|v| ((f64::from(*v) - mean) / deviation) as f32),
        );
    }

    fn values(&self, patch: usize) -> &[f32] {
        self.frames[patch * STEP..][..PATCH_FRAMES].as_flattened()
    }
}

/// Returns how many patches lie wholly in that many frames.
pub(super) fn patches_in(frames: usize) -> usize {
    match frames.checked_sub(PATCH_FRAMES) {
        Some(more) => more / STEP + 1,
        None => 0,
    }
}

fn spread(values: &[f32]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let square = |v: &f32| (f64::from(*v) - mean).powi(2);
    (
        mean,
        (values.iter().map(square).sum::<f64>() / count).sqrt(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(count: usize) -> Vec<Bands> {
        let band = |n: usize, b: usize| ((n * 31 + b * 17) % 97) as f32;
        (0..count)
            .map(|n| std::array::from_fn(|b| band(n, b)))
            .collect()
    }

    #[test]
    fn patches_follow_each_other_by_two_frames_and_are_normalised() {
        let block = SoundBlock::new(&frames(71));
        assert_eq!(block.patches(), 2);
        let mut values = Vec::new();
        block.write_patch(1, &mut values);
        assert_eq!(values.len(), PATCH);
        let (mean, deviation) = spread(&values);
        assert!(mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-6);
        let mut first = Vec::new();
        SoundBlock::new(&frames(71)[STEP..]).write_patch(0, &mut first);
        assert_eq!(values, first);
    }

    #[test]
    fn a_patch_with_digital_silence_or_without_any_change_is_not_audible() {
        let mut silent = frames(PATCH_FRAMES);
        silent[3] = [f32::NEG_INFINITY; BANDS];
        assert!(!SoundBlock::new(&silent).is_audible(0));
        assert!(!SoundBlock::new(&[[1.0; BANDS]; PATCH_FRAMES]).is_audible(0));
        assert!(SoundBlock::new(&frames(PATCH_FRAMES)).is_audible(0));
    }

    #[test]
    fn too_short_a_sound_still_makes_one_patch() {
        assert_eq!(SoundBlock::new(&frames(3)).patches(), 1);
    }
}
