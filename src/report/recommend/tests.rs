//! Planted bottlenecks, and runs without one.

use super::*;
use crate::report::{Applied, CacheLevel, Event, JobOutcome, MemoryUse, Performance, Span};
use crate::timeline::Stage;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// What is said about a ten-second run on four cores in which each stage worked and waited for so many seconds.
fn settings(jobs: usize, cpu: u32, work: &[(Stage, u32, u32)], facts: RunFacts) -> Vec<String> {
    let mut performance = Performance::default();
    for job in 0..jobs {
        let (job, outcome) = (job.to_string(), JobOutcome::Done);
        let (wall, video_seconds) = (SECOND, 1.0);
        let done = Event::JobDone {
            job,
            outcome,
            attempts: 1,
            wall,
            video_seconds,
            clips: 0,
            folder: "out".into(),
        };
        performance.hear(&done, SECOND * 10);
    }
    for &(stage, wall, wait) in work {
        let span = Span {
            wait_room: SECOND * wait,
            ..Span::of("0", stage, 1, SECOND * wall, SECOND * wait)
        };
        performance.hear(&Event::Span(span), SECOND * 10);
    }
    let facts = RunFacts {
        cores: 4,
        cpu: SECOND * cpu,
        ..facts
    };
    let found = RunReport::new(&performance, facts).recommendations;
    found.into_iter().map(|advice| advice.setting).collect()
}

fn facts(change: impl FnOnce(&mut Applied)) -> RunFacts {
    let mut applied = Applied {
        jobs: 4,
        decode_threads: 4,
        sessions: 1,
        session_threads: 4,
        cache_enabled: true,
        cache_max_bytes: 10 << 20,
        render_preset: "veryfast".into(),
        render_workers: 4,
        batch: None,
        shot_gate: true,
        sparse_faces: true,
    };
    change(&mut applied);
    RunFacts {
        applied,
        ..RunFacts::default()
    }
}

#[test]
fn a_run_that_keeps_the_cores_busy_has_nothing_to_change() {
    let work = [(Stage::Decode, 20, 0), (Stage::Shots, 18, 0)];
    assert!(settings(8, 38, &work, facts(|_| {})).is_empty());
}

#[test]
fn idle_cores_and_waiting_jobs_ask_for_more_at_once() {
    let found = settings(
        8,
        10,
        &[(Stage::Decode, 10, 0)],
        facts(|applied| applied.jobs = 1),
    );
    assert_eq!(found, ["jobs = 4"]);
}

#[test]
fn a_single_video_asks_for_threads_where_the_work_is() {
    let few = |applied: &mut Applied| (applied.decode_threads, applied.session_threads) = (1, 1);
    let decode = settings(
        1,
        10,
        &[(Stage::Decode, 9, 0), (Stage::Shots, 1, 8)],
        facts(few),
    );
    assert_eq!(decode, ["decode-threads = 4"]);
    let shots = settings(
        1,
        10,
        &[(Stage::Decode, 1, 8), (Stage::Shots, 9, 0)],
        facts(few),
    );
    assert_eq!(shots, ["inference.threads = 4"]);
}

#[test]
fn a_full_budget_asks_for_memory_where_the_machine_has_it() {
    let pressed = |machine_bytes| {
        let memory = MemoryUse {
            peak_rss_bytes: 0,
            budget_bytes: 256 << 20,
            peak_held_bytes: 250 << 20,
            ..MemoryUse::default()
        };
        let facts = RunFacts {
            memory,
            machine_bytes,
            ..facts(|_| {})
        };
        settings(4, 40, &[(Stage::Decode, 6, 4)], facts)
    };
    assert_eq!(pressed(8 << 30), ["memory-budget = \"512MiB\""]);
    assert!(pressed(512 << 20).is_empty());
}

#[test]
fn encoding_most_of_the_time_asks_for_a_faster_preset_while_there_is_one() {
    let preset = |name: &str| {
        let slow = facts(|applied| applied.render_preset = name.into());
        settings(
            4,
            40,
            &[(Stage::Render, 35, 0), (Stage::Decode, 5, 0)],
            slow,
        )
    };
    assert_eq!(preset("slow"), ["render.preset = \"medium\""]);
    assert!(preset("veryfast").is_empty());
}

#[test]
fn analysis_that_is_not_kept_asks_for_the_cache() {
    let off = facts(|applied| applied.cache_enabled = false);
    assert_eq!(
        settings(4, 40, &[(Stage::Decode, 40, 0)], off),
        ["cache.enabled = true"]
    );
}

#[test]
fn a_cache_that_gives_up_what_is_needed_asks_for_room() {
    let level = CacheLevel {
        name: "disk".into(),
        hits: 1,
        misses: 9,
        bytes: 0,
        entries: 0,
        evictions: 3,
    };
    let facts = RunFacts {
        cache: vec![level],
        ..facts(|_| {})
    };
    assert_eq!(settings(4, 40, &[], facts), ["cache.max-bytes = \"20MiB\""]);
}

#[test]
fn a_disk_that_holds_decoding_up_asks_for_more_jobs_at_once() {
    let mut span = Span::of("0", Stage::Decode, 1, SECOND * 9, Duration::ZERO);
    span.cpu = SECOND;
    let mut performance = Performance::default();
    performance.hear(&Event::Span(span), SECOND * 10);
    let mut report = RunReport::new(&performance, RunFacts::default());
    let planned = |number: usize| crate::report::JobRow::unended(&number.to_string());
    report.jobs = (0..16).map(planned).collect();
    report.score = Some(0.2);
    let found = recommend(
        &report,
        &RunFacts {
            cores: 4,
            ..facts(|_| {})
        },
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].setting, "jobs = 8");
    assert_eq!(found[0].effect, "about 4 of 10 s less");
}

#[test]
fn render_workers_without_a_pause_ask_for_more_of_them() {
    let lane = crate::report::Lane {
        lane: "render-0".into(),
        begun: Duration::ZERO,
        ended: SECOND * 10,
        wait_input: SECOND,
        wait_room: Duration::ZERO,
    };
    let mut performance = Performance::default();
    let span = Span {
        lane: "render-0".into(),
        ..Span::of("0", Stage::Render, 1, SECOND * 9, Duration::ZERO)
    };
    performance.hear(&Event::Span(span), SECOND * 10);
    performance.hear(&Event::LaneDone(lane), SECOND * 10);
    let one = RunFacts {
        cores: 4,
        cpu: SECOND * 12,
        ..facts(|applied| applied.render_workers = 1)
    };
    let found = RunReport::new(&performance, one).recommendations;
    assert_eq!(found[0].setting, "render.workers = 4");
}

#[test]
fn work_that_a_setting_spares_asks_for_the_setting() {
    let off = |applied: &mut Applied| (applied.shot_gate, applied.sparse_faces) = (false, false);
    let shots = settings(
        4,
        40,
        &[(Stage::Shots, 30, 0), (Stage::Faces, 10, 0)],
        facts(off),
    );
    assert_eq!(shots, ["shots.gate = true"]);
    let faces = settings(
        4,
        40,
        &[(Stage::Shots, 10, 0), (Stage::Faces, 30, 0)],
        facts(off),
    );
    assert_eq!(faces, ["faces.sparse = true"]);
}

#[test]
fn single_inputs_on_a_gpu_ask_for_batches() {
    let mut performance = Performance::default();
    let batch = Event::BatchDone {
        model: "transnetv2".into(),
        device: "cuda:0".into(),
        size: 1,
        rate: 30.0,
    };
    performance.hear(&batch, SECOND);
    let one = facts(|applied| applied.batch = Some(1));
    let found = RunReport::new(&performance, one).recommendations;
    assert_eq!(found[0].setting, "inference.batch = \"auto\"");
    assert!(
        RunReport::new(&performance, facts(|_| {}))
            .recommendations
            .is_empty()
    );
}

#[test]
fn a_busy_neighbour_is_no_fault_of_the_run() {
    let work = [(Stage::Decode, 10, 0), (Stage::Shots, 9, 0)];
    let beside = RunFacts {
        idle: Some(SECOND),
        ..facts(|applied| (applied.jobs, applied.decode_threads) = (1, 1))
    };
    assert!(settings(8, 19, &work, beside).is_empty());
}

#[test]
fn what_is_recommended_is_a_profile_that_can_be_read() {
    let mut report = RunReport::default();
    assert_eq!(advised_profile(&report), None);
    let advice = |setting: &str| Recommendation {
        finding: "cores were idle".into(),
        evidence: "12 %".into(),
        setting: setting.into(),
        effect: String::new(),
    };
    report.recommendations = vec![advice("jobs = 4"), advice("render.preset = \"faster\"")];
    let profile = advised_profile(&report).unwrap();
    let read: toml::Table = profile.parse().unwrap();
    assert_eq!(read["jobs"].as_integer(), Some(4));
    assert_eq!(read["render"]["preset"].as_str(), Some("faster"));
}
