//! What is done again when only the wishes change: nothing that a model has found out of the video.
//!
//! Per clip, and only for clips that were not there before, models write titles and look where one looks.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use crate::needs::{Missing, shared, skip};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, run, stage, studio};
use crate::warm::{Files, Finished, Once};

/// Everything that is found out of a whole video.
const OF_THE_VIDEO: [&str; 10] = [
    "listen",
    "speech",
    "sound",
    "transcript",
    "decode",
    "shots",
    "faces",
    "persons",
    "embed",
    "picture_text",
];
/// One clip instead of three, other keywords, other weights, and all of it.
const CHANGES: [(&str, &str); 4] = [
    ("count = 1", ""),
    ("count = 3", "keywords = ['bars', 'today']\n"),
    ("count = 3", ""),
    (
        "count = 2",
        "keywords = ['negotiations']\navoid = ['crypto']\n",
    ),
];
const WEIGHTS: &str = "--set ranker.weights.motion=9 --set ranker.weights.hook=-3";

/// Writes the manifest: how many clips, and what else is asked. Those of the film without faces are upright, so that a
/// model says where to look; those of the talk are as it is.
fn ask(place: &Place, count: &str, more: &str) {
    let clips = format!("clips = {{ {count}, min = '2s', max = '2500ms' }}");
    let mut text =
        format!("[output]\ndir = 'out'\n[defaults]\n{clips}\n{more}[[job]]\ninput = 'in/a.mp4'\n");
    if place.path().join("in/b.mp4").exists() {
        text += "[[job]]\ninput = 'in/b.mp4'\naspect = 'source'\n";
    }
    place.write("jobs.toml", &text);
}

/// Two videos, three clips of each; people speak in one of them where recordings are there.
static PROCESSED: Once = LazyLock::new(|| Finished::of(ready, "process jobs.toml"));

fn ready(place: &Place) {
    let (studio, _) = studio().unwrap_or_else(|missing| panic!("{missing:?}"));
    Files::read(studio.path()).write(place.path());
    match shared("media/faces/obama_speech.mp4") {
        Ok(talk) => drop(std::fs::copy(talk, place.path().join("in/b.mp4")).unwrap()),
        Err(missing) => skip("wishes: somebody who speaks", &missing),
    }
    ask(place, "count = 3", "");
}

fn processed() -> Result<(Place, PathBuf), Missing> {
    let (place, models) = Finished::ended(&PROCESSED)?;
    let output = &PROCESSED.as_ref().unwrap().output;
    assert_eq!(code(output), 0, "{}", err(output));
    Ok((place, models))
}

fn report(place: &Place, models: &Path, args: &str) -> Value {
    let output = run(place, models, args);
    assert_eq!(code(&output), 0, "{}", err(&output));
    json(place, "out/report.json")
}

fn number(report: &Value, name: &str, what: &str) -> u64 {
    stage(report, name)[what].as_u64().unwrap()
}

/// The stage's number, or 0 where the stage was not reached: nothing is asked of it.
fn asked(report: &Value, name: &str, what: &str) -> u64 {
    let stages = report["stages"].as_array().unwrap();
    if stages.iter().any(|stage| stage["name"] == name) {
        number(report, name, what)
    } else {
        0
    }
}

#[test]
fn other_weights_counts_and_keywords_choose_again_and_ask_no_model() {
    let (place, models) = or_skip!(processed());
    for (slot, (count, more)) in CHANGES.into_iter().enumerate() {
        ask(&place, count, more);
        let weights = if slot < 2 { "" } else { WEIGHTS };
        let args = format!("process jobs.toml --until select {weights}");
        let report = report(&place, &models, &args);
        for name in OF_THE_VIDEO.into_iter().chain(["text"]) {
            assert_eq!(number(&report, name, "items"), 0, "{name}: {args} {count}");
            assert_eq!(number(&report, name, "cache_misses"), 0, "{name}: {args}");
        }
        assert_eq!(report["batches"], serde_json::json!([]), "{args}");
        assert!(number(&report, "select", "items") > 0);
    }
}

#[test]
fn clips_that_were_there_are_kept_and_new_ones_alone_are_made() {
    let (place, models) = or_skip!(processed());
    let clips = |job: &str| json(&place, &format!("out/{job}/clips.json"))["clips"].clone();
    let first = clips("a")[0].clone();
    ask(&place, "count = 1", "");
    let fewer = report(&place, &models, "process jobs.toml");
    assert_eq!(clips("a"), serde_json::json!([first]));
    for name in OF_THE_VIDEO.into_iter().chain(["text", "saliency"]) {
        assert_eq!(asked(&fewer, name, "items"), 0, "{name}");
    }
    assert_eq!(number(&fewer, "render", "cache_misses"), 0);
    assert_eq!(fewer["batches"], serde_json::json!([]));
    ask(&place, "count = 3", "keywords = ['today']\n");
    let other = report(&place, &models, &format!("process jobs.toml {WEIGHTS}"));
    for name in OF_THE_VIDEO {
        assert_eq!(asked(&other, name, "items"), 0, "{name}");
    }
}

#[test]
fn a_clip_that_an_editor_would_not_post_is_not_made_to_fill_the_count() {
    let (place, models) = or_skip!(processed());
    let before = json(&place, "out/a/clips.json")["clips"].clone();
    assert_eq!(before.as_array().unwrap().len(), 3);
    let args = "process jobs.toml --set job.clips.min-quality=1";
    let report = report(&place, &models, args);
    assert_eq!(number(&report, "render", "items"), 0);
    let left = json(&place, "out/a/clips.json")["clips"].clone();
    assert_eq!(left.as_array().unwrap(), &before.as_array().unwrap()[..1]);
    let candidates = json(&place, "out/a/candidates.json")["candidates"].clone();
    let candidates = candidates.as_array().unwrap();
    let clips = candidates.iter().filter(|one| !one["clip"].is_null());
    assert_eq!(clips.count(), 1);
    let poor = |one: &&Value| one["reason"].to_string().contains(", below 1.00: ");
    assert_eq!(candidates.iter().filter(poor).count(), 2);
}

#[test]
fn runs_without_clips_and_runs_that_pass_a_limit_fail_where_that_is_asked_for() {
    let (place, models) = or_skip!(studio());
    let long = "--set job.clips.min=1m --set job.clips.max=2m";
    let quiet = run(&place, &models, &format!("process jobs.toml {long}"));
    assert_eq!(code(&quiet), 0, "{}", err(&quiet));
    let barren = run(
        &place,
        &models,
        &format!("process jobs.toml {long} --fail-on-no-clips"),
    );
    assert_eq!(code(&barren), 1);
    assert!(
        err(&barren).contains("error: no clips of a"),
        "{}",
        err(&barren)
    );
    let limit = "--set alerts.free-disk=100000TB";
    let told = run(&place, &models, &format!("process jobs.toml {limit}"));
    assert_eq!(code(&told), 0, "{}", err(&told));
    assert!(
        err(&told).contains("MiB are free where the results are"),
        "{}",
        err(&told)
    );
    let failed = run(
        &place,
        &models,
        &format!("process jobs.toml {limit} --fail-on-alert"),
    );
    assert_eq!(code(&failed), 1);
}
