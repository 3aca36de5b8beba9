//! The signature of sound: 33 bands, a third of an octave and narrower, a quarter of a second at a time.

use std::f32::consts::TAU;

use kernels::{Complex32, Fourier, plan_f32};

use super::{BITS, BandLevels, Signature, SignatureRow};
use crate::analysis::speech::SAMPLE_RATE;
use crate::timeline::Timestamp;

/// Samples of a spectrum: long, so that copies whose samples do not fall together look alike.
const FRAME: usize = 4096;
/// Samples from one row to the next.
const HOP: usize = (SAMPLE_RATE / 20) as usize;
/// Rows from what is compared to what it is compared with: 100 ms.
const BACK: usize = 2;
/// Band that every codec preserves.
const LOWEST_HZ: f32 = 200.0;
const HIGHEST_HZ: f32 = 4000.0;
/// A smaller change, in decibels, is an encoder's.
const LEAST: f32 = 1.5;
/// Less power in a band, in decibels of a full sine, is silence.
const QUIET: f32 = -70.0;

/// Takes sound as it comes; holds a quarter of a second.
pub struct SoundSignature {
    pending: Vec<f32>,
    window: Vec<f32>,
    edges: Vec<usize>,
    transform: Fourier<f32>,
    padded: Vec<f32>,
    spectrum: Vec<Complex32>,
    before: [BandLevels; BACK],
    rows: Vec<SignatureRow>,
}

impl Default for SoundSignature {
    fn default() -> Self {
        let transform = plan_f32(FRAME);
        let hann = |n: usize| 0.5 - 0.5 * (n as f32 * TAU / FRAME as f32).cos();
        let octave = HIGHEST_HZ / LOWEST_HZ;
        let bands = BITS + 1;
        let edge = |n: usize| {
            let hertz = LOWEST_HZ * octave.powf(n as f32 / bands as f32);
            (hertz * FRAME as f32 / SAMPLE_RATE as f32).round() as usize
        };
        Self {
            pending: Vec::new(),
            window: (0..FRAME).map(hann).collect(),
            edges: (0..=bands).map(edge).collect(),
            padded: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            transform,
            before: [[f32::NAN; BITS + 1]; BACK],
            rows: Vec::new(),
        }
    }
}

impl SoundSignature {
    /// What decides the rows: a part of the key of every kept signature.
    pub const RULES: (usize, usize, usize, [f32; 4]) =
        (FRAME, HOP, BACK, [LOWEST_HZ, HIGHEST_HZ, LEAST, QUIET]);

    /// Takes the next samples, 16 kHz mono; one that is no number counts as silence.
    pub fn push(&mut self, samples: &[f32]) {
        let heard = samples
            .iter()
            .map(|sample| if sample.is_finite() { *sample } else { 0.0 });
        self.pending.extend(heard);
        let mut done = 0;
        while let Some(frame) = self.pending.get(done..done + FRAME) {
            let sounds = frame
                .iter()
                .zip(&self.window)
                .map(|(sample, weight)| sample * weight);
            self.padded
                .iter_mut()
                .zip(sounds)
                .for_each(|(slot, sound)| *slot = sound);
            self.close();
            done += HOP;
        }
        self.pending.drain(..done);
    }

    /// Returns the signature; the first sample was heard at `start`, and a row is where its quarter of a second begins.
    pub fn finish(self, start: Timestamp) -> Signature {
        Signature {
            start,
            rows: self.rows,
        }
    }

    fn close(&mut self) {
        self.transform
            .process(&mut self.padded, &mut self.spectrum)
            .expect("the buffers are the transform's own");
        let mut levels = [f32::NAN; BITS + 1];
        for (level, edge) in levels.iter_mut().zip(self.edges.windows(2)) {
            let power: f32 = self.spectrum[edge[0]..edge[1]]
                .iter()
                .map(|point| point.norm_sqr())
                .sum();
            // A full sine has FRAME / 4 in its point after the window.
            let decibels = 10.0 * power.log10() - 20.0 * (FRAME as f32 / 4.0).log10();
            *level = if decibels >= QUIET {
                decibels
            } else {
                f32::NAN
            };
        }
        self.rows
            .push(SignatureRow::new(&self.before[0], &levels, LEAST));
        self.before.rotate_left(1);
        self.before[BACK - 1] = levels;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sound that goes up and down in every band.
    fn noise(samples: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let mut last = 0.0;
        let sample = |n: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let white = state as f32 / u32::MAX as f32 - 0.5;
            last += (0.05 + 0.4 * (n as f32 / 900.0).sin().powi(2)) * (white - last);
            last + white * 0.2 * (n as f32 / 3100.0).sin().powi(2)
        };
        (0..samples).map(sample).collect()
    }

    fn signature(samples: &[f32], cut: usize) -> Vec<SignatureRow> {
        let mut stream = SoundSignature::default();
        samples.chunks(cut).for_each(|piece| stream.push(piece));
        stream.finish(Timestamp::ZERO).rows
    }

    /// Returns the share of wrong bits among those that both know, and how many these are.
    fn wrong(a: &[SignatureRow], b: &[SignatureRow]) -> (f64, u32) {
        let counts = a.iter().zip(b).map(|(a, b)| a.compare(*b));
        let (known, apart) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (f64::from(apart) / f64::from(known.max(1)), known)
    }

    #[test]
    fn the_same_sound_less_loud_and_a_little_later_keeps_its_bits() {
        let sound = noise(80_000);
        let later: Vec<f32> = sound[400..].iter().map(|sample| sample * 0.4).collect();
        let (share, known) = wrong(&signature(&sound, 9999), &signature(&later, 9999));
        assert!(share < 0.15 && known > 1000, "{share} of {known}");
        let (share, known) = wrong(&signature(&sound, 9999), &signature(&sound[16_000..], 9999));
        assert!(share > 0.4 && known > 500, "{share} of {known}");
    }

    #[test]
    fn nothing_is_known_of_silence_and_of_a_steady_tone() {
        let tone: Vec<f32> = (0..32_000).map(|n| (n as f32 * 0.3).sin()).collect();
        for sound in [vec![0.0; 32_000], vec![f32::NAN; 32_000], tone] {
            let rows = signature(&sound, 7000);
            assert!(rows.iter().all(|row| row.known == 0));
            assert_eq!(rows.len(), (32_000 - FRAME) / HOP + 1);
        }
    }

    proptest! {
        #[test]
        fn a_signature_does_not_depend_on_how_the_sound_is_cut(cut in 1..9000_usize) {
            let sound = noise(12_000);
            prop_assert_eq!(signature(&sound, cut), signature(&sound, sound.len()));
        }
    }
}
