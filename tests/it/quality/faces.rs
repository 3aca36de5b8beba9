//! Faces found in real pictures, held against labels.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use opusclip::analysis::Region;
use opusclip::analysis::faces::{Detection, FaceModel};
use serde_json::{Value, json};

use crate::faces::{face_model, faces_in};
use crate::needs::{Missing, models, shared};
use crate::or_skip;
use crate::place::Place;
use crate::seeing::{photograph, watch};
use crate::sparse_faces::{FacesRun, overlap};

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

fn read_json(path: &str) -> Result<Value, Missing> {
    let text = fs::read_to_string(shared(path)?).unwrap();
    Ok(serde_json::from_str(&text).unwrap())
}

/// Returns the labelled pictures of a video with the faces found in them.
fn in_video(model: &mut FaceModel, name: &str) -> Result<Vec<(Labelled, Vec<Detection>)>, Missing> {
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

fn in_photograph(model: &mut FaceModel, name: &str) -> Result<(Labelled, Vec<Detection>), Missing> {
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
#[ignore = "measures quality; run scripts/quality"]
fn faces_are_found_where_they_are_labelled_and_hardly_elsewhere() {
    let mut model = or_skip!(face_model());
    let mut all = Vec::new();
    for name in VIDEOS {
        let compared = or_skip!(in_video(&mut model, name));
        write_analysis(name, &compared);
        tell(name, &compared);
        all.extend(compared);
    }
    for name in PHOTOGRAPHS {
        let compared = or_skip!(in_photograph(&mut model, name));
        write_analysis(name, std::slice::from_ref(&compared));
        all.push(compared);
    }
    let (hits, labelled, found) = tell("all", &all);
    assert!(hits as f64 >= 0.97 * labelled as f64);
    assert!((found - hits) as f64 <= 0.03 * found as f64);
}

fn tell(name: &str, compared: &[(Labelled, Vec<Detection>)]) -> (usize, usize, usize) {
    let (hits, labelled, found) = hits(compared);
    println!("{name:36} {hits} of {labelled} labelled faces, {found} found");
    (hits, labelled, found)
}

/// Returns how many faces of a film are labelled, and how many of them a run has.
fn held(run: &FacesRun, name: &str) -> Result<(usize, usize), Missing> {
    let label = read_json(&format!("media/{name}.faces.json"))?;
    let (mut all, mut held) = (0, 0);
    for sample in label["samples"].as_array().unwrap() {
        let found = run.boxes_near(sample["t"].as_f64().unwrap(), 0.25);
        let labelled = sample["faces"].as_array().unwrap();
        let labelled = labelled
            .iter()
            .map(|face| [0, 1, 2, 3].map(|n| face[n].as_f64().unwrap()));
        for face in labelled {
            all += 1;
            held += usize::from(found.iter().any(|found| overlap(*found, face) >= 0.3));
        }
    }
    Ok((all, held))
}

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn two_fifths_of_the_searches_hold_every_labelled_face_that_all_hold() {
    let models = or_skip!(models());
    let (mut searched, mut pictures) = (0, 0);
    for name in VIDEOS {
        let film = or_skip!(shared(&format!("media/{name}")));
        let place = Place::new();
        let [every, sparse] =
            [false, true].map(|sparse| FacesRun::new(&place, &models, &film, sparse));
        let (all, wanted) = or_skip!(held(&every, name));
        let (_, found) = or_skip!(held(&sparse, name));
        let items = |run: &FacesRun| run.row["items"].as_u64().unwrap();
        let of = (items(&sparse), items(&every));
        println!(
            "{name:36} {found} of {all} labelled faces by {} searches, {wanted} by {}",
            of.0, of.1
        );
        assert!(found >= wanted, "{name}");
        (searched, pictures) = (searched + of.0, pictures + of.1);
    }
    println!("{searched} of {pictures} pictures searched");
    assert!(searched * 5 <= pictures * 2);
}
