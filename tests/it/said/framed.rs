//! Clips of another shape than their source: what they show, what is judged, what gives way.

use serde_json::Value;

use super::studio::{Studio, speech};
use crate::or_skip;
use crate::process::stage;

const SHORT: &str = "clips = { count = 1, min = '4s', max = '9s' }";
const FAST: &str = "--set render.preset=ultrafast";

/// Runs the program on the speech with these settings and returns the report and the clip's entry.
fn made(studio: &Studio, settings: &str) -> Result<(Value, Value), String> {
    let film = speech()?;
    let job = format!("{SHORT}\n{settings}");
    let report = studio.ask(&film.display().to_string(), &job).report(FAST);
    let clips = studio.json("a/clips.json");
    Ok((report, clips["clips"][0].clone()))
}

#[test]
fn an_upright_clip_shows_the_faces_is_judged_and_made_once() {
    let studio = or_skip!(Studio::new());
    let (_, clip) = or_skip!(made(&studio, "aspect = '9:16'"));
    let checks = clip["verify"]["checks"].as_array().unwrap();
    for name in [
        "captions",
        "captions_area",
        "faces",
        "stretch",
        "loudness",
        "seekable",
    ] {
        let check = checks.iter().find(|check| check["name"] == name);
        assert_eq!(check.unwrap()["ok"], true, "{name}");
    }
    assert_eq!(clip["verify"]["repairs"], Value::Array(Vec::new()));
    let part = &clip["crop"][0];
    assert!(part["coverage"].as_f64().unwrap() > 0.9, "{part}");
    for file in ["file", "thumbnail", "contact_sheet"] {
        let name = clip[file].as_str().unwrap();
        assert!(studio.path(&format!("out/a/{name}")).is_file(), "{name}");
    }
    assert!(
        !studio.json("a/analysis.json")["faces"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let (report, again) = or_skip!(made(&studio, "aspect = '9:16'"));
    assert_eq!(again, clip);
    for name in ["decode", "faces", "embed", "render"] {
        assert_eq!(stage(&report, name)["cache_misses"], 0, "{name}");
    }
}

#[test]
fn a_font_that_is_missing_costs_the_captions_in_the_picture_and_is_told() {
    let studio = or_skip!(Studio::new());
    let (report, clip) = or_skip!(made(&studio, "caption-font = 'No Such Font'"));
    let given_up = "captions beside the clip instead of in it: no font named No Such Font";
    assert_eq!(clip["verify"]["repairs"][0], given_up);
    assert_eq!(clip["captions"].as_array().unwrap().len(), 4);
    let told = report["degradations"][0].to_string();
    assert!(told.contains(given_up), "{told}");
}

#[test]
fn what_a_person_decides_about_the_framing_holds_for_its_time() {
    let studio = or_skip!(Studio::new());
    let decided = "[[job.override]]\nstart = '1s'\nend = '00:00:02.5'\nlayout = 'fit'";
    let (_, clip) = or_skip!(made(&studio, decided));
    let parts = clip["crop"].as_array().unwrap();
    let part = parts.iter().find(|part| part["start"] == 1.0).unwrap();
    assert_eq!(
        (&part["end"], &part["layout"]),
        (&2.5.into(), &"fit".into())
    );
    assert_eq!(part["path"][0]["w"], 1.0);
}
