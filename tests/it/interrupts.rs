//! Runs that are stopped: by a person, by the system, by their first failure. What is there afterwards is whole.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{cold_studio, json, run, start, studio};
use crate::warm::Files;

/// Longer than a stop may take, shorter than any machine needs for the film of [`add_endless_film`].
const AT_ONCE: Duration = Duration::from_secs(60);

/// Adds a film of two hours, made in a second, that takes many minutes to analyse.
fn add_endless_film(place: &Place, name: &str) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-stream_loop", "599"])
        .args(["-i", "in/a.mp4", "-c", "copy", name])
        .current_dir(place.path())
        .status();
    assert!(made.unwrap().success());
}

/// Checks that no file is half-written: no draft is left, every JSON file and clip can be read to its end, and every clip
/// that is listed is there.
pub(crate) fn check_whole(out: &Path) {
    let files = Files::read(out);
    for name in files.names() {
        let path = out.join(name);
        match name.extension().and_then(|ending| ending.to_str()) {
            Some("json") => drop(read_json(&path)),
            Some("mp4") => check_plays(&path),
            Some("tmp") => panic!("{}: a draft", name.display()),
            _ => {}
        }
        if name.ends_with("clips.json") {
            let clips = read_json(&path);
            let listed = clips["clips"].as_array().unwrap().iter();
            for file in listed.filter_map(|clip| clip["file"].as_str()) {
                assert!(path.with_file_name(file).is_file(), "{file} is listed");
            }
        }
    }
}

fn read_json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap();
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn check_plays(path: &Path) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(path);
    let output = ffmpeg.args(["-f", "null", "-"]).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    let whole = output.status.success() && complaints.is_empty();
    assert!(whole, "{}: {complaints}", path.display());
}

fn ends(report: &Value) -> Vec<(&str, &str)> {
    let jobs = report["jobs"].as_array().unwrap().iter();
    jobs.map(|job| (job["id"].as_str().unwrap(), job["status"].as_str().unwrap()))
        .collect()
}

#[test]
fn an_interrupt_lets_the_job_under_way_end_and_begins_no_other() {
    // Nothing is known of the film: its job lasts for seconds, and the signal comes in its first milliseconds.
    let (place, models) = or_skip!(cold_studio());
    std::fs::copy(place.path().join("in/a.mp4"), place.path().join("in/b.mp4")).unwrap();
    let mut told = start(&place, &models, "");
    let first = told.wait_for("job_started", 0)["job"].clone();
    told.signal(libc::SIGINT);
    assert_eq!(told.wait_for("stopping", 0)["now"], false);
    let clip = told.wait_for("clip_done", 0);
    assert!(clip["file"].as_str().unwrap().ends_with(".mp4"), "{clip}");
    assert_eq!((&clip["schema"], &clip["job"]), (&1.into(), &first));
    assert_eq!(told.end(), Some(130));
    let report = json(&place, "out/report.json");
    assert_eq!(report["outcome"], "cancelled");
    let second = if first == "a" { "b" } else { "a" };
    let first = first.as_str().unwrap();
    assert!(
        place
            .path()
            .join("out")
            .join(first)
            .join("clips.json")
            .exists()
    );
    assert!(!place.path().join("out").join(second).exists());
    check_whole(&place.path().join("out"));
}

#[test]
fn a_second_interrupt_stops_the_job_under_way_at_once() {
    let (place, models) = or_skip!(studio());
    add_endless_film(&place, "in/b.mp4");
    let mut told = start(&place, &models, "");
    // The longest job is the first.
    assert_eq!(told.wait_for("job_started", 0)["job"], "b");
    told.wait_for("job_progress", 0);
    let begun = Instant::now();
    told.signal(libc::SIGINT);
    // With each step that the job still makes: two signals at once can become one.
    while told.next().is_some() {
        told.signal(libc::SIGINT);
    }
    assert_eq!(told.end(), Some(130));
    assert!(begun.elapsed() < AT_ONCE);
    let report = json(&place, "out/report.json");
    assert_eq!(report["outcome"], "cancelled");
    assert!(!place.path().join("out/b/clips.json").exists());
    check_whole(&place.path().join("out"));
}

#[test]
fn a_termination_gives_the_job_under_way_its_grace_and_no_more() {
    let (place, models) = or_skip!(studio());
    add_endless_film(&place, "in/b.mp4");
    let mut told = start(&place, &models, "--set grace=1ms");
    told.wait_for("job_progress", 0);
    let begun = Instant::now();
    told.signal(libc::SIGTERM);
    assert_eq!(told.end(), Some(143));
    assert!(begun.elapsed() < AT_ONCE);
    assert_eq!(json(&place, "out/report.json")["outcome"], "cancelled");
    check_whole(&place.path().join("out"));
    // What was under way is done when there is time for it, and what was there before is found again.
    std::fs::remove_file(place.path().join("in/b.mp4")).unwrap();
    let mut told = start(&place, &models, "--fresh --set grace=1h");
    told.wait_for("job_started", 0);
    told.signal(libc::SIGTERM);
    assert_eq!(told.end(), Some(143));
    assert!(place.path().join("out/a/clips.json").exists());
    check_whole(&place.path().join("out"));
}

#[test]
fn with_fail_fast_the_first_failure_is_the_last_job() {
    let (place, models) = or_skip!(studio());
    place.write("in/bad.mp4", "not a video");
    let job = |id: &str, priority: &str| {
        format!("[[job]]\nid = '{id}'\ninput = 'in/{id}.mp4'\npriority = '{priority}'\n")
    };
    let manifest = format!(
        "[output]\ndir = 'out'\n{}{}",
        job("a", "low"),
        job("bad", "critical")
    );
    place.write("jobs.toml", &manifest);
    let output = run(&place, &models, "process jobs.toml --jobs 1 --fail-fast");
    assert_eq!(code(&output), 1, "{}", err(&output));
    let report = json(&place, "out/report.json");
    assert_eq!(ends(&report), [("a", "cancelled"), ("bad", "failed")]);
    assert!(!place.path().join("out/a").exists());
    let output = run(&place, &models, "process jobs.toml --jobs 1 --until shots");
    assert_eq!(code(&output), 1, "{}", err(&output));
    let report = json(&place, "out/report.json");
    assert_eq!(ends(&report), [("a", "done"), ("bad", "failed")]);
}
