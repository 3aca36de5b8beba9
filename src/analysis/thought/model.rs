//! Smart Turn v3.2 (BSD-2, <https://github.com/pipecat-ai/smart-turn>) in ONNX Runtime.

use std::path::Path;

use kernels::{BANDS, LogMel};

use crate::analysis::speech::SAMPLE_RATE;
use crate::inference::{Data, Error, Runtime, Session, SessionOptions, Tensor, TensorSpec, open};
use crate::settings::DeviceChoice;

const INPUT: &str = "input_features";
const OUTPUT: &str = "logits";
/// Frames of its spectrum, 100 a second, and samples of its sound.
const FRAMES: usize = 800;
const SAMPLES: usize = 8 * SAMPLE_RATE as usize;
const SPECTRA: TensorSpec<'_> = TensorSpec::floats(INPUT, &[None, Some(BANDS), Some(FRAMES)]);
const ANSWERS: TensorSpec<'_> = TensorSpec::floats(OUTPUT, &[None, Some(1)]);
/// Keeps silence from being divided by nothing.
const LEAST_VARIANCE: f64 = 1e-7;

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct ThoughtModel {
    session: Session,
}

impl ThoughtModel {
    /// Loads the model from `path` on the device that was asked for and runs it once.
    ///
    /// # Errors
    /// [`Error::Device`] when a demanded device cannot run it, [`Error::Model`] when the file is not this model.
    pub fn open(
        runtime: &Runtime,
        path: &Path,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let session = open(runtime, path, wanted, options, |session| {
            session.expect(&[SPECTRA], &[ANSWERS])?;
            run(session, &[0.0; BANDS * FRAMES]).map(drop)
        })?;
        Ok(Self { session })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the spectrum of the last eight seconds of a sound, as the model takes it: 80 rows of 800 values.
    ///
    /// `samples` are 16 kHz mono; before the first of fewer there is silence.
    pub fn spectrum(mel: &LogMel, samples: &[f32]) -> Vec<f32> {
        let last = &samples[samples.len().saturating_sub(SAMPLES)..];
        let mut sound = vec![0.0; SAMPLES];
        sound[SAMPLES - last.len()..].copy_from_slice(last);
        level(&mut sound);
        mel.of_frames(&sound, FRAMES)
    }

    /// Returns how likely a thought is over with the sound of a spectrum, 0..1.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn judge(&mut self, spectrum: &[f32]) -> Result<f32, Error> {
        run(&mut self.session, spectrum)
    }
}

/// Brings a sound to a mean of zero and a variance of one.
fn level(sound: &mut [f32]) {
    let count = sound.len().max(1) as f64;
    let mean = sound.iter().copied().map(f64::from).sum::<f64>() / count;
    let squares = sound.iter().map(|x| (f64::from(*x) - mean).powi(2));
    let scale = 1.0 / (squares.sum::<f64>() / count + LEAST_VARIANCE).sqrt();
    for sample in sound {
        *sample = ((f64::from(*sample) - mean) * scale) as f32;
    }
}

fn run(session: &mut Session, spectrum: &[f32]) -> Result<f32, Error> {
    let input = Tensor {
        name: INPUT,
        shape: &[1, BANDS, FRAMES],
        data: Data::F32(spectrum),
    };
    let answer = session.run(&[input], &[OUTPUT])?.pop();
    let values = answer.map(|answer| answer.values).unwrap_or_default();
    match values[..] {
        [likely] if (0.0..=1.0).contains(&likely) => Ok(likely),
        _ => Err(Error::Run("smart turn gave no likelihood".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_as_loud_as_any_other_and_silence_stays_silent() {
        let mut sound: Vec<f32> = (0..1000_i16)
            .map(|n| 0.1 + f32::from(n % 2) * 0.02)
            .collect();
        level(&mut sound);
        assert!((sound[0] + 1.0).abs() < 0.01 && (sound[1] - 1.0).abs() < 0.01);
        let mut silence = vec![0.0; 100];
        level(&mut silence);
        assert_eq!(silence, vec![0.0; 100]);
    }
}
