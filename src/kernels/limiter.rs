//! Limiter: a gain that never lets a peak pass a ceiling, and is otherwise constant.
//!
//! FFmpeg's own limiter sees samples, not the peaks between them, and comes out late by an amount that differs by version.

use std::collections::VecDeque;

/// Look-ahead: how long before a peak the gain begins to fall, in parts of a second.
const LOOK_AHEAD: u32 = 200;
/// Release: how long after a peak the gain needs to come back by two thirds, in parts of a second.
const RELEASE: u32 = 12;

/// Samples on each side that a peak between two samples is guessed from.
const HALF: usize = 6;
/// Points between two samples that are looked at.
const BETWEEN: usize = 3;

/// Multiplies sound by a gain and limits what passes the ceiling.
pub struct Limiter {
    gain: f32,
    ceiling: f32,
    /// Samples within which the gain falls.
    window: usize,
    release: f32,
    curves: [[f32; 2 * HALF]; BETWEEN],
    /// The last samples by channel, the newest last: those whose gain is not yet known, and the peak's surroundings.
    held: Vec<VecDeque<f32>>,
    /// Gains that the peaks of the window ask for, smallest first, with their times.
    asked: VecDeque<(u64, f32)>,
    /// The last gains, whose mean counts, and their sum.
    recent: VecDeque<f32>,
    sum: f64,
    taken: u64,
    given: u64,
}

impl Limiter {
    /// Returns a limiter for sound of `channels` channels; gain and ceiling are factors of the full scale.
    pub fn new(gain: f32, ceiling: f32, rate: u32, channels: usize) -> Self {
        let window = (rate / LOOK_AHEAD).max(1) as usize;
        Self {
            gain,
            ceiling,
            window,
            release: RELEASE as f32 / rate as f32,
            curves: std::array::from_fn(|point| curve((point + 1) as f32 / (BETWEEN + 1) as f32)),
            held: vec![VecDeque::from(vec![0.0; 2 * HALF]); channels],
            asked: VecDeque::new(),
            recent: VecDeque::from(vec![1.0; window]),
            sum: window as f64,
            taken: 0,
            given: 0,
        }
    }

    /// Takes sound by channel and returns what is ready, later by some milliseconds.
    pub fn push(&mut self, channels: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let length = channels.first().map_or(0, Vec::len);
        let mut ready = vec![Vec::with_capacity(length); channels.len()];
        let mut sound: Vec<_> = channels.iter().map(|channel| channel.iter()).collect();
        for _ in 0..length {
            let samples = sound.iter_mut().filter_map(Iterator::next);
            self.step(samples.copied(), &mut ready);
        }
        ready
    }

    /// Returns the rest: all in all as many samples as were taken.
    pub fn finish(&mut self) -> Vec<Vec<f32>> {
        let mut ready = vec![Vec::new(); self.held.len()];
        let wanted = self.taken;
        while self.given < wanted {
            self.step(std::iter::repeat(0.0), &mut ready);
        }
        ready
    }

    /// How many samples later than it is taken a sample is given.
    fn delay(&self) -> usize {
        HALF + self.window - 1
    }

    /// Takes one sample of each channel.
    fn step(&mut self, samples: impl Iterator<Item = f32>, ready: &mut [Vec<f32>]) {
        let depth = self.delay() + 2 * HALF;
        for (held, sample) in self.held.iter_mut().zip(samples) {
            held.push_back(sample * self.gain);
            if held.len() > depth {
                held.pop_front();
            }
        }
        let gain = self.gain_of_window();
        self.taken += 1;
        if self.taken <= self.delay() as u64 {
            return;
        }
        self.given += 1;
        let back = self.delay() + 1;
        for (ready, held) in ready.iter_mut().zip(&self.held) {
            ready.push(held[held.len() - back] * gain);
        }
    }

    /// Takes the newest peak in and returns the gain of the oldest sample of the window.
    fn gain_of_window(&mut self) -> f32 {
        let asked = (self.ceiling / self.peak().max(f32::MIN_POSITIVE)).min(1.0);
        while self.asked.back().is_some_and(|&(_, other)| other >= asked) {
            self.asked.pop_back();
        }
        self.asked.push_back((self.taken, asked));
        let oldest = (self.taken + 1).saturating_sub(self.window as u64);
        while self.asked.front().is_some_and(|&(time, _)| time < oldest) {
            self.asked.pop_front();
        }
        let lowest = self.asked.front().map_or(1.0, |&(_, gain)| gain);
        let before = self.recent.back().copied().unwrap_or(1.0);
        let gain = lowest.min(before + (1.0 - before) * self.release);
        self.recent.push_back(gain);
        self.sum += f64::from(gain) - f64::from(self.recent.pop_front().unwrap_or(1.0));
        (self.sum / self.window as f64) as f32
    }

    /// Returns the highest peak from the sample in the middle of the newest ones to the next.
    fn peak(&self) -> f32 {
        self.held.iter().fold(0.0, |peak: f32, held| {
            let newest = held.len() - 2 * HALF;
            let around = || held.range(newest..);
            let between = self.curves.iter().map(|curve| {
                let sum: f32 = around()
                    .zip(curve)
                    .map(|(sample, weight)| sample * weight)
                    .sum();
                sum.abs()
            });
            between.fold(peak.max(held[newest + HALF - 1].abs()), f32::max)
        })
    }
}

/// Returns the weights that guess the sound `part` of a sample after the sixth of twelve.
fn curve(part: f32) -> [f32; 2 * HALF] {
    let weights: [f32; 2 * HALF] = std::array::from_fn(|tap| {
        let x = std::f32::consts::PI * (tap as f32 - (HALF - 1) as f32 - part);
        let window = 0.5 + 0.5 * (x / HALF as f32).cos();
        x.sin() / x * window
    });
    let sum: f32 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// One gain for a whole clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// How much louder.
    pub decibels: f64,
    /// In decibels below full scale.
    pub ceiling: f64,
}

impl Gain {
    /// Holds back what no file can hold, and what the encoder's ripple would lift beyond it.
    pub const UNCHANGED: Self = Self {
        decibels: 0.0,
        ceiling: -1.0,
    };

    /// Returns the limiter that applies it.
    pub fn limiter(self, rate: u32, channels: usize) -> Limiter {
        Limiter::new(factor(self.decibels), factor(self.ceiling), rate, channels)
    }
}

fn factor(decibels: f64) -> f32 {
    10_f64.powf(decibels / 20.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limited(sound: &[f32], gain: f32, ceiling: f32) -> Vec<f32> {
        let mut limiter = Limiter::new(gain, ceiling, 48_000, 1);
        let mut all = Vec::new();
        for block in sound.chunks(1000) {
            all.extend(limiter.push(&[block.to_vec()]).remove(0));
        }
        all.extend(limiter.finish().remove(0));
        all
    }

    fn tone(hertz: f32, level: f32, samples: usize) -> Vec<f32> {
        let angle = |n: usize| std::f32::consts::TAU * hertz * n as f32 / 48_000.0;
        (0..samples).map(|n| level * angle(n).sin()).collect()
    }

    #[test]
    fn below_the_ceiling_there_is_only_gain() {
        let sound = tone(440.0, 0.2, 10_000);
        let louder = limited(&sound, 3.0, 0.8);
        assert_eq!(louder.len(), sound.len());
        let worst = louder.iter().zip(&sound).map(|(a, b)| (a - 3.0 * b).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-5);
    }

    #[test]
    fn a_click_is_held_back_and_the_rest_comes_back_soon() {
        let mut sound = tone(440.0, 0.2, 48_000);
        sound[20_000] = 1.0;
        let louder = limited(&sound, 2.0, 0.5);
        assert!(louder[20_000] <= 0.5001 && louder[20_000] > 0.4);
        let same = |at: usize| (louder[at] - 2.0 * sound[at]).abs() < 0.01;
        assert!((0..19_500).all(same) && (35_000..48_000).all(same));
    }

    #[test]
    fn a_peak_between_samples_counts() {
        // A quarter of the rate, an eighth of a turn off: samples stay 3 dB below the wave.
        let sound: Vec<f32> = (0..4800)
            .map(|n| (std::f32::consts::FRAC_PI_2 * n as f32 + std::f32::consts::FRAC_PI_4).sin())
            .collect();
        let loudest = limited(&sound, 1.0, 0.5)[1000..3000]
            .iter()
            .fold(0.0, |a: f32, b| a.max(b.abs()));
        assert!(loudest < 0.5 * 0.75, "{loudest}");
    }

    proptest! {
        #[test]
        fn nothing_passes_the_ceiling(sound in proptest::collection::vec(-1.0..1.0_f32, 0..3000), gain in 0.1..20.0_f32) {
            let result = limited(&sound, gain, 0.5);
            prop_assert_eq!(result.len(), sound.len());
            prop_assert!(result.iter().all(|sample| sample.abs() <= 0.5001));
        }
    }
}
