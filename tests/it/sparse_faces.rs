//! Faces of a real film with and without pictures that are spared the search; against labels in `quality`.

use std::path::Path;

use serde_json::Value;

use crate::needs::{models, shared};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, make, run, stage};

/// What a run finds of the faces of a film.
pub(crate) struct FacesRun {
    /// As `analysis.json` lists them.
    pub(crate) faces: Vec<Value>,
    /// The row of the report.
    pub(crate) row: Value,
}

impl FacesRun {
    /// Runs the program on the pictures of a film, every fifth of a second.
    pub(crate) fn new(place: &Place, models: &Path, film: &Path, sparse: bool) -> Self {
        if !place.path().join("film.mkv").exists() {
            make(
                place,
                "film.mkv",
                &format!("-i {} -an -c copy", film.display()),
            );
        }
        let set = format!("--set faces.every=200ms --set faces.sparse={sparse}");
        let quick = "--set picture-text.enabled=false --until select";
        let args = format!("process film.mkv --output {sparse} {set} {quick}");
        let output = run(place, models, &args);
        assert_eq!(code(&output), 0, "{}", err(&output));
        let file = |name: &str| json(place, &format!("{sparse}/{name}"));
        Self {
            faces: file("film/analysis.json")["faces"]
                .as_array()
                .unwrap()
                .clone(),
            row: stage(&file("report.json"), "faces"),
        }
    }

    /// Returns the boxes at a time: left, top, width, height.
    pub(crate) fn boxes_near(&self, time: f64, near: f64) -> Vec<[f64; 4]> {
        let away = |at: &Value| (at["time"].as_f64().unwrap() - time).abs();
        let nearest = self.faces.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
        let nearest = nearest.filter(|found| away(found) <= near);
        let boxes = nearest.map(|found| found["boxes"].as_array().unwrap());
        let sides = |face: &Value| ["x", "y", "w", "h"].map(|side| face[side].as_f64().unwrap());
        boxes.into_iter().flatten().map(sides).collect()
    }
}

/// Returns what two boxes share, as a share of what they cover together.
pub(crate) fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let side = |n: usize| (a[n] + a[n + 2]).min(b[n] + b[n + 2]) - a[n].max(b[n]);
    let shared = side(0).max(0.0) * side(1).max(0.0);
    shared / (a[2] * a[3] + b[2] * b[3] - shared)
}

#[test]
fn pictures_that_are_spared_the_search_have_the_faces_all_the_same() {
    let models = or_skip!(models());
    let film = or_skip!(shared("media/speech/jwpIntro.mp4"));
    let place = Place::new();
    let every = FacesRun::new(&place, &models, &film, false);
    let sparse = FacesRun::new(&place, &models, &film, true);
    let (mut held, mut all) = (0, 0);
    for found in &every.faces {
        let time = found["time"].as_f64().unwrap();
        let spared = sparse.boxes_near(time, 0.01);
        for face in every.boxes_near(time, 0.01) {
            all += 1;
            held += usize::from(spared.iter().any(|other| overlap(face, *other) > 0.6));
        }
    }
    assert!(
        all > 20 && held as f64 > 0.97 * f64::from(all),
        "{held} of {all}"
    );
    assert_eq!(every.row["skipped_share"], Value::Null);
    let skipped = sparse.row["skipped_share"].as_f64().unwrap();
    assert!(skipped > 0.5, "{skipped}");
    let items = [&every, &sparse].map(|run| run.row["items"].as_f64().unwrap());
    assert!(
        (items[1] - items[0] * (1.0 - skipped)).abs() < 0.5,
        "{items:?}"
    );
}
