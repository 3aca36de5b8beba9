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
/// Seconds of the past that count where a passage is judged.
const REMEMBERED: f64 = 2.0;

/// What a mix depends on beside the sound.
pub const MIX_RULES: [f64; 5] = [INVERTED, UPRIGHT, NOTHING, AUDIBLE, REMEMBERED];

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

/// What is done to the two channels of each track of sound that is heard, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChannelRepairs(Vec<ChannelRepair>);

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

impl ChannelRepairs {
    /// Returns what tracks of these balances need.
    pub fn of(balances: &[StereoBalance]) -> Self {
        Self(balances.iter().map(StereoBalance::repair).collect())
    }

    /// Walks through the repairs, one a track.
    pub fn iter(&self) -> impl Iterator<Item = ChannelRepair> {
        self.0.iter().copied()
    }

    /// Returns what is done to a track, by its place among those that are heard.
    pub(super) fn of_track(&self, track: usize) -> ChannelRepair {
        self.0.get(track).copied().unwrap_or_default()
    }

    /// Returns what is done to sound that is one track; the tracks of a mix are set right before they are mixed.
    pub(super) fn of_only_track(&self) -> ChannelRepair {
        match self.0[..] {
            [only] => only,
            _ => ChannelRepair::None,
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

    /// Lets the past count less by as much as `samples` new ones count, at `rate` samples a second.
    fn forget(&mut self, samples: usize, rate: u32) {
        let kept = (-(samples as f64) / (REMEMBERED * f64::from(rate))).exp();
        self.samples = (self.samples as f64 * kept) as u64;
        (self.left, self.right, self.both) =
            (self.left * kept, self.right * kept, self.both * kept);
    }
}

/// Finds passages in which one of two channels is the other upside down.
#[derive(Debug)]
pub(super) struct PhaseWatch {
    rate: u32,
    recent: StereoBalance,
    is_inverted: bool,
    /// Of all that was looked at.
    pub(super) balance: StereoBalance,
}

impl PhaseWatch {
    /// Returns a watch over sound of `rate` samples a second.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            rate,
            recent: StereoBalance::default(),
            is_inverted: false,
            balance: StereoBalance::default(),
        }
    }

    /// Takes the next samples of both channels, and tells whether the right one is to be turned over.
    pub(super) fn is_inverted(&mut self, left: &[f32], right: &[f32]) -> bool {
        self.balance.push(left, right);
        self.recent.forget(left.len(), self.rate);
        self.recent.push(left, right);
        let correlation = self.recent.correlation();
        if self.recent.repair() == ChannelRepair::InvertRight {
            self.is_inverted = true;
        } else if correlation > UPRIGHT {
            self.is_inverted = false;
        }
        self.is_inverted
    }

    /// Mixes the next samples of two channels into one: their sum, or their difference where one is upside down.
    pub(super) fn mix(&mut self, left: &[f32], right: &[f32]) -> Vec<f32> {
        let sign = if self.is_inverted(left, right) {
            -0.5
        } else {
            0.5
        };
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
    fn the_tracks_of_a_mix_are_set_right_one_by_one() {
        let mut balance = StereoBalance::default();
        balance.push(&voice(), &vec![0.0; 16_000]);
        let one = ChannelRepairs::of(&[balance]);
        assert_eq!(one.of_only_track(), ChannelRepair::SpreadLeft);
        let two = ChannelRepairs::of(&[StereoBalance::default(), balance]);
        assert_eq!(two.of_only_track(), ChannelRepair::None);
        assert_eq!(two.of_track(1), ChannelRepair::SpreadLeft);
        assert_eq!(two.of_track(2), ChannelRepair::None);
    }

    #[test]
    fn a_channel_that_is_upside_down_does_not_silence_the_mix() {
        let voice = voice();
        let turned: Vec<f32> = voice.iter().map(|sample| -sample).collect();
        let mut mix = PhaseWatch::new(16_000);
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
