//! Kinds of sound told apart in real sound, held against the original tool.

use std::fs;

use ndarray_npy::NpzReader;
use opusclip::analysis::sound::{
    Detail, SoundLabel, SoundModel, SoundScores, SoundSegment, SoundStream, find,
};
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;

use crate::hearing::{model, recording, samples, seconds};
use crate::needs::{Missing, shared};
use crate::or_skip;

/// Where the recorded patches lie in `musanmix.mp3`: the row of the first one.
const GOLDEN_ROW: usize = 983 + 17;

fn sound_model() -> Result<SoundModel, Missing> {
    let (runtime, path) = model("speech_music_noise.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(SoundModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

fn scores(model: &mut SoundModel, sound: &[f32], detail: Detail) -> SoundScores {
    let mut stream = SoundStream::new(detail);
    let mut sizer = BatchSizer::fixed(32);
    let mut scores = SoundScores::default();
    for piece in sound.chunks(100_003) {
        scores.append(stream.push(piece, model, &mut sizer).unwrap());
    }
    scores.append(stream.finish(model, &mut sizer).unwrap());
    scores
}

/// Returns the segments as label, start and end in hundredths of a second.
fn readable(segments: &[SoundSegment]) -> Vec<(SoundLabel, u64, u64)> {
    let hundredths = |time: f64| (time * 100.0).round() as u64;
    let line = |segment: &SoundSegment| {
        let (start, end) = seconds(segment.range);
        (segment.label, hundredths(start), hundredths(end))
    };
    segments.iter().map(line).collect()
}

/// Reads what the original tool found.
fn original(name: &str) -> Result<Vec<(SoundLabel, u64, u64)>, Missing> {
    #[derive(serde::Deserialize)]
    struct Found {
        segments: Vec<(String, f64, f64)>,
    }
    let text = fs::read_to_string(shared(name)?).unwrap();
    let found: Found = serde_json::from_str(&text).unwrap();
    let hundredths = |time: f64| (time * 100.0).round() as u64;
    let label = |name: &str| match name {
        "speech" => SoundLabel::Speech,
        "music" => SoundLabel::Music,
        "noise" => SoundLabel::Noise,
        _ => SoundLabel::Silence,
    };
    let line = |(name, start, end): &(String, f64, f64)| {
        (label(name), hundredths(*start), hundredths(*end))
    };
    Ok(found.segments.iter().map(line).collect())
}

#[test]
fn every_boundary_is_that_of_the_original_however_closely_one_listens() {
    let mut model = or_skip!(sound_model());
    let sound = or_skip!(recording("speech/musanmix.mp3"));
    let wanted = or_skip!(original("models/golden/ina_musanmix.json"));
    for detail in [Detail::Every, Detail::WhereUnsure] {
        let found = find(&scores(&mut model, &sound, detail));
        assert_eq!(readable(&found), wanted, "{detail:?}");
    }
}

#[test]
fn the_scores_are_those_of_the_original() {
    let mut model = or_skip!(sound_model());
    let sound = or_skip!(recording("speech/musanmix.mp3"));
    let golden = or_skip!(shared("models/golden/ina_speech_music_noise.npz"));
    let mut golden = NpzReader::new(fs::File::open(golden).unwrap()).unwrap();
    let wanted: ndarray::Array2<f32> = golden.by_name("probs").unwrap();
    let found = scores(&mut model, &sound, Detail::Every).classes;
    for (found, wanted) in found[GOLDEN_ROW..].iter().zip(wanted.rows()) {
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(
                (found.exp() - wanted).abs() < 1e-4,
                "{} instead of {wanted}",
                found.exp()
            );
        }
    }
}

#[test]
fn rain_and_crowds_are_noise_and_a_saxophone_is_music() {
    let mut model = or_skip!(sound_model());
    for (name, wanted) in [
        ("rain.mp3", SoundLabel::Noise),
        ("crowd.mp3", SoundLabel::Noise),
        ("sax.wav", SoundLabel::Music),
        ("jfk.flac", SoundLabel::Speech),
    ] {
        let sound = or_skip!(recording(&format!("speech/{name}")));
        let found = find(&scores(&mut model, &sound, Detail::Every));
        let mut heard = found.iter().filter(|s| s.label != SoundLabel::Silence);
        assert!(
            heard.all(|segment| segment.label == wanted),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn noise_between_silences_is_found_to_the_hundredth() {
    let mut model = or_skip!(sound_model());
    let graph = "anoisesrc=seed=7:d=4:a=0.3:r=16000,adelay=3000:all=1,apad=pad_dur=3";
    let sound = samples(&["-f", "lavfi", "-i", graph]);
    let found = readable(&find(&scores(&mut model, &sound, Detail::Every)));
    let labels: Vec<_> = found.iter().map(|(label, ..)| *label).collect();
    assert_eq!(
        labels,
        [SoundLabel::Silence, SoundLabel::Noise, SoundLabel::Silence]
    );
    assert!(
        found[1].1.abs_diff(300) <= 4 && found[1].2.abs_diff(700) <= 4,
        "{found:?}"
    );
}

#[test]
fn sounds_of_any_length_are_covered_or_have_nothing_to_say() {
    let mut model = or_skip!(sound_model());
    for length in [0, 1, 399, 400, 720, 10_880, 11_119, 11_120, 11_280, 16_000] {
        let sound: Vec<f32> = (0..length).map(|n| (n * n % 701) as f32 / 1402.0).collect();
        let found = find(&scores(&mut model, &sound, Detail::Every));
        let end = found.last().map_or(0, |segment| segment.range.end());
        assert_eq!(end > 0, length >= 400, "{length}");
        assert!(end <= length as u64, "{length}: {end}");
    }
}
