//! Faults that are asked for: each is told by its class, passes where it can, and leaves the others alone.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::interrupts::check_whole;
use crate::needs::Missing;
use crate::or_skip;
use crate::place::{Place, code, err, out};
use crate::process::{cold_studio, json, run, start, studio};

/// Runs up to the shots with a fault; returns the exit code and the report.
fn shots_with(fault: &str, retries: u32) -> Result<(i32, Value), Missing> {
    let (place, models) = cold_studio()?;
    let flags = format!("--until shots --set stall-timeout=5s --set retries={retries}");
    let args = format!("process jobs.toml {flags} --inject {fault}");
    let output = run(&place, &models, &args);
    Ok((code(&output), json(&place, "out/report.json")))
}

/// Tells which of these words are in the degradations of a run.
fn given_up<'a>(report: &Value, words: &[&'a str]) -> Vec<&'a str> {
    let all = report["degradations"].to_string();
    let found = words.iter().filter(|word| all.contains(**word));
    found.copied().collect()
}

#[test]
fn what_may_pass_is_tried_again_and_told() {
    const REOPENED: &str = "opened again";
    let faults = [
        ("stalled-decode@20", "[timeout]", false),
        ("stalled-session", "[timeout]", true),
        ("provider-lost", "[device_lost]", true),
        ("out-of-memory", "[out_of_memory]", false),
    ];
    // At once: most of the time they wait.
    let runs = std::thread::scope(|scope| {
        let runs = faults.map(|(fault, _, _)| scope.spawn(move || shots_with(fault, 1)));
        runs.map(|run| run.join().unwrap())
    });
    for ((fault, error, is_reopened), ran) in faults.into_iter().zip(runs) {
        let (end, report) = or_skip!(ran);
        assert_eq!(end, 0, "{fault}: {report}");
        let job = &report["jobs"][0];
        let (done, twice) = ("done".into(), 2.into());
        assert_eq!((&job["status"], &job["attempts"]), (&done, &twice));
        let told = if is_reopened {
            &[error, REOPENED][..]
        } else {
            &[error]
        };
        assert_eq!(
            given_up(&report, &[error, REOPENED]),
            told,
            "{fault}: {report}"
        );
    }
}

#[test]
fn what_hangs_fails_its_job_in_time_and_no_other() {
    let (place, models) = or_skip!(cold_studio());
    std::fs::copy(place.path().join("in/a.mp4"), place.path().join("in/b.mp4")).unwrap();
    let flags = "--until shots --jobs 1 --set stall-timeout=5s --set retries=0";
    let args = format!("process jobs.toml {flags} --inject stalled-decode@20");
    let begun = Instant::now();
    let output = run(&place, &models, &args);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(code(&output), 1, "{}", err(&output));
    assert!(
        err(&output).contains("decode: no progress for 5 s [timeout]"),
        "{}",
        err(&output)
    );
    let report = json(&place, "out/report.json");
    let jobs = report["jobs"].as_array().unwrap().iter();
    let mut ends: Vec<_> = jobs.map(|job| job["status"].as_str().unwrap()).collect();
    ends.sort_unstable();
    assert_eq!(ends, ["done", "failed"]);
    assert_eq!(report["alerts"][0]["class"], "errors");
}

#[test]
fn an_answer_that_is_no_number_fails_the_job_with_its_class() {
    let (end, report) = or_skip!(shots_with("nan-outputs", 3));
    let job = &report["jobs"][0];
    assert_eq!(
        (end, &job["error"]["class"]),
        (1, &"non_finite".into()),
        "{report}"
    );
    assert_eq!(job["attempts"], 1);
}

#[test]
fn a_job_that_takes_too_long_is_ended_and_not_tried_again() {
    let (place, models) = or_skip!(cold_studio());
    let output = run(&place, &models, "process jobs.toml --set job-timeout=1ms");
    assert_eq!(code(&output), 1, "{}", err(&output));
    let job = &json(&place, "out/report.json")["jobs"][0];
    assert_eq!(
        (&job["error"]["class"], &job["attempts"]),
        (&"timeout".into(), &1.into())
    );
    check_whole(&place.path().join("out"));
}

#[test]
fn an_encoder_that_is_refused_has_another_and_a_full_disk_ends_the_job() {
    let (place, models) = or_skip!(studio());
    let output = run(
        &place,
        &models,
        "process jobs.toml --set render.codec=x265 --inject encoder-refused",
    );
    assert_eq!(code(&output), 0, "{}", err(&output));
    let report = json(&place, "out/report.json");
    let told = given_up(&report, &["a fault that was asked for"]);
    assert_eq!(told.len(), 1, "{report}");
    std::fs::remove_dir_all(place.path().join("out")).unwrap();
    let output = run(&place, &models, "process jobs.toml --inject no-space@2");
    assert_eq!(code(&output), 74, "{}", err(&output));
    let job = &json(&place, "out/report.json")["jobs"][0];
    assert_eq!(job["error"]["class"], "no_space");
    check_whole(&place.path().join("out"));
}

#[test]
fn a_second_interrupt_does_not_wait_for_a_model_that_hangs() {
    let (place, models) = or_skip!(cold_studio());
    let mut told = start(&place, &models, "--until shots --inject stalled-session");
    let is_decoded = |event: &Value| event["type"] == "span" && event["stage"] == "decode";
    told.by_ref().find(is_decoded).unwrap();
    let begun = Instant::now();
    // Until the first is heard a second signal could become one with it.
    while told.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        told.signal(libc::SIGINT);
        std::thread::yield_now();
    }
    assert_eq!(told.end(), Some(130));
    check_whole(&place.path().join("out"));
}

#[test]
fn a_run_under_way_is_seen_and_ended_from_another_process() {
    let (place, models) = or_skip!(cold_studio());
    let status = || place.run("status --json");
    assert_eq!(out(&place.run("status")), "no run is under way\n");
    let mut told = start(&place, &models, "--inject stalled-session");
    told.wait_for("job_started", 0);
    let runs: Value = serde_json::from_str(&out(&status())).unwrap();
    let run = &runs["runs"][0];
    assert_eq!(
        (&run["jobs"], &run["pid"]),
        (&1.into(), &told.child.id().into())
    );
    assert_eq!(code(&place.run("cancel nothing")), 2);
    let ended = place.run("cancel out --now");
    assert_eq!(code(&ended), 0, "{}", err(&ended));
    assert_eq!(told.end(), Some(130));
    assert_eq!(out(&status()), "{\n  \"runs\": []\n}\n");
    let nobody = place.run("cancel");
    assert_eq!(code(&nobody), 2);
    assert!(
        err(&nobody).contains("no run is under way"),
        "{}",
        err(&nobody)
    );
}

#[test]
fn a_fault_that_does_not_exist_is_wrong_use() {
    let place = Place::new();
    let output = place.run("process a.mp4 --inject earthquake");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("stalled-decode"), "{}", err(&output));
}
