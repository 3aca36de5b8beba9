//! Fades of a clip's sound: out of silence at its beginning and into silence at its end, so that no edge clicks.

use serde::Serialize;

use super::sound_timeline::CLIP_SOUND_RATE;

/// How long a clip's sound takes to begin and to end, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SoundFades {
    /// From its first sample.
    pub begin: u32,
    /// To its last.
    pub end: u32,
}

impl SoundFades {
    /// What is not heard as a fade, and keeps an edge inside a sound from clicking.
    pub const SPEECH: u32 = 8;
    /// What a listener takes for the beginning or the end of music.
    pub const MUSIC: u32 = 200;

    /// Lowers the samples from `first` on, of a clip of so many in all, by channel.
    pub(super) fn apply(self, channels: &mut [Vec<f32>], first: u64, whole: u64) {
        let samples = |millis: u32| u64::from(millis) * u64::from(CLIP_SOUND_RATE) / 1000;
        // A clip shorter than both fades has half of it for each.
        let begin = samples(self.begin).min(whole / 2);
        let end = samples(self.end).min(whole / 2);
        for channel in channels {
            for (at, sample) in (first..).zip(channel) {
                let left = whole.saturating_sub(at + 1);
                if at < begin {
                    *sample *= at as f32 / begin as f32;
                }
                if left < end {
                    *sample *= left as f32 / end as f32;
                }
            }
        }
    }
}

impl Default for SoundFades {
    fn default() -> Self {
        Self {
            begin: Self::SPEECH,
            end: Self::SPEECH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn faded(fades: SoundFades, whole: usize, parts: usize) -> Vec<f32> {
        let mut all = Vec::new();
        for part in vec![1.0_f32; whole].chunks(parts) {
            let mut channels = [part.to_vec()];
            fades.apply(&mut channels, all.len() as u64, whole as u64);
            all.extend_from_slice(&channels[0]);
        }
        all
    }

    #[test]
    fn sound_rises_from_silence_and_falls_to_it() {
        let fades = SoundFades { begin: 10, end: 20 };
        let sound = faded(fades, 48_000, 1024);
        assert_eq!((sound[0], sound[240], sound[480]), (0.0, 0.5, 1.0));
        assert_eq!(
            (sound[47_039], sound[47_519], sound[47_999]),
            (1.0, 0.5, 0.0)
        );
    }

    proptest! {
        #[test]
        fn a_fade_is_the_same_in_whatever_parts_sound_comes(whole in 1..3000_usize, parts in 1..700_usize) {
            let fades = SoundFades::default();
            let sound = faded(fades, whole, parts);
            prop_assert_eq!(&sound, &faded(fades, whole, whole));
            prop_assert!(sound.iter().all(|sample| (0.0..=1.0).contains(sample)));
        }
    }
}
