//! `opusclip bench` as scripts use it: figures, comparisons and floors, by exit code and by file.

use serde_json::Value;

use crate::place::{Place, code, err, out};

/// Measures in a moment.
const CACHE: &str = "bench cache --runs 3";

/// A result with other figures in it: each value times `factor`.
fn changed(place: &Place, factor: f64, edit: impl Fn(&mut Value)) {
    let bytes = std::fs::read(place.path().join("base.json")).unwrap();
    let mut saved: Value = serde_json::from_slice(&bytes).unwrap();
    for series in saved["series"].as_array_mut().unwrap() {
        for value in series["values"].as_array_mut().unwrap() {
            *value = (value.as_f64().unwrap() * factor).into();
        }
    }
    edit(&mut saved);
    place.write("other.json", &saved.to_string());
}

#[test]
fn what_cannot_be_compared_fails_and_says_why() {
    let place = Place::new();
    let output = place.run(&format!("{CACHE} --save base.json --markdown bench.md"));
    assert_eq!(code(&output), 0, "{}", err(&output));
    let page = std::fs::read_to_string(place.path().join("bench.md")).unwrap();
    assert!(page.contains("| name | median |"), "{page}");
    changed(&place, 1.0, |saved| {
        saved["machine"]["cpu"] = "another".into()
    });
    let output = place.run(&format!("{CACHE} --compare other.json"));
    assert_eq!(code(&output), 1);
    assert!(
        err(&output).contains("not comparable: processor: another before"),
        "{}",
        err(&output)
    );
    changed(&place, 1.0, |saved| {
        for series in saved["series"].as_array_mut().unwrap() {
            series["name"] = format!("{} of old", series["name"]).into();
        }
    });
    let output = place.run(&format!("{CACHE} --compare other.json"));
    assert_eq!(code(&output), 1);
    assert!(
        err(&output).contains("nothing was measured on both sides"),
        "{}",
        err(&output)
    );
    assert!(
        out(&output).contains("missing") && out(&output).contains("new"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_tenfold_slowdown_fails_in_every_form() {
    let place = Place::new();
    let output = place.run(&format!("{CACHE} --save base.json"));
    assert_eq!(code(&output), 0, "{}", err(&output));
    changed(&place, 1.0, |saved| {
        for series in saved["series"].as_array_mut().unwrap() {
            let factor = if series["better"] == "lower" {
                0.1
            } else {
                10.0
            };
            for value in series["values"].as_array_mut().unwrap() {
                *value = (value.as_f64().unwrap() * factor).into();
            }
        }
    });
    let output = place.run(&format!(
        "{CACHE} --compare other.json --fail-above 5% --junit bench.xml"
    ));
    assert_eq!(code(&output), 1, "{}", out(&output));
    assert!(out(&output).contains("worse"), "{}", out(&output));
    let junit = std::fs::read_to_string(place.path().join("bench.xml")).unwrap();
    assert!(junit.contains("<failure>worse: "), "{junit}");
}

#[test]
fn floors_are_held_and_one_that_names_nothing_does_not_hold() {
    let place = Place::new();
    place.write("floors.toml", "[[floor]]\nname = 'cache *'\nlimit = 1e12\n");
    let low = place.run(&format!("{CACHE} --require floors.toml"));
    assert!(
        out(&low).contains("does not hold") || out(&low).contains("holds"),
        "{}",
        out(&low)
    );
    place.write("floors.toml", "[[floor]]\nname = 'nothing'\nlimit = 1\n");
    let nothing = place.run(&format!("{CACHE} --require floors.toml"));
    assert_eq!(code(&nothing), 1);
    assert!(
        err(&nothing).contains("nothing of this name was measured"),
        "{}",
        err(&nothing)
    );
    place.write("floors.toml", "[[floor]]\nname = 1\n");
    assert_eq!(
        code(&place.run(&format!("{CACHE} --require floors.toml"))),
        2
    );
}

#[test]
fn two_builds_are_measured_in_turn() {
    let place = Place::new();
    let this = env!("CARGO_BIN_EXE_opusclip");
    let output = place.run(&format!("{CACHE} --against {this} --json"));
    assert_eq!(code(&output), 0, "{}", err(&output));
    let saved: Value = serde_json::from_str(&out(&output)).unwrap();
    let values = saved["series"][0]["values"].as_array().unwrap();
    assert_eq!(values.len(), 3);
    assert!(err(&output).contains("verdict"), "{}", err(&output));
    let nobody = place.run(&format!("{CACHE} --against ./no-such-program"));
    assert_eq!(code(&nobody), 2, "{}", err(&nobody));
}
