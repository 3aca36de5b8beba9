//! Whole batches, from a manifest to files that play.
//!
//! The models come from the folder that set-up fills; without it these tests say that they are skipped.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::place::{Place, code, err, out};

/// Three shots of four seconds, told apart by their pattern; twelve seconds in all, with a tone.
const THREE_SHOTS: &str = "-f lavfi -i testsrc=s=160x90:r=10:d=4 -f lavfi -i mandelbrot=s=160x90:r=10 \
    -f lavfi -i smptebars=s=160x90:r=10:d=4 -f lavfi -i sine=d=12 \
    -filter_complex [1:v]trim=duration=4[m];[0:v][m][2:v]concat=n=3[v] -map [v] -map 3:a -c:v libx264 -c:a aac -pix_fmt yuv420p";

const MANIFEST: &str = "[output]\ndir = 'out'\n[defaults]\nclips = { count = 2, min = '3s', max = '9s' }\n[[job]]\ninput = 'in/*'\n";

pub(crate) fn models() -> Option<PathBuf> {
    let data = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share"));
    let data = || {
        std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(data)
    };
    let named = std::env::var_os("OPUSCLIP_MODEL_DIR").map(PathBuf::from);
    let folder = named.or_else(|| Some(data()?.join("opusclip/models")))?;
    let there = folder.join("models.toml").is_file();
    if !there {
        println!(
            "skipped: no models in {}; run scripts/setup",
            folder.display()
        );
    }
    there.then_some(folder)
}

/// A folder with one good video and a manifest, or `None` where the models are not installed.
pub(crate) fn studio() -> Option<(Place, PathBuf)> {
    let models = models()?;
    let place = Place::new();
    place.write("jobs.toml", MANIFEST);
    std::fs::create_dir(place.path().join("in")).unwrap();
    make(&place, "in/a.mp4", THREE_SHOTS);
    Some((place, models))
}

pub(crate) fn make(place: &Place, name: &str, arguments: &str) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(place.path().join(name))
        .status()
        .unwrap();
    assert!(made.success());
}

fn program(place: &Place, models: &Path, args: &str) -> Command {
    let mut command = place.command(args);
    command.env("OPUSCLIP_MODEL_DIR", models);
    command
}

pub(crate) fn run(place: &Place, models: &Path, args: &str) -> std::process::Output {
    program(place, models, args).output().unwrap()
}

pub(crate) fn json(place: &Place, name: &str) -> Value {
    let bytes = std::fs::read(place.path().join(name));
    serde_json::from_slice(&bytes.unwrap_or_else(|e| panic!("{name}: {e}"))).unwrap()
}

/// Every file under `out` but the report, which tells times.
pub(crate) fn results(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![place.path().join("out")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.ends_with("out/report.json") => {}
                false => drop(found.insert(path.clone(), std::fs::read(path).unwrap())),
            }
        }
    }
    found
}

pub(crate) fn stage(report: &Value, name: &str) -> Value {
    let stages = report["stages"].as_array().unwrap();
    stages
        .iter()
        .find(|stage| stage["name"] == name)
        .unwrap()
        .clone()
}

#[test]
fn a_video_becomes_shots_clips_and_a_report() {
    let Some((place, models)) = studio() else {
        return;
    };
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(out(&output), "");
    let analysis = json(&place, "out/a/analysis.json");
    let starts: Vec<_> = analysis["shots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["start_frame"])
        .collect();
    assert_eq!(starts, [0, 40, 80]);
    assert_eq!(analysis["media"]["frames"], 120);
    let clips = json(&place, "out/a/clips.json");
    let first = &clips["clips"][0];
    assert_eq!(first["verify"]["ok"], true);
    let length = first["end"].as_f64().unwrap() - first["start"].as_f64().unwrap();
    let file = place
        .path()
        .join("out/a")
        .join(first["file"].as_str().unwrap());
    let media = opusclip::media::probe(&file, &opusclip::media::Limits::default()).unwrap();
    assert!((media.duration.unwrap().as_secs_f64() - length).abs() < 0.1);
    assert!(media.audio.is_some());
    assert_eq!(json(&place, "out/report.json")["outcome"], "done");
}

#[test]
fn a_second_run_decodes_infers_and_renders_nothing_and_changes_no_byte() {
    let Some((place, models)) = studio() else {
        return;
    };
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    let before = results(&place);
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    assert!(results(&place) == before);
    let report = json(&place, "out/report.json");
    assert_eq!(stage(&report, "decode")["items"], 0);
    assert_eq!(stage(&report, "shots")["items"], 0);
    assert_eq!(stage(&report, "shots")["cache_hits"], 1);
    assert_eq!(stage(&report, "render")["cache_misses"], 0);
    assert_eq!(report["batches"].as_array().unwrap().len(), 0);
}

#[test]
fn a_clip_that_was_touched_is_made_again() {
    let Some((place, models)) = studio() else {
        return;
    };
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    let before = results(&place);
    let clip = before
        .keys()
        .find(|path| path.extension().is_some_and(|e| e == "mp4"))
        .unwrap();
    std::fs::write(clip, "broken").unwrap();
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    assert!(results(&place) == before);
}

#[test]
fn one_bad_video_never_stops_the_others() {
    let Some((place, models)) = studio() else {
        return;
    };
    place.write("in/b.mp4", "not a video").write("in/c.mp4", "");
    let output = run(&place, &models, "process jobs.toml --until shots");
    assert_eq!(code(&output), 1);
    let report = json(&place, "out/report.json");
    let ends: Vec<_> = report["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|j| (&j["id"], &j["error"]["class"]))
        .collect();
    assert!(ends.contains(&(&"a".into(), &Value::Null)), "{ends:?}");
    assert!(
        ends.contains(&(&"b".into(), &"input_corrupt".into())),
        "{ends:?}"
    );
    assert!(
        ends.contains(&(&"c".into(), &"input_empty".into())),
        "{ends:?}"
    );
}

#[test]
fn a_batch_of_bad_videos_says_so_in_its_exit_code() {
    let Some(models) = models() else { return };
    let place = Place::new();
    place
        .write("in/b.mp4", "not a video")
        .write("jobs.toml", MANIFEST);
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 65);
}

#[test]
fn events_are_lines_of_json_and_the_last_is_the_end() {
    let Some((place, models)) = studio() else {
        return;
    };
    let output = run(
        &place,
        &models,
        "process jobs.toml --until shots --format ndjson",
    );
    let text = out(&output);
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events[0]["type"], "run_started");
    assert_eq!(events[events.len() - 1]["type"], "run_done");
    assert_eq!(events[events.len() - 1]["exit_code"], 0);
}

#[test]
fn a_plan_touches_nothing() {
    let Some((place, models)) = studio() else {
        return;
    };
    let output = run(&place, &models, "process jobs.toml --dry-run");
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("to analyse"), "{}", out(&output));
    assert!(!place.path().join("out").exists());
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused_before_any_work() {
    let Some((place, models)) = studio() else {
        return;
    };
    place.write("out", "a file where the folder should be");
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 74, "{}", err(&output));
}

#[test]
fn a_cache_that_cannot_be_used_costs_one_warning() {
    let Some((place, models)) = studio() else {
        return;
    };
    place.write("kept", "a file where the folder should be");
    let mut command = program(&place, &models, "process jobs.toml --until shots");
    let output = command
        .env("OPUSCLIP_CACHE_DIR", place.path().join("kept"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(
        err(&output).matches("warning:").count(),
        1,
        "{}",
        err(&output)
    );
}

#[test]
fn missing_models_and_a_missing_runtime_are_told_with_their_own_exit_codes() {
    let Some((place, models)) = studio() else {
        return;
    };
    let output = run(&place, &place.path().join("nowhere"), "process jobs.toml");
    assert_eq!(code(&output), 69, "{}", err(&output));
    let mut command = program(&place, &models, "process jobs.toml --device cuda");
    let output = command
        .env("OPUSCLIP_ORT_LIB", place.path().join("no.so"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 78, "{}", err(&output));
}

/// Starts a run that tells its events and waits for the event of this type.
fn until_event(place: &Place, models: &Path, wanted: &str, nth: usize) -> Child {
    let mut child = program(place, models, "process jobs.toml --jobs 1 --format ndjson")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mark = format!("\"type\":\"{wanted}\"");
    let seen = lines
        .map_while(Result::ok)
        .filter(|line| line.contains(&mark))
        .nth(nth);
    assert!(seen.is_some(), "no {wanted} number {nth}");
    child
}

#[test]
fn an_interrupt_lets_the_job_under_way_end_and_begins_no_other() {
    let Some((place, models)) = studio() else {
        return;
    };
    std::fs::copy(place.path().join("in/a.mp4"), place.path().join("in/b.mp4")).unwrap();
    let mut child = until_event(&place, &models, "job_started", 0);
    let pid = i32::try_from(child.id()).unwrap();
    // SAFETY: the child was started here and not yet waited for, so the number is its own.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(place.path().join("out/a/clips.json").exists());
    assert!(!place.path().join("out/b").exists());
    let report = json(&place, "out/report.json");
    assert_eq!(report["outcome"], "cancelled");
}

#[test]
fn a_run_killed_anywhere_and_run_again_leaves_the_same_bytes() {
    let Some((place, models)) = studio() else {
        return;
    };
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    let undisturbed = results(&place);
    for (event, nth) in [
        ("run_started", 0),
        ("job_started", 0),
        ("stage_done", 0),
        ("stage_done", 2),
        ("stage_done", 4),
    ] {
        std::fs::remove_dir_all(place.path().join("out")).unwrap();
        let _ = std::fs::remove_dir_all(place.path().join(".cache"));
        let mut child = until_event(&place, &models, event, nth);
        child.kill().unwrap();
        child.wait().unwrap();
        let output = run(&place, &models, "process jobs.toml");
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(results(&place) == undisturbed, "after {event} {nth}");
    }
}
