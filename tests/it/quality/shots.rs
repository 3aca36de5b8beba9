//! Shots of real films with and without the gate before the shot model.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use opusclip::analysis::shots::{
    BoundaryRules, FadeWatch, FrameScore, GateRules, KnownStarts, ShotModel, ShotWindow,
    ShotWindows, find, pictures_of_every_window,
};
use opusclip::frame::SmallPicture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::media::{DecodePlan, Limits, decode, init, probe};
use opusclip::settings::DeviceChoice;
use opusclip::timeline::{Shot, Timestamp, Transition};
use serde_json::Value;

use crate::hearing::model;
use crate::needs::{Missing, shared};
use crate::or_skip;

const FILMS: [&str; 10] = [
    "cuts/bikes.mp4",
    "cuts/chaplin.mp4",
    "cuts/cityCC0.mpg",
    "cuts/fades.mp4",
    "cuts/shot_change.mp4",
    "cuts/testvideo.mp4",
    "faces/WDA_KatieHill_000.mp4",
    "faces/obama_speech.mp4",
    "faces/single_face.mp4",
    "awkward/av1-2018-06_550.webm",
];

/// Films whose cuts people have labelled.
const LABELLED: [&str; 10] = [
    "bikes.mp4",
    "chaplin.mp4",
    "cityCC0.mpg",
    "fades.mp4",
    "h5r-chromeicon.mp4",
    "shot_change.mp4",
    "tears-of-steel-battle-clip-medium.webm",
    "testvideo.mp4",
    "trailer_bbb.mp4",
    "world.mp4",
];
/// Frames that a boundary may lie beside a labelled cut.
const TOLERANCE: u64 = 2;

/// The frames of a film and their times.
struct Film {
    pictures: Vec<SmallPicture>,
    times: Vec<Timestamp>,
    end: Timestamp,
}

impl Film {
    fn read(path: &Path) -> Self {
        init();
        let limits = Limits::default();
        let media = probe(path, &limits).unwrap();
        let (mut pictures, mut times) = (Vec::new(), Vec::new());
        let plan = DecodePlan {
            threads: 1,
            pictures: None,
        };
        let decoded = decode(path, &media, &plan, &limits, &mut |frame| {
            times.push(frame.time);
            pictures.push(*frame.small);
            ControlFlow::Continue(())
        });
        let end = decoded.unwrap().end.unwrap();
        Self {
            pictures,
            times,
            end,
        }
    }

    /// Returns the shots, and how many pictures the model was shown for them.
    fn shots(&self, model: &mut ShotModel, gate: Option<&GateRules>) -> (Vec<Shot>, usize) {
        let mut windows = ShotWindows::new(gate);
        let pushed = self
            .pictures
            .iter()
            .filter_map(|picture| windows.push(picture));
        let mut all: Vec<ShotWindow> = pushed.collect();
        all.extend(windows.finish());
        let mut scores = vec![FrameScore::default(); self.times.len()];
        let answers = model.score(&all, &mut BatchSizer::fixed(1)).unwrap();
        for (window, answer) in all.iter().zip(answers) {
            let slots = scores.iter_mut().skip(window.first_frame);
            slots.zip(answer).for_each(|(slot, score)| *slot = score);
        }
        let rules = BoundaryRules {
            threshold: 0.5,
            min_length: Duration::ZERO,
        };
        let mut fades = FadeWatch::default();
        self.pictures
            .iter()
            .for_each(|small| fades.push(Some(small)));
        let fades = fades.finish(&self.times);
        let known = KnownStarts {
            fades: &fades,
            slides: &[],
        };
        let shots = find(&self.times, self.end, &scores, known, &rules);
        (shots, all.iter().map(ShotWindow::pictures).sum())
    }
}

fn shot_model(file: &str) -> Result<ShotModel, Missing> {
    let (runtime, path) = model(file)?;
    let options = SessionOptions { threads: 1 };
    Ok(ShotModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

/// Hits, false alarms and misses among the hard cuts of a film: a boundary in a labelled gradual transition is neither.
fn score(shots: &[Shot], label: &Value) -> [usize; 3] {
    let frames = |key: &str| -> Vec<u64> {
        let listed = label[key].as_array().into_iter().flatten();
        listed.map(|frame| frame.as_u64().unwrap()).collect()
    };
    let optional = frames("optional");
    let later = shots
        .iter()
        .filter(|shot| shot.transition != Transition::Start);
    let mut free: Vec<u64> = later.map(|shot| shot.start_frame).collect();
    let (mut hits, mut missed) = (0, 0);
    for cut in frames("cuts").iter().filter(|cut| !optional.contains(cut)) {
        match free
            .iter()
            .position(|frame| frame.abs_diff(*cut) <= TOLERANCE)
        {
            Some(slot) => {
                free.remove(slot);
                hits += 1;
            }
            None => missed += 1,
        }
    }
    let gradual = label["gradual"].as_array().into_iter().flatten();
    let gradual = gradual.map(|part| [0, 1].map(|side| part[side].as_u64().unwrap()));
    let mut allowed: Vec<[u64; 2]> = gradual.collect();
    allowed.extend(optional.iter().map(|frame| [*frame, *frame]));
    let is_allowed = |frame: &u64| {
        let mut parts = allowed.iter();
        parts.any(|[first, last]| (*first..=last + 2 * TOLERANCE).contains(&(frame + TOLERANCE)))
    };
    let wrong = free.iter().filter(|frame| !is_allowed(frame));
    [hits, wrong.count(), missed]
}

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn a_shot_model_that_works_on_bytes_is_as_often_right_as_one_on_floats() {
    let files = ["transnetv2.onnx", "transnetv2_int8.onnx"];
    let [floats, bytes] = files.map(shot_model);
    let mut models = [or_skip!(floats), or_skip!(bytes)];
    let mut pooled = [[0; 3]; 2];
    for name in LABELLED {
        let film = Film::read(&or_skip!(shared(&format!("media/cuts/{name}"))));
        let label = or_skip!(shared(&format!("media/cuts/{name}.cuts.json")));
        let label = serde_json::from_slice(&std::fs::read(label).unwrap()).unwrap();
        let scores = models.each_mut().map(|model| {
            let (shots, _) = film.shots(model, Some(&GateRules::default()));
            score(&shots, &label)
        });
        println!(
            "{name:40} hits, false, missed: {:?} {:?}",
            scores[0], scores[1]
        );
        for (sums, counts) in pooled.iter_mut().zip(scores) {
            sums.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
    }
    let rate = |[hits, wrong, missed]: [usize; 3]| 2 * hits * 1000 / (2 * hits + wrong + missed);
    let [floats, bytes] = pooled.map(rate);
    println!("F1 in thousandths: {floats} on floats, {bytes} on bytes");
    assert!(bytes >= floats && bytes > 800);
}

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn the_gate_before_the_shot_model_loses_no_shot_of_real_films() {
    let mut model = or_skip!(shot_model("transnetv2.onnx"));
    let rules = GateRules::default();
    let (mut seen, mut every) = (0, 0);
    for name in FILMS {
        let film = Film::read(&or_skip!(shared(&format!("media/{name}"))));
        let (gated, shown) = film.shots(&mut model, Some(&rules));
        let (whole, all) = film.shots(&mut model, None);
        assert_eq!(all, pictures_of_every_window(film.times.len()));
        println!(
            "{name:32} {} shots, {shown} of {all} pictures seen",
            whole.len()
        );
        assert_eq!(gated, whole, "{name}");
        (seen, every) = (seen + shown, every + all);
    }
    let skipped = 1.0 - seen as f64 / every as f64;
    println!("the model is spared {:.0} % of its work", 100.0 * skipped);
    assert!(skipped > 0.25);
}
