//! Shots of real films with and without the gate before the shot model.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use opusclip::analysis::shots::{
    BoundaryRules, FrameScore, GateRules, ShotModel, ShotWindow, ShotWindows, find,
    pictures_of_every_window,
};
use opusclip::frame::SmallPicture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::media::{DecodePlan, Limits, decode, init, probe};
use opusclip::settings::DeviceChoice;
use opusclip::timeline::{Shot, Timestamp};

use crate::hearing::model;
use crate::needs::shared;
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
        let shots = find(&self.times, self.end, &scores, &rules);
        (shots, all.iter().map(ShotWindow::pictures).sum())
    }
}

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn the_gate_before_the_shot_model_loses_no_shot_of_real_films() {
    let (runtime, path) = or_skip!(model("transnetv2.onnx"));
    let options = SessionOptions { threads: 1 };
    let mut model = ShotModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap();
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
