//! Ends of thoughts, held against the original model and its own spectrum of the same sound.

use std::fs::File;

use ndarray::{Array0, Array1, Array2};
use ndarray_npy::NpzReader;
use opusclip::analysis::thought::ThoughtModel;
use opusclip::analysis::transcript::LogMel;
use opusclip::inference::SessionOptions;
use opusclip::settings::DeviceChoice;

use crate::hearing::model;
use crate::needs::{Missing, shared};
use crate::or_skip;

fn thought_model() -> Result<ThoughtModel, Missing> {
    let (runtime, path) = model("smart_turn.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(ThoughtModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

/// A sound that ends somewhere, and what the original makes of it.
struct Recorded {
    sound: Vec<f32>,
    spectrum: Array2<f32>,
    likelihood: f32,
}

fn recorded(end: &str) -> Result<Recorded, Missing> {
    let path = shared("models/golden/smart_turn.npz")?;
    let mut recorded = NpzReader::new(File::open(path).unwrap()).unwrap();
    let audio: Array1<i16> = recorded.by_name("audio").unwrap();
    let samples: Array0<i64> = recorded.by_name(&format!("end_{end}")).unwrap();
    let likelihood: Array1<f32> = recorded.by_name(&format!("p_{end}")).unwrap();
    let heard = audio.iter().take(samples.into_scalar() as usize);
    Ok(Recorded {
        sound: heard.map(|sample| f32::from(*sample) / 32768.0).collect(),
        spectrum: recorded.by_name(&format!("mel_{end}")).unwrap(),
        likelihood: likelihood[0],
    })
}

#[test]
fn ends_of_thoughts_are_those_of_the_original() {
    let mut model = or_skip!(thought_model());
    let mel = LogMel::new();
    for end in ["whole", "cut_at_7s", "cut_at_4s"] {
        let recorded = or_skip!(recorded(end));
        let spectrum = ThoughtModel::spectrum(&mel, &recorded.sound);
        assert_eq!(spectrum.len(), recorded.spectrum.len());
        let off = spectrum.iter().zip(&recorded.spectrum);
        let off = off.map(|(found, wanted)| (found - wanted).abs());
        assert!(off.clone().fold(0.0, f32::max) < 2e-3, "{end}");
        // An 8-bit graph: a spectrum that is off by its last bits may fall on another step.
        let likelihood = model.judge(&spectrum).unwrap();
        let wanted = recorded.likelihood;
        assert!(
            (likelihood - wanted).abs() < 0.03,
            "{end}: {likelihood} instead of {wanted}"
        );
    }
}
