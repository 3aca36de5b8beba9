//! Whisper's ear and hand, held against what the original implementation heard and wrote.

use std::fs;

use ndarray_npy::NpzReader;
use opusclip::analysis::speech::SampleRange;
use opusclip::analysis::transcript::{
    Error, LogMel, Packer, Packing, SpeechWindow, Transcriber, TranscriberFiles, WindowText,
    spectra, transcript,
};
use opusclip::inference::SessionOptions;
use opusclip::settings::DeviceChoice;
use opusclip::timeline::{Timestamp, Word};
use serde_json::Value;

use crate::hearing::{model, recording, samples};
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::said::score::normal;

/// Opens a Whisper in one precision, or tells what is missing.
fn whisper(name: &str, precision: &str) -> Result<Transcriber, Missing> {
    let file = |part: &str| match model(&format!("{name}_{part}")) {
        Ok((_, path)) => Ok(path),
        Err(missing) if precision == "int8" => Err(missing),
        Err(missing) => Err(missing.made_on_request()),
    };
    let files = TranscriberFiles {
        encoder: file(&format!("encoder_{precision}.onnx"))?,
        decoder: file(&format!("decoder_{precision}.onnx"))?,
        tokenizer: file("tokenizer.json")?,
        config: file("config.json")?,
    };
    let (runtime, _) = model(&format!("{name}_config.json"))?;
    let options = SessionOptions { threads: 2 };
    Ok(Transcriber::open(runtime, &files, DeviceChoice::Cpu, &options).unwrap())
}

/// Returns a sound as one window, all of it taken for speech.
fn window(sound: &[f32]) -> SpeechWindow {
    let mut packer = Packer::new(Packing::default());
    packer.hear(sound);
    let all = SampleRange::new(0, sound.len() as u64).unwrap();
    let mut windows = packer.speech(all);
    windows.extend(packer.finish());
    windows.remove(0)
}

fn write(model: &mut Transcriber, sound: &[f32]) -> (WindowText, Vec<Word>) {
    let windows = [window(sound)];
    let heard = model.listen(&spectra(&LogMel::new(), &windows)).unwrap();
    let language = model.language(&heard).unwrap();
    assert_eq!(language, "en");
    let mut texts = model.write(&windows, &heard, &language).unwrap();
    let text = texts.remove(0);
    let placed = [(windows[0].layout().clone(), text.clone())];
    let said = transcript(&language, &placed, Timestamp::ZERO);
    (text, said.words().cloned().collect())
}

/// Returns what the original wrote down: tokens, and words with start, end and confidence.
fn original(entry: &str) -> Result<Value, Missing> {
    let text = fs::read_to_string(shared("models/golden/whisper_jfk.json")?).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    Ok(all[entry].clone())
}

/// Checks words, times to `seconds` and confidences to `share`, all of them.
fn check(found: &[Word], wanted: &Value, seconds: f64, share: f64) {
    let wanted = wanted["words"].as_array().unwrap();
    let words = |texts: Vec<&str>| normal(&texts.join(" "));
    assert_eq!(
        words(found.iter().map(|word| word.text.as_str()).collect()),
        words(
            wanted
                .iter()
                .map(|word| word[0].as_str().unwrap())
                .collect()
        ),
    );
    for (found, wanted) in found.iter().zip(wanted) {
        let (start, end) = (found.range.start(), found.range.end());
        let off = |found: f64, wanted: &Value| (found - wanted.as_f64().unwrap()).abs();
        assert!(
            off(start.seconds(), &wanted[1]) <= seconds,
            "{found:?} {wanted}"
        );
        assert!(
            off(end.seconds(), &wanted[2]) <= seconds,
            "{found:?} {wanted}"
        );
        assert!(
            off(f64::from(found.confidence), &wanted[3]) <= share,
            "{found:?} {wanted}"
        );
    }
}

#[test]
fn a_window_looks_as_it_does_to_the_original() {
    let sound = or_skip!(recording("speech/jfk.flac"));
    let golden = or_skip!(shared("models/golden/whisper_base_mel.npz"));
    let mut golden = NpzReader::new(fs::File::open(golden).unwrap()).unwrap();
    let wanted: ndarray::Array3<f32> = golden.by_name("mel").unwrap();
    let found = LogMel::new().of(&sound);
    assert_eq!(found.len(), wanted.len());
    // The original changed the rate with another filter: the last two bands lie where it begins to cut.
    let off = found.iter().zip(&wanted).map(|(f, w)| (f - w).abs());
    let off: Vec<f32> = off.take(found.len() / 80 * 78).collect();
    let worst = off.iter().copied().fold(0.0, f32::max);
    let mean = off.iter().sum::<f32>() / off.len() as f32;
    assert!(worst < 0.02 && mean < 5e-4, "{worst}, mean {mean}");
}

#[test]
fn the_full_model_writes_what_the_original_wrote_token_by_token_and_to_the_same_times() {
    let sound = or_skip!(recording("speech/jfk.flac"));
    let wanted = or_skip!(original("whisper_base_f32"));
    let (text, words) = write(&mut or_skip!(whisper("whisper_base", "f32")), &sound);
    assert_eq!(text.tokens(), wanted["tokens"].as_array().unwrap().len());
    let found: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(found.join(" "), wanted["text"].as_str().unwrap().trim());
    check(&words, &wanted, 0.001, 0.03);
}

#[test]
fn the_half_precision_model_writes_the_same() {
    let sound = or_skip!(recording("speech/jfk.flac"));
    let wanted = or_skip!(original("whisper_base_f32"));
    let (_, words) = write(&mut or_skip!(whisper("whisper_base", "f16")), &sound);
    check(&words, &wanted, 0.001, 0.03);
}

/// Checks the words, and that their edges are within `seconds`, but for the two on either side of each of the speaker's
/// four pauses: they lie anywhere in it.
fn check_most(found: &[Word], wanted: &Value, seconds: f64) {
    let wanted = wanted["words"].as_array().unwrap();
    let texts: Vec<_> = found.iter().map(|word| word.text.as_str()).collect();
    let originals: Vec<_> = wanted
        .iter()
        .map(|word| word[0].as_str().unwrap())
        .collect();
    assert_eq!(normal(&texts.join(" ")), normal(&originals.join(" ")));
    let near = |found: Timestamp, wanted: &Value| {
        (found.seconds() - wanted.as_f64().unwrap()).abs() <= seconds
    };
    let edges = found.iter().zip(wanted).flat_map(|(found, wanted)| {
        [
            near(found.range.start(), &wanted[1]),
            near(found.range.end(), &wanted[2]),
        ]
    });
    let edges: Vec<bool> = edges.collect();
    let right = edges.iter().filter(|&&near| near).count();
    assert!(right + 8 >= edges.len(), "{right} of {}", edges.len());
}

#[test]
fn the_small_models_write_the_same_words() {
    let sound = or_skip!(recording("speech/jfk.flac"));
    for (model, entry) in [
        ("whisper_base", "whisper_base_f32"),
        ("whisper_tiny_en", "whisper_tiny_en_int8"),
    ] {
        let wanted = or_skip!(original(entry));
        let (_, words) = write(&mut or_skip!(whisper(model, "int8")), &sound);
        check_most(&words, &wanted, 0.08);
    }
}

#[test]
fn a_language_that_the_model_does_not_know_is_told_before_anything_is_written() {
    let mut small = or_skip!(whisper("whisper_tiny_en", "int8"));
    let windows = [window(&samples(&["-f", "lavfi", "-i", "sine=d=1"]))];
    let heard = small.listen(&spectra(&LogMel::new(), &windows)).unwrap();
    assert_eq!(small.language(&heard).unwrap(), "en");
    let refused = small.write(&windows, &heard, "de").unwrap_err();
    assert_eq!(refused, Error::Language("de".into()));
}
