//! Speech found in real sound, held against the original model and against what people marked.

use std::fs;

use ndarray_npy::NpzReader;
use opusclip::analysis::speech::{
    BLOCK, FRAME, SAMPLE_RATE, SampleRange, SpeechModel, SpeechRules, SpeechState, SpeechStream,
    find,
};
use opusclip::inference::SessionOptions;
use opusclip::settings::DeviceChoice;

use crate::hearing::{model, recording, samples, seconds};
use crate::needs::{Missing, shared};
use crate::or_skip;

fn speech_model() -> Result<SpeechModel, Missing> {
    let (runtime, path) = model("silero_vad.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(SpeechModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

fn scores(model: &mut SpeechModel, sound: &[f32]) -> Vec<f32> {
    let mut stream = SpeechStream::default();
    let mut scores = stream.push(sound, model).unwrap();
    scores.extend(stream.finish(model).unwrap());
    scores
}

fn speech_in(model: &mut SpeechModel, sound: &[f32]) -> Vec<SampleRange> {
    find(
        &scores(model, sound),
        sound.len() as u64,
        &SpeechRules::default(),
    )
}

/// Reads the stretches of speech that people marked: `start end speech` or RTTM lines.
fn marked(name: &str) -> Result<Vec<(f64, f64)>, Missing> {
    let text = fs::read_to_string(shared(&format!("media/speech/{name}"))?).unwrap();
    let number = |field: &str| field.parse::<f64>().unwrap();
    Ok(text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter_map(|fields| match fields.as_slice() {
            [start, end, "speech"] => Some((number(start), number(end))),
            ["SPEAKER", _, _, start, length, ..] => {
                Some((number(start), number(start) + number(length)))
            }
            _ => None,
        })
        .collect())
}

/// Returns the shares of marked speech that was found and of found speech that was marked, by 10 ms.
fn recall_and_precision(found: &[SampleRange], marked: &[(f64, f64)], sound: &[f32]) -> (f64, f64) {
    let inside = |spans: &[(f64, f64)], time: f64| spans.iter().any(|s| s.0 <= time && time < s.1);
    let found: Vec<_> = found.iter().map(|range| seconds(*range)).collect();
    let times = (0..sound.len())
        .step_by(160)
        .map(|n| n as f64 / f64::from(SAMPLE_RATE));
    let (mut both, mut only_found, mut only_marked) = (0.0, 0.0, 0.0);
    for time in times {
        match (inside(&found, time), inside(marked, time)) {
            (true, true) => both += 1.0,
            (true, false) => only_found += 1.0,
            (false, true) => only_marked += 1.0,
            (false, false) => {}
        }
    }
    (both / (both + only_marked), both / (both + only_found))
}

#[test]
fn the_scores_are_those_of_the_original() {
    let mut model = or_skip!(speech_model());
    let golden = or_skip!(shared("models/golden/silero_vad.npz"));
    let mut golden = NpzReader::new(fs::File::open(golden).unwrap()).unwrap();
    let pcm: ndarray::Array1<i16> = golden.by_name("pcm16").unwrap();
    let wanted: ndarray::Array1<f32> = golden.by_name("speech_probs").unwrap();
    let sound: Vec<f32> = pcm.iter().map(|s| f32::from(*s) / 32768.0).collect();
    let found = scores(&mut model, &sound);
    assert_eq!(
        found.len(),
        wanted.len() + 1,
        "the original leaves out the last part of a frame"
    );
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!((found - wanted).abs() < 1e-5, "{found} instead of {wanted}");
    }
}

#[test]
fn a_resumed_stream_gives_the_same_bits() {
    let mut model = or_skip!(speech_model());
    let sound = samples(&[
        "-f",
        "lavfi",
        "-i",
        "anoisesrc=seed=7:d=40:a=0.4,tremolo=f=5",
    ]);
    let whole = scores(&mut model, &sound);
    let mut first = SpeechStream::default();
    let mut pieces = first
        .push(&sound[..BLOCK * FRAME + 77_777], &mut model)
        .unwrap();
    let state = SpeechState::from_bytes(&first.state().to_bytes()).unwrap();
    let rest = &sound[state.next_sample() as usize..];
    let mut second = SpeechStream::resume(state);
    pieces.extend(second.push(rest, &mut model).unwrap());
    pieces.extend(second.finish(&mut model).unwrap());
    assert_eq!(pieces, whole);
}

#[test]
fn silence_noise_and_tones_are_not_taken_for_speech() {
    let mut model = or_skip!(speech_model());
    for source in [
        "anullsrc=d=20:r=16000",
        "anoisesrc=seed=7:d=20:a=0.1",
        "sine=f=440:d=20",
    ] {
        let sound = samples(&["-f", "lavfi", "-i", source]);
        assert_eq!(speech_in(&mut model, &sound), [], "{source}");
    }
}

#[test]
fn rain_and_crowds_are_not_taken_for_speech_and_a_saxophone_hardly() {
    let mut model = or_skip!(speech_model());
    for (name, allowed) in [("rain.mp3", 0.0), ("crowd.mp3", 0.0), ("sax.wav", 1.5)] {
        let sound = or_skip!(recording(&format!("speech/{name}")));
        let spans = speech_in(&mut model, &sound).into_iter().map(seconds);
        let total: f64 = spans.map(|(start, end)| end - start).sum();
        assert!(total <= allowed, "{name}: {total} s of speech");
    }
}

#[test]
fn speech_is_found_where_people_marked_it() {
    let mut model = or_skip!(speech_model());
    for (name, marks, recall, precision) in [
        ("count.wav", "count.wav.segments", 0.97, 0.82),
        (
            "pyannote-sample.wav",
            "pyannote-sample.wav.rttm",
            0.98,
            0.98,
        ),
        // A distant microphone, and marks that reach over every pause.
        ("dev00.wav", "dev00.wav.rttm", 0.68, 0.99),
    ] {
        let sound = or_skip!(recording(&format!("speech/{name}")));
        let found = speech_in(&mut model, &sound);
        let rates = recall_and_precision(&found, &or_skip!(marked(marks)), &sound);
        assert!(
            rates.0 >= recall && rates.1 >= precision,
            "{name}: {rates:?}"
        );
    }
}

#[test]
fn the_first_word_is_found_when_it_is_said() {
    let mut model = or_skip!(speech_model());
    let sound = or_skip!(recording("speech/pyannote-sample.wav"));
    let (start, _) = seconds(speech_in(&mut model, &sound)[0]);
    assert!((start - 6.69).abs() < 0.1, "{start}");
}
