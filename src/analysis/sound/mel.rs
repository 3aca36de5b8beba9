//! Mel filter bank of the sound model: logarithmic bands, one frame each 10 ms.
//!
//! Measures are those the network was trained with (SIDEKIT's): 400 samples a frame, pre-emphasis inside the frame, a
//! symmetric Hann window, 512 points, triangles of equal area on HTK's mel scale, natural logarithm.

use std::f64::consts::TAU;

use kernels::{Complex64, Fourier, plan_f64};

use crate::analysis::speech::SAMPLE_RATE;

/// Bands that the network sees; the three above them are too often cut off by codecs.
pub(super) const BANDS: usize = 21;
/// Samples from one frame to the next: 10 ms.
pub(super) const HOP: usize = 160;
/// Samples of a frame: 25 ms.
pub(super) const FRAME: usize = 400;
const POINTS: usize = 512;
const ALL_BANDS: usize = 24;
const LOWEST_HZ: f64 = 100.0;
const HIGHEST_HZ: f64 = 8000.0;
const PRE_EMPHASIS: f32 = 0.97;
/// Full scale of the 16-bit sound that the network was trained on; what is below its last bit must be silence here too.
const FULL_SCALE: f32 = 32_768.0;

/// Logarithmic energy of each band; not finite in digital silence.
pub(super) type Bands = [f32; BANDS];

/// 25 ms of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MelFrame {
    pub(super) bands: Bands,
    /// Natural logarithm of the whole energy.
    pub(super) energy: f32,
}

/// Turns a stream of samples into frames; holds less than one frame between two pushes.
pub(super) struct MelStream {
    pending: Vec<f32>,
    window: Vec<f64>,
    filters: Vec<MelFilter>,
    transform: Fourier<f64>,
    padded: Vec<f64>,
    spectrum: Vec<Complex64>,
}

impl Default for MelStream {
    fn default() -> Self {
        let transform = plan_f64(POINTS);
        let turn = TAU / (FRAME - 1) as f64;
        let hann = |n: usize| 0.5 - 0.5 * (n as f64 * turn).cos();
        Self {
            pending: Vec::new(),
            window: (0..FRAME).map(hann).collect(),
            filters: filters(),
            padded: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            transform,
        }
    }
}

impl MelStream {
    /// Takes the next samples and returns the frames that they complete.
    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<MelFrame> {
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend(samples.iter().map(|&s| sixteen_bits(s)));
        let frames: Vec<_> = pending
            .windows(FRAME)
            .step_by(HOP)
            .map(|frame| self.frame(frame))
            .collect();
        pending.drain(..frames.len() * HOP);
        self.pending = pending;
        frames
    }

    fn frame(&mut self, samples: &[f32]) -> MelFrame {
        let mut energy = 0.0;
        let mut previous = samples[0];
        self.padded.fill(0.0);
        for (slot, (&sample, weight)) in
            self.padded.iter_mut().zip(samples.iter().zip(&self.window))
        {
            let value = f64::from(sample - previous * PRE_EMPHASIS);
            previous = sample;
            energy += value * value;
            *slot = value * weight;
        }
        // In double precision: high bands may lie 120 dB below the low ones.
        self.transform
            .process(&mut self.padded, &mut self.spectrum)
            .expect("both buffers were made by this transform");
        let band = |slot: usize| self.filters[slot].energy(&self.spectrum).ln() as f32;
        MelFrame {
            bands: std::array::from_fn(band),
            energy: energy.ln() as f32,
        }
    }
}

fn sixteen_bits(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        (sample * FULL_SCALE)
            .round_ties_even()
            .clamp(-FULL_SCALE, FULL_SCALE - 1.0)
            / FULL_SCALE
    }
}

/// One triangle: weights of the bins from `first` on.
struct MelFilter {
    first: usize,
    weights: Vec<f64>,
}

impl MelFilter {
    fn energy(&self, spectrum: &[Complex64]) -> f64 {
        let bins = spectrum[self.first..].iter().zip(&self.weights);
        bins.map(|(bin, weight)| bin.norm_sqr() * weight).sum()
    }

    /// The last bin of the falling side is left out, as in the filters that the network was trained with.
    fn triangle([low, centre, high]: [f64; 3]) -> Self {
        let step = f64::from(SAMPLE_RATE) / POINTS as f64;
        let [first, top, end] = [low, centre, high].map(|hz| (hz / step).floor() as usize + 1);
        let height = 2.0 / (high - low);
        let rising = |bin: usize| height / (centre - low) * (bin as f64 * step - low);
        let falling = |bin: usize| height / (high - centre) * (high - bin as f64 * step);
        Self {
            first,
            weights: (first..top)
                .map(rising)
                .chain((top..end - 1).map(falling))
                .collect(),
        }
    }
}

fn filters() -> Vec<MelFilter> {
    let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
    let step = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (ALL_BANDS + 1) as f64;
    let edge = |n: usize| 700.0 * (10_f64.powf((mel(LOWEST_HZ) + n as f64 * step) / 2595.0) - 1.0);
    (0..BANDS)
        .map(|band| MelFilter::triangle([edge(band), edge(band + 1), edge(band + 2)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(hz: f32, samples: usize) -> Vec<f32> {
        let turn = std::f32::consts::TAU * hz / SAMPLE_RATE as f32;
        (0..samples)
            .map(|n| 0.5 * (n as f32 * turn).sin())
            .collect()
    }

    fn loudest(frame: &MelFrame) -> usize {
        (0..BANDS)
            .max_by(|a, b| frame.bands[*a].total_cmp(&frame.bands[*b]))
            .unwrap()
    }

    #[test]
    fn a_higher_tone_lights_a_higher_band() {
        let band = |hz| loudest(&MelStream::default().push(&tone(hz, FRAME))[0]);
        assert!(band(200.0) < band(1000.0) && band(1000.0) < band(4000.0));
    }

    #[test]
    fn what_is_below_the_last_of_sixteen_bits_is_silence() {
        let quiet = vec![1e-5; FRAME];
        let frame = MelStream::default().push(&quiet)[0];
        assert_eq!(frame.energy, f32::NEG_INFINITY);
        assert!(frame.bands.iter().all(|b| *b == f32::NEG_INFINITY));
    }

    #[test]
    fn a_second_of_sound_has_98_whole_frames() {
        assert_eq!(MelStream::default().push(&tone(440.0, 16_000)).len(), 98);
        assert!(
            MelStream::default()
                .push(&tone(440.0, FRAME - 1))
                .is_empty()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn frames_do_not_depend_on_how_the_sound_is_cut(samples in 0..5000_usize, cut in 1..2000_usize) {
            let sound = tone(700.0, samples);
            let mut stream = MelStream::default();
            let pieces: Vec<_> = sound.chunks(cut).flat_map(|piece| stream.push(piece)).collect();
            prop_assert_eq!(pieces, MelStream::default().push(&sound));
        }
    }
}
