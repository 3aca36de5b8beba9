//! The page of a run's report.

use std::fs;
use std::time::Duration;

use opusclip::report::{
    ClipRow, Event, JobOutcome, Lane, Performance, RunFacts, RunReport, Span, UsageSample, Warning,
    rank_clips, report_page,
};
use opusclip::timeline::Stage;
use serde_json::json;
use tempfile::TempDir;

use super::browser::{Browser, Screen};
use super::{DESK, PHONE};
use crate::or_skip;

/// Every tenth job fails, every tenth gives no clip, the others two each.
fn page(jobs: usize) -> Vec<u8> {
    let mut performance = Performance::default();
    for number in 0..jobs {
        for event in job_events(number) {
            performance.hear(&event, Duration::from_secs(number as u64 + 1));
        }
    }
    let lane = Lane {
        lane: "job-0".into(),
        begun: Duration::ZERO,
        ended: Duration::from_secs(jobs as u64),
        wait_input: Duration::ZERO,
        wait_room: Duration::ZERO,
    };
    performance.hear(&Event::LaneDone(lane), Duration::ZERO);
    let report = RunReport::new(&performance, RunFacts::default());
    report_page(&report, &rank_clips(performance.clips()), &[]).unwrap()
}

fn job_events(number: usize) -> Vec<Event> {
    let job = format!("a-long-name-of-a-recording-that-somebody-made-{number:04}");
    let input = format!("/somewhere/private/{job}.mp4").into();
    let begun = Duration::from_secs(number as u64);
    let span = |lane: &str, stage, length| {
        Event::Span(Span {
            job: job.clone(),
            stage,
            lane: lane.into(),
            begun,
            ended: begun + Duration::from_millis(length),
            cpu: Duration::ZERO,
            wait: Duration::ZERO,
            wait_room: Duration::ZERO,
            items: 25,
            bytes: 0,
        })
    };
    let mut events = vec![
        Event::JobPlanned {
            job: job.clone(),
            input,
        },
        span("job-0", Stage::Decode, 700),
        span("render-0", Stage::Render, 900),
        Event::Sampled(UsageSample {
            time: begun,
            rss_bytes: 1 << 30,
            ..UsageSample::default()
        }),
    ];
    let (outcome, clips) = match number % 10 {
        3 => (
            JobOutcome::Failed {
                class: "input_corrupt".into(),
                message: format!("</script>{}", "corrupt after 1204 good frames; ".repeat(4)),
            },
            0,
        ),
        7 => (JobOutcome::Done, 0),
        _ => (JobOutcome::Done, 2),
    };
    if number % 10 == 7 {
        events.push(Event::Warned {
            job: Some(job.clone()),
            warning: Warning::NoClips,
        });
    }
    events.extend((1..=clips).map(|rank| Event::ClipDone {
        job: job.clone(),
        clip: clip(rank, number),
    }));
    events.push(Event::JobDone {
        folder: format!("out/{job}").into(),
        job,
        outcome,
        attempts: 1,
        wall: Duration::from_secs((number * 7 % 50) as u64),
        video_seconds: 60.0,
        clips: clips as usize,
    });
    events
}

fn clip(rank: u32, number: usize) -> ClipRow {
    ClipRow {
        rank,
        start: 3.0,
        end: 30.0,
        score: (number * 13 % 100) as f64 / 100.0,
        quality: Some(0.5),
        title: format!("Why the second year of company {number} is the hardest one of all"),
        file: Some(format!(
            "clips/0{rank}-why-the-second-year-is-the-hardest.mp4"
        )),
        thumbnail: Some(format!(
            "clips/0{rank}-why-the-second-year-is-the-hardest.jpg"
        )),
    }
}

fn opened(jobs: usize, screen: Screen) -> Result<(TempDir, Browser), crate::needs::Missing> {
    let (folder, mut browser) = (tempfile::tempdir().unwrap(), Browser::start(screen)?);
    let file = folder.path().join("report.html");
    fs::write(&file, page(jobs)).unwrap();
    browser.open(&file);
    Ok((folder, browser))
}

#[test]
fn a_thousand_jobs_fit_into_a_megabyte_that_tells_nothing_private() {
    let page = String::from_utf8(page(1000)).unwrap();
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    // The only address in it is the name of SVG.
    let addresses = page.matches("http").count() - page.matches("http-equiv").count();
    assert!(!page.contains("private") && addresses == 1, "{addresses}");
    assert_eq!(page.matches("</script").count(), 2);
}

/// Numbers, headings and names of stages of which a part stands on another line.
const BROKEN: &str = "[...document.querySelectorAll('.plain :is(td.figure, thead th), #stages th, .badge')].filter((cell) => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const lines = new Set();
    while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        for (const rect of range.getClientRects()) lines.add(Math.round(rect.top));
    }
    return lines.size > 1;
}).map((cell) => cell.textContent)";

#[test]
fn jobs_and_clips_are_searched_filtered_and_sorted() {
    let desk = Screen {
        width: 1280,
        ..DESK
    };
    let (_folder, mut browser) = or_skip!(opened(500, desk));
    assert_eq!(browser.ask(BROKEN), json!([]));
    let shown = "({ jobs: jobs.rows.length, more: byId('jobs-more').textContent, clips: clips.rows.length })";
    let shown = shown.replace("byId(", "document.getElementById(");
    let all = json!({ "jobs": 50, "more": "Show 450 more", "clips": 25 });
    assert_eq!(browser.ask(&shown), all);
    let count = "(() => { const told = document.getElementById('jobs-found').textContent; return told; })()";
    browser.ask("document.querySelector('[value=barren]').click()");
    assert_eq!(browser.ask(count), json!("50 of 500"));
    assert_eq!(
        browser.ask("jobs.rows[0].querySelector('.why').textContent"),
        json!(Warning::NoClips.to_string())
    );
    browser.ask("document.querySelector('[value=failed]').click()");
    browser.ask("(() => { const field = document.getElementById('jobs-search'); field.value = 'corrupt 0123'; field.dispatchEvent(new Event('input')); })()");
    assert_eq!(browser.ask(count), json!("1 of 500"));
    browser.ask("(() => { const field = document.getElementById('jobs-search'); field.value = ''; field.dispatchEvent(new Event('input')); })()");
    browser.ask("document.querySelector('[name=jobs-shown][value=\"\"]').click()");
    browser.ask("document.querySelectorAll('#jobs-heads button')[4].click()");
    let taken =
        browser.ask("[...jobs.rows].slice(0, 50).map((row) => Number(row.cells[4].textContent))");
    let taken: Vec<f64> = serde_json::from_value(taken).unwrap();
    assert!(
        taken[0] == 49.0 && taken.is_sorted_by(|a, b| a >= b),
        "{taken:?}"
    );
    let best = browser.ask("clips.rows[0].cells[5].textContent");
    assert_eq!(best, json!("0.980"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn nothing_scrolls_sideways_on_a_phone_and_the_timeline_is_drawn() {
    let (_folder, mut browser) = or_skip!(opened(12, PHONE));
    let width = browser.ask("document.documentElement.scrollWidth");
    assert_eq!(width, json!(360));
    let drawn = "new Set(new Uint32Array(timeline.getContext('2d').getImageData(0, 0, timeline.width, timeline.height).data.buffer)).size > 5";
    assert_eq!(browser.ask(drawn), json!(true));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
