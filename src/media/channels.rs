//! Two channels of one recording: how they relate, what is wrong with them, and how it is set right. Pure.
//!
//! A balanced microphone in a stereo jack gives one channel upside down: their sum, and so a telephone's loudspeaker, is silent. A
//! microphone in one channel of a camera leaves the other ear without sound.

use serde::{Deserialize, Serialize};

/// Correlation below which one channel is the other upside down.
const INVERTED: f64 = -0.8;
/// Correlation above which a passage that was taken for that is an ordinary one again.
const UPRIGHT: f64 = -0.3;
/// Energy of a channel that counts as nothing beside the other: 40 dB less.
const NOTHING: f64 = 1e-4;
/// Mean energy of a sample below which there is nothing to judge: -70 dBFS.
const AUDIBLE: f64 = 1e-7;
/// Part of the past that a new sample counts for, where a passage is judged: about two seconds at 16 kHz.
const FORGETTING: f64 = 1.0 / 32_000.0;

/// What a mix depends on beside the sound.
pub const MIX_RULES: [f64; 5] = [INVERTED, UPRIGHT, NOTHING, AUDIBLE, FORGETTING];

/// What is done to two channels that are not a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelRepair {
    /// Nothing.
    #[default]
    None,
    /// The right channel is turned over.
    InvertRight,
    /// The left channel is heard in both ears.
    SpreadLeft,
    /// The right channel is heard in both ears.
    SpreadRight,
}

/// Energies of two channels over a stretch of sound, and of their product.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct StereoBalance {
    samples: u64,
    left: f64,
    right: f64,
    both: f64,
}

impl ChannelRepair {
    /// Sets two channels right.
    pub(super) fn apply(self, channels: &mut [Vec<f32>]) {
        let [left, right] = channels else { return };
        match self {
            Self::None => {}
            Self::InvertRight => right.iter_mut().for_each(|sample| *sample = -*sample),
            Self::SpreadLeft => right.clone_from(left),
            Self::SpreadRight => left.clone_from(right),
        }
    }
}

impl StereoBalance {
    /// Takes the next samples of both channels.
    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        self.samples += left.len() as u64;
        for (&left, &right) in left.iter().zip(right) {
            let (left, right) = (f64::from(left), f64::from(right));
            self.left += left * left;
            self.right += right * right;
            self.both += left * right;
        }
    }

    /// Returns what the channels need.
    pub fn repair(&self) -> ChannelRepair {
        let loudest = self.left.max(self.right);
        if loudest < AUDIBLE * self.samples.max(1) as f64 {
            ChannelRepair::None
        } else if self.right < loudest * NOTHING {
            ChannelRepair::SpreadLeft
        } else if self.left < loudest * NOTHING {
            ChannelRepair::SpreadRight
        } else if self.correlation() < INVERTED {
            ChannelRepair::InvertRight
        } else {
            ChannelRepair::None
        }
    }

    /// Returns the correlation of the channels, -1 to 1.
    pub fn correlation(&self) -> f64 {
        let scale = (self.left * self.right).sqrt();
        if scale > 0.0 { self.both / scale } else { 0.0 }
    }

    /// Lets the past count less by as much as `samples` new ones count.
    fn forget(&mut self, samples: usize) {
        let kept = (-(samples as f64) * FORGETTING).exp();
        self.samples = (self.samples as f64 * kept) as u64;
        (self.left, self.right, self.both) =
            (self.left * kept, self.right * kept, self.both * kept);
    }
}

/// Mixes two channels into one, passage by passage: their sum, or their difference where one is upside down.
#[derive(Debug, Default)]
pub(super) struct MonoMix {
    recent: StereoBalance,
    is_inverted: bool,
    /// Of all that was mixed.
    pub(super) balance: StereoBalance,
}

impl MonoMix {
    /// Returns the mix of the next samples.
    pub(super) fn mix(&mut self, left: &[f32], right: &[f32]) -> Vec<f32> {
        self.balance.push(left, right);
        self.recent.forget(left.len());
        self.recent.push(left, right);
        let correlation = self.recent.correlation();
        if self.recent.repair() == ChannelRepair::InvertRight {
            self.is_inverted = true;
        } else if correlation > UPRIGHT {
            self.is_inverted = false;
        }
        let sign = if self.is_inverted { -0.5 } else { 0.5 };
        left.iter()
            .zip(right)
            .map(|(left, right)| 0.5 * left + sign * right)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of something like speech at 16 kHz.
    fn voice() -> Vec<f32> {
        (0..16_000)
            .map(|n| (n as f32 * 0.05).sin() * (n as f32 * 0.0007).sin() * 0.3)
            .collect()
    }

    fn repair(left: &[f32], right: &[f32]) -> ChannelRepair {
        let mut balance = StereoBalance::default();
        balance.push(left, right);
        balance.repair()
    }

    #[test]
    fn what_is_wrong_with_two_channels_is_told() {
        let voice = voice();
        let turned: Vec<f32> = voice.iter().map(|sample| -0.9 * sample).collect();
        let silent = vec![0.0; voice.len()];
        let other: Vec<f32> = (0..16_000).map(|n| (n as f32 * 0.11).cos() * 0.2).collect();
        assert_eq!(repair(&voice, &voice), ChannelRepair::None);
        assert_eq!(repair(&voice, &other), ChannelRepair::None);
        assert_eq!(repair(&voice, &turned), ChannelRepair::InvertRight);
        assert_eq!(repair(&voice, &silent), ChannelRepair::SpreadLeft);
        assert_eq!(repair(&silent, &voice), ChannelRepair::SpreadRight);
        assert_eq!(repair(&silent, &silent), ChannelRepair::None);
    }

    #[test]
    fn a_repair_gives_two_ears_the_same() {
        let (voice, turned) = (voice(), voice().iter().map(|sample| -sample).collect());
        let mut channels = [voice.clone(), turned];
        ChannelRepair::InvertRight.apply(&mut channels);
        assert_eq!(channels, [voice.clone(), voice.clone()]);
        let mut channels = [voice.clone(), vec![0.0; voice.len()]];
        ChannelRepair::SpreadLeft.apply(&mut channels);
        assert_eq!(channels, [voice.clone(), voice]);
    }

    #[test]
    fn a_channel_that_is_upside_down_does_not_silence_the_mix() {
        let voice = voice();
        let turned: Vec<f32> = voice.iter().map(|sample| -sample).collect();
        let mut mix = MonoMix::default();
        assert_eq!(mix.mix(&voice, &voice), voice);
        for _ in 0..4 {
            mix.mix(&voice, &turned);
        }
        assert_eq!(mix.mix(&voice, &turned), voice);
        for _ in 0..4 {
            mix.mix(&voice, &voice);
        }
        assert_eq!(mix.mix(&voice, &voice), voice);
    }
}
