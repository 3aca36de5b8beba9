//! Persons found in real pictures, held against the original model, and in a film of one seen from behind.

use std::fs::File;
use std::path::PathBuf;
use std::sync::LazyLock;

use ndarray::{Array2, Array3};
use ndarray_npy::NpzReader;
use opusclip::analysis::persons::{PersonDetection, PersonModel, PersonRules};
use opusclip::frame::Picture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;
use serde_json::Value;

use crate::hearing::model;
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, make, run, stage};
use crate::warm::{Finished, Once};

fn person_model() -> Result<PersonModel, Missing> {
    let (runtime, path) = model("movenet_multipose.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(PersonModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

/// Returns a recorded picture and the six persons that the original makes of it: the last five numbers of each are top, left,
/// bottom, right and score.
fn recorded(name: &str) -> Result<(Picture, Array2<f32>), Missing> {
    let path = shared("models/golden/movenet_multipose.npz")?;
    let mut recorded = NpzReader::new(File::open(path).unwrap()).unwrap();
    let image: Array3<u8> = recorded.by_name(&format!("image_{name}")).unwrap();
    let (height, width, _) = image.dim();
    let picture = Picture {
        width: width as u32,
        height: height as u32,
        rgb: image.into_iter().collect(),
    };
    Ok((picture, recorded.by_name(&format!("out_{name}")).unwrap()))
}

/// Finds everybody, however unlikely, in a picture that is shown at its own size.
fn all_persons(model: &mut PersonModel, picture: &Picture) -> Vec<PersonDetection> {
    let rules = PersonRules {
        threshold: 0.02,
        overlap: 1.1,
        pixels: picture.width * picture.height,
        ..PersonRules::default()
    };
    let mut sizer = BatchSizer::fixed(1);
    model
        .find(&[picture], &rules, &mut sizer)
        .unwrap()
        .remove(0)
}

#[test]
fn the_persons_are_those_of_the_original() {
    let mut model = or_skip!(person_model());
    for name in ["person", "person2"] {
        let (picture, wanted) = or_skip!(recorded(name));
        let found = all_persons(&mut model, &picture);
        let mut wanted: Vec<[f32; 5]> = wanted
            .outer_iter()
            .map(|person| std::array::from_fn(|n| person[51 + n]))
            .filter(|person: &[f32; 5]| person[4] >= 0.02)
            .collect();
        wanted.sort_by(|a, b| b[4].total_cmp(&a[4]));
        assert_eq!(found.len(), wanted.len(), "{name}");
        for (person, wanted) in found.iter().zip(wanted) {
            let r = person.region;
            let places = [r.y, r.x, r.y + r.height, r.x + r.width];
            let off = places.iter().zip(wanted).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f32::max) < 1e-4, "{places:?} {wanted:?}");
            // A joint on the edge of the box is inside by a rounding, and counts for the score.
            assert!(
                (person.score - wanted[4]).abs() < 1e-3,
                "{} {wanted:?}",
                person.score
            );
        }
    }
}

#[test]
fn a_batch_finds_what_single_pictures_find_and_nobody_where_nobody_is() {
    let mut model = or_skip!(person_model());
    let (people, _) = or_skip!(recorded("person2"));
    let none = Picture {
        width: people.width,
        height: people.height,
        rgb: vec![90; people.rgb.len()],
    };
    let mut find = |pictures: &[&Picture]| {
        let mut sizer = BatchSizer::fixed(4);
        let rules = PersonRules::default();
        model.find(pictures, &rules, &mut sizer).unwrap()
    };
    let alone = find(&[&people]).remove(0);
    assert!(alone.len() >= 2, "{alone:?}");
    let together = find(&[&none, &people, &none]);
    assert_eq!((&together[0], &together[2]), (&Vec::new(), &Vec::new()));
    assert_eq!(together[1].len(), alone.len());
    for (one, other) in together[1].iter().zip(&alone) {
        assert!(one.region.overlap(other.region) > 0.99 && one.head.overlap(other.head) > 0.99);
    }
}

const MANIFEST: &str = "[output]\ndir = 'out'\n[defaults]\nclips = { count = 1, min = '2s', max = '4s' }\n[[job]]\ninput = 'in/*'\n";

/// Four seconds of a woman who stands at a table, seen from behind.
static FROM_BEHIND: Once = LazyLock::new(|| {
    Finished::of(
        |place| {
            place.write("jobs.toml", MANIFEST);
            std::fs::create_dir(place.path().join("in")).unwrap();
            if let Ok(film) = shared("media/faces/one-by-one-person-detection.mp4") {
                let film = film.display();
                let cut = format!(
                    "-ss 10 -t 4 -i {film} -an -vf scale=480:-2 -c:v libx264 -preset ultrafast"
                );
                make(place, "in/a.mp4", &cut);
            }
        },
        "process jobs.toml --until select",
    )
});

fn seen_from_behind() -> Result<(Place, PathBuf), Missing> {
    model("movenet_multipose.onnx")?;
    shared("media/faces/one-by-one-person-detection.mp4")?;
    let found = Finished::ended(&FROM_BEHIND)?;
    let output = &FROM_BEHIND.as_ref().unwrap().output;
    assert_eq!(code(output), 0, "{}", err(output));
    Ok(found)
}

#[test]
fn who_is_seen_from_behind_is_followed() {
    let (place, _) = or_skip!(seen_from_behind());
    let analysis = json(&place, "out/a/analysis.json");
    assert_eq!(analysis["faces"], Value::Array(Vec::new()));
    let pictures = analysis["persons"].as_array().unwrap();
    assert!(pictures.len() >= 3, "{pictures:?}");
    for picture in pictures {
        let boxes = picture["boxes"].as_array().unwrap();
        assert_eq!((boxes.len(), &boxes[0]["track"]), (1, &Value::from(0)));
        let [left, top, width, height] =
            ["x", "y", "w", "h"].map(|name| boxes[0][name].as_f64().unwrap());
        // She stands at 0.59 of the width and fills nine tenths of the height.
        assert!(
            (left..left + width).contains(&0.59) && width < 0.25,
            "{picture}"
        );
        assert!(top < 0.1 && height > 0.8, "{picture}");
    }
}

#[test]
fn persons_are_looked_for_once_and_not_at_all_where_that_is_switched_off() {
    let (place, models) = or_skip!(seen_from_behind());
    let searched = |args: &str| {
        let output = run(&place, &models, args);
        assert_eq!(code(&output), 0, "{}", err(&output));
        json(&place, "out/report.json")
    };
    let again = searched("process jobs.toml --until select");
    assert_eq!(stage(&again, "persons")["items"], 0);
    assert_eq!(stage(&again, "persons")["cache_hits"], 1);
    let off = searched("process jobs.toml --until select --set persons.enabled=false");
    assert!(!off["stages"].to_string().contains("persons"));
    assert_eq!(
        json(&place, "out/a/analysis.json")["persons"],
        Value::Array(Vec::new())
    );
    let seldom = searched("process jobs.toml --until select --set persons.every=2s");
    let items = stage(&seldom, "persons")["items"].as_u64().unwrap();
    assert!((1..=2).contains(&items), "{items}");
    assert_eq!(stage(&seldom, "faces")["items"], 0);
}
