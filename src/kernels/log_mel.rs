//! Log-mel spectrogram, Whisper's input: 80 bands, 100 times a second, for 30 s or less.

use realfft::num_complex::Complex;

use super::fourier::{Fourier, plan_f32};

/// Samples of its sound in a second.
const SAMPLE_RATE: u32 = 16_000;
/// Samples in one window of 30 s.
pub const WINDOW_SAMPLES: usize = 30 * SAMPLE_RATE as usize;
/// Bands of one frame.
pub const BANDS: usize = 80;
/// Frames of one window.
pub const FRAMES: usize = WINDOW_SAMPLES / HOP;

const HOP: usize = 160;
const SIZE: usize = 400;
const BINS: usize = SIZE / 2 + 1;
const FLOOR: f32 = 1e-10;

/// The tables, made once.
pub struct LogMel {
    fft: Fourier<f32>,
    hann: Vec<f32>,
    bands: Vec<Band>,
}

/// One triangle of the filter bank, from its first bin that is not zero.
struct Band {
    first: usize,
    weights: Vec<f32>,
}

impl LogMel {
    /// Prepares the Fourier transform, the window and the filter bank.
    pub fn new() -> Self {
        let turn = std::f64::consts::TAU / SIZE as f64;
        Self {
            fft: plan_f32(SIZE),
            hann: (0..SIZE)
                .map(|i| (0.5 - 0.5 * (turn * i as f64).cos()) as f32)
                .collect(),
            bands: slaney_bands(),
        }
    }

    /// Returns the window's logarithmic mel spectrum, `BANDS` rows of `FRAMES` values.
    ///
    /// `samples` are 16 kHz mono; what is missing of 30 s is silence, what is more is left out.
    pub fn of(&self, samples: &[f32]) -> Vec<f32> {
        self.of_frames(samples, FRAMES)
    }

    /// Returns the same for a window of so many frames: `BANDS` rows of `frames` values.
    ///
    /// `samples` are 16 kHz mono, 160 for each frame; what is missing is silence, what is more is left out.
    pub fn of_frames(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let window = frames * HOP;
        let padded = pad(&samples[..samples.len().min(window)], window);
        let mut rows = vec![FLOOR.log10(); BANDS * frames];
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut power = [0.0_f32; BINS];
        // Frames beyond the sound hold nothing: they stay at the floor.
        let sounding = (samples.len() + SIZE).div_ceil(HOP).min(frames);
        for at in 0..sounding {
            let piece = &padded[at * HOP..at * HOP + SIZE];
            let windowed = piece.iter().zip(&self.hann).map(|(x, w)| x * w);
            frame.iter_mut().zip(windowed).for_each(|(f, x)| *f = x);
            if self.fft.process(&mut frame, &mut spectrum).is_err() {
                unreachable!("the buffers were made by the transform itself");
            }
            let powers = spectrum.iter().map(Complex::norm_sqr);
            power.iter_mut().zip(powers).for_each(|(p, x)| *p = x);
            for (band, filter) in self.bands.iter().enumerate() {
                rows[band * frames + at] = filter.energy(&power).max(FLOOR).log10();
            }
        }
        squeeze(&mut rows);
        rows
    }
}

impl Default for LogMel {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for LogMel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogMel").finish_non_exhaustive()
    }
}

impl Band {
    fn energy(&self, power: &[f32; BINS]) -> f32 {
        let bins = &power[self.first..self.first + self.weights.len()];
        bins.iter().zip(&self.weights).map(|(p, w)| p * w).sum()
    }
}

/// Surrounds a window with half a frame of its own mirror image on both sides.
fn pad(samples: &[f32], window: usize) -> Vec<f32> {
    const HALF: usize = SIZE / 2;
    let mut whole = vec![0.0; window + SIZE];
    whole[HALF..HALF + samples.len()].copy_from_slice(samples);
    for i in 1..=HALF {
        whole[HALF - i] = whole[HALF + i];
        whole[HALF + window - 1 + i] = whole[HALF + window - 1 - i];
    }
    whole
}

/// Cuts the range to 8 below the loudest and brings it to about -1..1.
fn squeeze(rows: &mut [f32]) {
    let loudest = rows.iter().copied().fold(f32::MIN, f32::max);
    for value in rows {
        *value = (value.max(loudest - 8.0) + 4.0) / 4.0;
    }
}

/// Slaney's scale: even below 1 kHz, logarithmic above; each triangle has the same area.
fn slaney_bands() -> Vec<Band> {
    const STEP: f64 = 200.0 / 3.0;
    let log_step = 6.4_f64.ln() / 27.0;
    let hz = |mel: f64| {
        if mel < 15.0 {
            mel * STEP
        } else {
            1000.0 * ((mel - 15.0) * log_step).exp()
        }
    };
    let top = 15.0 + 8.0_f64.ln() / log_step;
    let edges: Vec<f64> = (0..BANDS + 2)
        .map(|i| hz(top * i as f64 / (BANDS + 1) as f64))
        .collect();
    edges
        .windows(3)
        .map(|e| triangle(e[0], e[1], e[2]))
        .collect()
}

fn triangle(low: f64, middle: f64, high: f64) -> Band {
    let weight = |bin: usize| {
        let at = bin as f64 * f64::from(SAMPLE_RATE) / SIZE as f64;
        let height = ((at - low) / (middle - low)).min((high - at) / (high - middle));
        (height.max(0.0) * 2.0 / (high - low)) as f32
    };
    let first = (0..BINS).find(|&b| weight(b) > 0.0).unwrap_or(0);
    let weights = (first..BINS).map(weight).take_while(|w| *w > 0.0).collect();
    Band { first, weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudest_band(hz: f64) -> usize {
        let turn = std::f64::consts::TAU * hz / f64::from(SAMPLE_RATE);
        let tone: Vec<f32> = (0..16_000)
            .map(|i| (turn * f64::from(i)).sin() as f32)
            .collect();
        let rows = LogMel::new().of(&tone);
        let at = |band: usize| rows[band * FRAMES + 50];
        (0..BANDS).max_by(|&a, &b| at(a).total_cmp(&at(b))).unwrap()
    }

    #[test]
    fn a_tone_lights_the_band_of_its_pitch() {
        // Centres of the bands 10 and 60 on Slaney's scale.
        assert_eq!(loudest_band(410.0), 10);
        assert_eq!(loudest_band(3711.0), 60);
    }

    #[test]
    fn a_frame_equals_the_sum_written_out() {
        let noise: Vec<f32> = (0..4000_i32)
            .map(|i| ((i * 7919 % 1009) as f32 / 1009.0) - 0.5)
            .collect();
        let mel = LogMel::new();
        let mut power = [0.0_f32; BINS];
        for (bin, power) in power.iter_mut().enumerate() {
            let (mut re, mut im) = (0.0_f64, 0.0_f64);
            for i in 0..SIZE {
                let x = f64::from(noise[1600 - 200 + i] * mel.hann[i]);
                let turn = std::f64::consts::TAU * (bin * i) as f64 / SIZE as f64;
                (re, im) = (re + x * turn.cos(), im - x * turn.sin());
            }
            *power = (re * re + im * im) as f32;
        }
        let rows = mel.of(&noise);
        for (band, filter) in mel.bands.iter().enumerate() {
            let wanted = (filter.energy(&power).log10() + 4.0) / 4.0;
            assert!((rows[band * FRAMES + 10] - wanted).abs() < 1e-4);
        }
    }

    #[test]
    fn a_shorter_window_has_the_frames_of_a_longer_one() {
        let noise: Vec<f32> = (0..16_000_i32)
            .map(|i| ((i * 7919 % 1009) as f32 / 1009.0) - 0.5)
            .collect();
        let mel = LogMel::new();
        let (long, short) = (mel.of(&noise), mel.of_frames(&noise, 100));
        let same = |band: usize, frame: usize| {
            (long[band * FRAMES + frame] - short[band * 100 + frame]).abs() < 1e-6
        };
        assert!((0..BANDS).all(|band| (0..98).all(|frame| same(band, frame))));
    }

    #[test]
    fn silence_is_flat_and_any_length_is_one_window() {
        for samples in [0, 1, 159, 480_000, 500_000] {
            let rows = LogMel::new().of(&vec![0.0; samples]);
            assert_eq!(rows.len(), BANDS * FRAMES);
            assert!(rows.iter().all(|v| (v - -1.5).abs() < 1e-6));
        }
    }
}
