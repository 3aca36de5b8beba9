//! Whole batches, from a manifest to files that play.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use crate::needs::{self, Missing};
use crate::or_skip;
use crate::place::{Place, code, err, out};
use crate::warm::{Files, Finished, Once};

/// Three shots of four seconds, told apart by their pattern; twelve seconds in all, with a tone.
const THREE_SHOTS: &str = "-f lavfi -i testsrc=s=160x90:r=10:d=4 -f lavfi -i mandelbrot=s=160x90:r=10 \
    -f lavfi -i smptebars=s=160x90:r=10:d=4 -f lavfi -i sine=d=12 \
    -filter_complex [1:v]trim=duration=4[m];[0:v][m][2:v]concat=n=3[v] -map [v] -map 3:a -c:v libx264 -c:a aac -pix_fmt yuv420p";

/// Small clips as the video is: cheap to make. Where framing is judged, a test asks for another shape.
const MANIFEST: &str = "[output]\ndir = 'out'\n[defaults]\naspect = 'source'\nclips = { count = 2, min = '3s', max = '4s' }\n[[job]]\ninput = 'in/*'\n";

/// The good video, worked on from nothing to the end.
static FINISHED: Once =
    LazyLock::new(|| Finished::of(ready, "process jobs.toml --metrics run.prom"));

fn ready(place: &Place) {
    place.write("jobs.toml", MANIFEST);
    std::fs::create_dir(place.path().join("in")).unwrap();
    make(place, "in/a.mp4", THREE_SHOTS);
}

/// A folder with one good video of which all is known, and a manifest.
pub(crate) fn studio() -> Result<(Place, PathBuf), Missing> {
    Finished::analysed(&FINISHED)
}

/// The same with the results of the run, its report and its history.
pub(crate) fn finished() -> Result<(Place, PathBuf), Missing> {
    Finished::ended(&FINISHED)
}

/// The same video and manifest, and nothing is known.
pub(crate) fn cold_studio() -> Result<(Place, PathBuf), Missing> {
    let models = needs::models()?;
    let place = Place::new();
    ready(&place);
    Ok((place, models))
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

pub(crate) fn program(place: &Place, models: &Path, args: &str) -> Command {
    let mut command = place.command(args);
    command.env("OPUSCLIP_MODEL_DIR", models);
    // There are none in the films made here, and to look for them costs more than all else.
    command.env("OPUSCLIP_FACES_INTERVAL", "1s");
    command
}

pub(crate) fn run(place: &Place, models: &Path, args: &str) -> std::process::Output {
    program(place, models, args).output().unwrap()
}

pub(crate) fn json(place: &Place, name: &str) -> Value {
    let bytes = std::fs::read(place.path().join(name));
    serde_json::from_slice(&bytes.unwrap_or_else(|e| panic!("{name}: {e}"))).unwrap()
}

/// Every file under `out` but the report and its page, which tell times.
pub(crate) fn results(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![place.path().join("out")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.file_stem() == Some("report".as_ref()) => {}
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
    let (place, _) = or_skip!(finished());
    let output = &FINISHED.as_ref().unwrap().output;
    let metrics = std::fs::read_to_string(place.path().join("run.prom")).unwrap();
    for line in [
        "opusclip_jobs_total{status=\"done\"} 1",
        "opusclip_clips_total 2",
        "opusclip_async_operations_total{stage=\"decode\"} 120",
        "# TYPE opusclip_last_success_timestamp_seconds gauge",
    ] {
        assert!(
            metrics.lines().any(|told| told == line),
            "{line}: {metrics}"
        );
    }
    assert_eq!(code(output), 0, "{}", err(output));
    assert_eq!(out(output), "");
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
    let report = json(&place, "out/report.json");
    assert_eq!(report["outcome"], "done");
    assert_eq!(report["jobs"][0]["clips"], 2);
    assert_eq!(report["alerts"], serde_json::json!([]));
    assert_eq!(stage(&report, "decode")["items"], 120);
    let accounted = report["accounted_share"].as_f64().unwrap();
    assert!(accounted > 0.97, "{accounted}: {}", report["lanes"]);
    let stages = report["stages"].as_array().unwrap().iter();
    let told: f64 = stages
        .map(|stage| stage["cpu_seconds"].as_f64().unwrap())
        .sum();
    assert!(told <= 1.01 * report["cpu_seconds"].as_f64().unwrap());
    assert!(report["samples"].as_array().unwrap().len() > 1);
}

#[test]
fn a_film_without_a_face_becomes_an_upright_clip_that_passes_its_checks() {
    let (place, models) = or_skip!(studio());
    let upright = MANIFEST
        .replace("'source'", "'9:16'")
        .replace("count = 2", "count = 1");
    place.write("jobs.toml", &upright);
    let output = run(
        &place,
        &models,
        "process jobs.toml --set render.preset=ultrafast",
    );
    assert_eq!(code(&output), 0, "{}", err(&output));
    let clips = json(&place, "out/a/clips.json");
    let clip = &clips["clips"][0];
    assert_eq!(clip["verify"]["ok"], true, "{clip}");
    let file = place
        .path()
        .join("out/a")
        .join(clip["file"].as_str().unwrap());
    let media = opusclip::media::probe(&file, &opusclip::media::Limits::default()).unwrap();
    let video = media.video.unwrap();
    assert_eq!((video.width, video.height), (1080, 1920));
    let report = json(&place, "out/report.json");
    assert!(stage(&report, "saliency")["items"].as_u64().unwrap() > 0);
}

#[test]
fn a_second_run_decodes_infers_and_renders_nothing_and_changes_no_byte() {
    let (place, models) = or_skip!(finished());
    let before = results(&place);
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    let after = results(&place);
    assert_eq!(changed(&before, &after), Vec::<&PathBuf>::new());
    let report = json(&place, "out/report.json");
    assert_eq!(stage(&report, "decode")["items"], 0);
    assert_eq!(stage(&report, "shots")["items"], 0);
    assert_eq!(stage(&report, "shots")["cache_hits"], 1);
    assert_eq!(stage(&report, "render")["cache_misses"], 0);
    assert_eq!(report["batches"].as_array().unwrap().len(), 0);
}

/// Returns the files that are not the same in both, or only in one.
pub(crate) fn changed<'a>(
    one: &'a BTreeMap<PathBuf, Vec<u8>>,
    other: &'a BTreeMap<PathBuf, Vec<u8>>,
) -> Vec<&'a PathBuf> {
    let names: BTreeSet<&PathBuf> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .collect()
}

#[test]
fn a_clip_that_was_touched_is_made_again() {
    let (place, models) = or_skip!(finished());
    let before = results(&place);
    let clip = before
        .keys()
        .find(|path| path.extension().is_some_and(|e| e == "mp4"))
        .unwrap();
    std::fs::write(clip, "broken").unwrap();
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 0);
    assert_eq!(changed(&before, &results(&place)), Vec::<&PathBuf>::new());
}

#[test]
fn one_bad_video_never_stops_the_others() {
    let (place, models) = or_skip!(studio());
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
    let models = or_skip!(needs::models());
    let place = Place::new();
    place
        .write("in/b.mp4", "not a video")
        .write("jobs.toml", MANIFEST);
    assert_eq!(code(&run(&place, &models, "process jobs.toml")), 65);
}

#[test]
fn events_are_lines_of_json_and_the_last_is_the_end() {
    let (place, models) = or_skip!(studio());
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
    let (place, models) = or_skip!(cold_studio());
    let before = Files::read(place.path());
    let output = run(&place, &models, "process jobs.toml --dry-run");
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("to analyse"), "{}", out(&output));
    let after = Files::read(place.path());
    let outside = |files: &Files| files.without(".cache");
    assert_eq!(outside(&after).names(), outside(&before).names());
}

#[test]
fn a_plan_leaves_results_history_and_what_the_cache_knows_as_they_are() {
    let (place, models) = or_skip!(finished());
    let known = || -> Value {
        let stats = out(&place.run("cache stats --json"));
        let stats: Value = serde_json::from_str(&stats).unwrap();
        let level = &stats["levels"][0];
        serde_json::json!([level["entries"], level["bytes"]])
    };
    let (before, entries) = (Files::read(place.path()), known());
    let history = Path::new(".local/state/opusclip/history");
    assert!(before.names().iter().any(|name| name.starts_with(history)));
    assert!(entries[0].as_u64().unwrap() > 3, "{entries}");
    let output = run(&place, &models, "process jobs.toml --dry-run");
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("12 s of video"), "{}", out(&output));
    let after = Files::read(place.path());
    assert!(after.without(".cache") == before.without(".cache"));
    assert_eq!(known(), entries);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused_before_any_work() {
    let (place, models) = or_skip!(studio());
    place.write("out", "a file where the folder should be");
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 74, "{}", err(&output));
}

#[test]
fn a_cache_that_cannot_be_used_costs_one_warning() {
    let (place, models) = or_skip!(cold_studio());
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
    let (place, models) = or_skip!(studio());
    let output = run(&place, &place.path().join("nowhere"), "process jobs.toml");
    assert_eq!(code(&output), 69, "{}", err(&output));
    let mut command = program(&place, &models, "process jobs.toml --device cuda");
    let output = command
        .env("OPUSCLIP_ORT_LIB", place.path().join("no.so"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 78, "{}", err(&output));
}

/// Starts a run of one job at a time that tells its events.
pub(crate) fn start(place: &Place, models: &Path, args: &str) -> Told {
    start_process(place, models, &format!("jobs.toml --jobs 1 {args}"))
}

/// Starts the program and listens to its events.
pub(crate) fn start_process(place: &Place, models: &Path, args: &str) -> Told {
    let args = format!("process {args} --format ndjson");
    let mut child = program(place, models, &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Told { child, lines }
}

/// A run under way and what it tells.
pub(crate) struct Told {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Told {
    /// Waits for an event of this type, the first one or one after it.
    pub(crate) fn wait_for(&mut self, kind: &str, nth: usize) -> Value {
        let found = self.by_ref().filter(|event| event["type"] == kind).nth(nth);
        found.unwrap_or_else(|| panic!("no {kind} number {nth}"))
    }

    pub(crate) fn signal(&self, signal: i32) {
        let pid = i32::try_from(self.child.id()).unwrap();
        // SAFETY: the child was started here and not yet waited for, so the number is its own.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    /// Waits for the end and returns the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.by_ref().for_each(drop); // a pipe that nobody reads would hold it up
        self.child.wait().unwrap().code()
    }
}

impl Iterator for Told {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let line = self.lines.next()?.unwrap();
        Some(serde_json::from_str(&line).unwrap())
    }
}

#[test]
fn a_run_killed_anywhere_and_run_again_leaves_the_same_bytes() {
    let (place, models) = or_skip!(finished());
    let undisturbed = results(&place);
    // The last with nothing known, the others when all is but the clips.
    let points = [
        ("run_started", 0, true),
        ("span", 1, true),
        ("span", 3, true),
        ("span", 2, false),
    ];
    for (event, nth, known) in points {
        std::fs::remove_dir_all(place.path().join("out")).unwrap();
        if !known {
            std::fs::remove_dir_all(place.path().join(".cache")).unwrap();
        }
        let mut told = start(&place, &models, "");
        told.wait_for(event, nth);
        told.child.kill().unwrap();
        told.child.wait().unwrap();
        let output = run(&place, &models, "process jobs.toml");
        assert_eq!(code(&output), 0, "{}", err(&output));
        let wrong = results(&place);
        let wrong = changed(&undisturbed, &wrong);
        assert_eq!(wrong, Vec::<&PathBuf>::new(), "after {event} {nth}");
    }
}
