//! Files that people really record, given to the program: what is told of them, and what is refused.

use std::fs;

use crate::needs::models;
use crate::or_skip;
use crate::place::{Place, code, err, out};
use crate::process::{cold_studio, json, make, run};

/// Calls the codec of a QuickTime file's sound by a name that nobody has a decoder for.
fn rename_codec(place: &Place, name: &str) {
    let path = place.path().join(name);
    let mut bytes = fs::read(&path).unwrap();
    let entries = bytes.windows(4).rposition(|at| at == b"stsd").unwrap();
    // Once as a codec's name, once more in the description of it.
    for (known, unknown) in [(b"mp4a", b"ac-4"), (b"wave", b"dac4")] {
        let at = bytes[entries..].windows(4).position(|at| at == known);
        let at = entries + at.unwrap();
        bytes[at..at + 4].copy_from_slice(unknown);
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_track_without_a_decoder_is_told_once() {
    let models = or_skip!(models());
    let place = Place::new();
    make(
        &place,
        "a.mov",
        "-f lavfi -i testsrc=s=64x48:r=5:d=1 -f lavfi -i sine=d=1 -c:v libx264 -pix_fmt yuv420p -c:a aac",
    );
    rename_codec(&place, "a.mov");
    let output = run(&place, &models, "process a.mov --until shots -q");
    let told = err(&output);
    assert_eq!(code(&output), 0, "{told}");
    assert_eq!(told.matches("ac-4").count(), 1, "{told}");
    assert!(told.contains("clips are mute"), "{told}");
    let report = json(&place, "out/report.json");
    assert!(
        report["degradations"][0].to_string().contains("ac-4"),
        "{report}"
    );
}

/// What is asked, the class of the failure, and what is told of a video of twelve seconds.
const OUTSIDE: [(&str, &str, &str); 3] = [
    (
        "range = '01:00-02:00'",
        "range_outside",
        "range begins at 00:01:00.000, the video runs from 00:00:00.000 to 00:00:12.000, 12.0 s: name a time in it",
    ),
    (
        "must-include = ['one more thing', '00:12:30']",
        "must_include_outside",
        "must-include begins at 00:12:30.000, the video runs from 00:00:00.000 to 00:00:12.000, 12.0 s: name a time in it",
    ),
    (
        "[[job.override]]\nstart = '1:00'\nend = '1:10'\nlayout = 'fit'",
        "override_outside",
        "an override begins at 00:01:00.000, the video runs from 00:00:00.000 to 00:00:12.000, 12.0 s: name a time in it",
    ),
];

fn ask(place: &Place, input: &str, more: &str) {
    place.write(
        "jobs.toml",
        &format!("[output]\ndir = 'out'\n[[job]]\ninput = '{input}'\n{more}\n"),
    );
}

#[test]
fn a_time_outside_of_the_video_is_told_by_a_check_a_plan_and_a_run() {
    let (place, models) = or_skip!(cold_studio());
    for (asked, class, line) in OUTSIDE {
        ask(&place, "in/a.mp4", asked);
        let output = place.run("config validate jobs.toml");
        let told = err(&output);
        assert_eq!(code(&output), 2, "{told}");
        assert!(
            told.contains("jobs.toml:4:9: ") && told.contains(line),
            "{told}"
        );
        let output = run(&place, &models, "process jobs.toml --dry-run");
        assert_eq!(code(&output), 65, "{}", out(&output));
        assert!(out(&output).contains(line), "{}", out(&output));
        let output = run(&place, &models, "process jobs.toml");
        assert_eq!(code(&output), 65, "{}", err(&output));
        assert_eq!(err(&output).matches(line).count(), 2, "{}", err(&output));
        let report = json(&place, "out/report.json");
        assert_eq!(report["jobs"][0]["error"]["class"], class);
        assert_eq!(report["stages"], serde_json::json!([]));
    }
}

#[test]
fn where_no_header_tells_the_length_a_time_outside_of_the_video_is_told_when_it_is_known() {
    let (place, models) = or_skip!(cold_studio());
    make(
        &place,
        "in/live.mkv",
        "-f lavfi -i testsrc=s=64x48:r=5:d=2 -c:v libx264 -pix_fmt yuv420p -live 1",
    );
    ask(&place, "in/live.mkv", OUTSIDE[1].0);
    let output = run(&place, &models, "process jobs.toml --dry-run");
    assert_eq!(code(&output), 0, "{}", out(&output));
    let output = run(&place, &models, "process jobs.toml --until shots");
    assert_eq!(code(&output), 65, "{}", err(&output));
    let report = json(&place, "out/report.json");
    let error = &report["jobs"][0]["error"];
    assert_eq!(error["class"], "must_include_outside");
    let told = error["message"].to_string();
    assert!(
        told.contains("from 00:00:00.000 to 00:00:02.000, 2.0 s"),
        "{told}"
    );
}

#[test]
fn a_time_behind_a_place_where_the_clock_starts_anew_is_in_the_video() {
    let (place, models) = or_skip!(cold_studio());
    let part = "-f lavfi -i testsrc=s=64x48:r=5:d=4 -c:v libx264 -pix_fmt yuv420p -f mpegts";
    make(&place, "part.ts", part);
    let bytes = fs::read(place.path().join("part.ts")).unwrap();
    fs::write(
        place.path().join("in/two.ts"),
        [&bytes[..], &bytes].concat(),
    )
    .unwrap();
    for (time, end) in [("00:00:07", 0), ("00:00:20", 65)] {
        ask(&place, "in/two.ts", &format!("must-include = ['{time}']"));
        assert_eq!(code(&place.run("config validate jobs.toml")), 0);
        let output = run(&place, &models, "process jobs.toml --until shots");
        assert_eq!(code(&output), end, "{time}: {}", err(&output));
    }
}
