//! Speed, time left and what a job is at.

use super::*;
use crate::report::JobOutcome;

fn started(job: &str, video_seconds: Option<f64>) -> Event {
    Event::JobStarted {
        job: job.into(),
        input: job.into(),
        video_seconds,
        clip_seconds: 0.0,
    }
}

fn at_second(job: &str, seconds: f64) -> Event {
    Event::JobProgress {
        job: job.into(),
        stage: Stage::Decode,
        seconds,
    }
}

fn done(job: &str, video_seconds: f64) -> Event {
    let (outcome, wall) = (JobOutcome::Done, Duration::from_secs(5));
    Event::JobDone {
        job: job.into(),
        outcome,
        attempts: 1,
        wall,
        video_seconds,
        clips: 0,
        folder: "out".into(),
    }
}

fn after(seconds: u64, events: &[Event]) -> Progress {
    let mut progress = Progress::default();
    progress.hear(
        &Event::RunStarted {
            run_id: "r".into(),
            jobs: 4,
        },
        Duration::ZERO,
    );
    events
        .iter()
        .for_each(|event| progress.hear(event, Duration::from_secs(seconds)));
    progress
}

#[test]
fn speed_and_time_left_follow_from_the_video_behind() {
    let events = [
        started("a", Some(100.0)),
        at_second("a", 50.0),
        started("b", None),
        done("c", 60.0),
    ];
    // 110 s of video in 10 s; left: 50 of a, the mean of 80 for b and for the one not begun.
    let progress = after(10, &events);
    assert_eq!(
        progress.to_string(),
        "1/4 jobs, 11.0x realtime, 00:00:19 left"
    );
    assert!((progress.share() - 1.5 / 4.0).abs() < 1e-12);
}

#[test]
fn a_job_says_what_it_is_at() {
    let mut progress = after(5, &[started("a", Some(80.0)), at_second("a", 40.0)]);
    let says = |progress: &Progress| progress.job("a").unwrap().to_string();
    assert_eq!(says(&progress), "decode 40 of 80 s");
    let worked = |stage| {
        let (work, wait) = (Duration::from_secs(1), Duration::ZERO);
        Event::Span(Span::of("a", stage, 1, work, wait))
    };
    progress.hear(&worked(Stage::Shots), Duration::from_secs(6));
    assert_eq!(says(&progress), "decode 40 of 80 s");
    for stage in [Stage::Decode, Stage::Transcript] {
        progress.hear(&worked(stage), Duration::from_secs(7));
    }
    assert_eq!(says(&progress), "transcript");
    for made in 0..2 {
        let (job, of) = ("a".into(), 3);
        let clip = Event::ClipProgress { job, made, of };
        progress.hear(&clip, Duration::from_secs(8));
    }
    assert_eq!(says(&progress), "render 2 of 3");
}

/// The time left, told after a tenth of a run of ten jobs that takes 1000 s, of which clips take half.
#[test]
fn after_a_tenth_of_a_long_run_the_time_left_is_right_within_a_fifth() {
    let begins = |job: &str| Event::JobStarted {
        job: job.into(),
        input: job.into(),
        video_seconds: Some(600.0),
        clip_seconds: 400.0,
    };
    let mut progress = Progress::default();
    let run = Event::RunStarted {
        run_id: "r".into(),
        jobs: 10,
    };
    progress.hear(&run, Duration::ZERO);
    // Two at once: both are analysed after 100 s and have made no clip yet.
    for job in ["a", "b"] {
        progress.hear(&begins(job), Duration::ZERO);
        progress.hear(&at_second(job, 600.0), Duration::from_secs(100));
    }
    let left = progress.left().unwrap().as_secs_f64();
    assert!((left / 900.0 - 1.0).abs() < 0.2, "{left}");
    // Of a run whose first half was done before, that half tells nothing of the rest.
    let mut resumed = Progress::default();
    resumed.hear(&run, Duration::ZERO);
    for job in ["a", "b", "c", "d", "e"] {
        resumed.hear(&begins(job), Duration::ZERO);
        resumed.hear(&done(job, 600.0), Duration::from_secs(1));
    }
    assert_eq!(resumed.left(), None);
    resumed.hear(&begins("f"), Duration::from_secs(1));
    resumed.hear(&at_second("f", 600.0), Duration::from_secs(101));
    let left = resumed.left().unwrap().as_secs_f64();
    assert!((left / 900.0 - 1.0).abs() < 0.2, "{left}");
}

#[test]
fn before_there_is_a_speed_nothing_is_promised() {
    assert_eq!(after(5, &[started("a", None)]).to_string(), "0/4 jobs");
    assert_eq!(
        after(5, &[started("a", None), at_second("a", 10.0)]).to_string(),
        "0/4 jobs, 2.0x realtime"
    );
}

#[test]
fn a_header_that_lies_about_the_length_harms_nothing() {
    let events = [
        started("a", Some(1.0)),
        at_second("a", 500.0),
        started("b", Some(-3.0)),
        started("c", Some(f64::NAN)),
    ];
    let progress = after(1, &events);
    assert_eq!(progress.job("a").unwrap().share(), Some(1.0));
    assert_eq!(progress.job("b").unwrap().share(), None);
    assert!(progress.left().is_some());
}
