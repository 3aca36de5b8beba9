//! Finished runs, looked at again with `opusclip report`.

use serde_json::Value;

use crate::or_skip;
use crate::place::{Place, code, err, out};
use crate::process::{json, run, studio};

#[test]
fn a_finished_run_is_shown_again_by_any_of_its_names() {
    let (place, models) = or_skip!(studio());
    assert_eq!(
        code(&run(&place, &models, "process jobs.toml --until probe")),
        0
    );
    let id = json(&place, "out/report.json")["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        code(&run(&place, &models, "process jobs.toml --until probe")),
        0
    );
    let shown = |args: &str| {
        let output = place.run(&format!("report {args}"));
        assert_eq!(code(&output), 0, "{}", err(&output));
        out(&output)
    };
    assert!(shown(&id).contains(&id));
    let last = json(&place, "out/report.json");
    for name in ["", "out", "out/report.json"] {
        let found: Value = serde_json::from_str(&shown(&format!("{name} --json"))).unwrap();
        assert_eq!(found, last, "{name}");
    }
    let table = shown("--last 9 --trend");
    assert!(table.lines().nth(1).unwrap().starts_with(&id), "{table}");
    assert!(table.contains("realtime x"));
    assert_eq!(shown("--last 1").lines().count(), 2);
    assert!(shown(&format!("--compare {id}")).contains("probe cpu s"));
    assert!(shown("--markdown").contains("| a | done | 0 |"));
    assert!(shown("--junit").contains("<testcase classname=\"job\" name=\"a\">"));
    let trend: Value = serde_json::from_str(&shown("--last 9 --trend --json")).unwrap();
    assert_eq!(trend[0]["name"], "realtime x");
    assert_eq!(code(&place.run("report --apply better.toml")), 0);
    assert!(
        !place.path().join("better.toml").exists(),
        "a healthy run has nothing to change"
    );
}

#[test]
fn a_run_that_is_not_kept_is_told_with_what_to_do() {
    let place = Place::new();
    let none = place.run("report");
    assert_eq!(code(&none), 2);
    assert!(err(&none).contains("no run is kept yet"), "{}", err(&none));
    let other = place.run("report 2020");
    assert!(
        err(&other).contains("2020: no such run, file or folder"),
        "{}",
        err(&other)
    );
    place.write("broken.json", "{");
    let broken = place.run("report broken.json");
    assert!(err(&broken).contains("broken.json: not the report of a run"));
    assert_eq!((code(&other), code(&broken)), (2, 2));
    assert_eq!(out(&place.run("report --last 3")).lines().count(), 1);
}
