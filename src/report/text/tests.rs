use super::*;
use crate::report::{
    Applied, CacheAsked, Color, Degradation, Event, JobOutcome, MemoryUse, Performance, RunFacts,
    Span,
};
use crate::timeline::Stage;

/// A run of `jobs` jobs, every second of which failed.
fn report(jobs: usize) -> RunReport {
    let mut performance = Performance::default();
    let seconds = Duration::from_secs;
    for job in 0..jobs {
        let failed = JobOutcome::Failed {
            class: "no_video".into(),
            message: "no\x1b video stream".into(),
        };
        let outcome = if job % 2 == 1 {
            failed
        } else {
            JobOutcome::Done
        };
        let (id, wall, video_seconds) = (format!("talk-{job}"), seconds(10), 300.0);
        performance.hear(
            &Event::JobDone {
                job: id,
                outcome,
                attempts: 1,
                wall,
                video_seconds,
                clips: 0,
                folder: "out".into(),
            },
            wall,
        );
    }
    for (stage, wall) in [(Stage::Decode, 12), (Stage::Render, 20)] {
        let span = Span::of("talk-0", stage, 1500, seconds(wall), seconds(1));
        performance.hear(&Event::Span(span), seconds(20));
    }
    let asked = CacheAsked::of("talk-0", Stage::Decode, false);
    performance.hear(&Event::CacheAsked(asked), seconds(20));
    let (job, stage) = ("talk-0".into(), Stage::Decode);
    let (items, of) = (5, 8);
    let skipped = Event::WorkSkipped {
        job,
        stage,
        items,
        of,
    };
    performance.hear(&skipped, seconds(20));
    let (model, device) = ("transnetv2".into(), "cpu".into());
    performance.hear(
        &Event::BatchDone {
            model,
            device,
            size: 4,
            rate: 9.5,
        },
        seconds(20),
    );
    performance.hear(
        &Event::Degraded {
            degradation: Degradation::Device {
                model: "yunet".into(),
                reason: "cpu: no GPU".into(),
            },
        },
        seconds(20),
    );
    let facts = RunFacts {
        cores: 2,
        cpu: seconds(32),
        memory: MemoryUse {
            peak_rss_bytes: 300 << 20,
            budget_bytes: 512 << 20,
            peak_held_bytes: 90 << 20,
            ..MemoryUse::default()
        },
        applied: Applied {
            jobs: 2,
            render_preset: "fast".into(),
            cache_enabled: true,
            ..Applied::default()
        },
        ..RunFacts::default()
    };
    RunReport::new(&performance, facts)
}

#[test]
fn the_report_reads_so() {
    assert_eq!(
            report_text(&report(2), Style::default()),
            "\
failed talk-1 [no_video]: no\\u{1b} video stream
jobs        1 done, 1 failed, 0 cancelled
video       00:10:00 in 20.0 s (30.0x realtime)
stage   items  work s  cpu s  wait s  p50 ms  p95 ms  cache  skipped
decode   1500    12.0   12.0    1.00   12000   12000    0/1     62 %
render   1500    20.0   20.0    1.00   20000   20000      -        -
bottleneck  render, 62 % of the work
score       0.80 of what the cores could do
memory      300 MiB at most, 90 of 512 MiB for pictures
model       transnetv2 on cpu: 9.5 a second in batches of 4
degraded    yunet runs on cpu: no GPU
try         render.preset = \"faster\": encoding is most of the work; a faster preset makes somewhat larger files (render is 62 % of the work); about 2 of 20 s less
"
        );
}

#[test]
fn clips_are_told_with_who_gave_none_and_where_to_look() {
    let mut report = report(4);
    report.jobs[0].clips = 3;
    report.jobs[2].no_clips = Some("no segment between 15 s and 60 s".into());
    report.output = Some("out".into());
    let text = report_text(&report, Style::default());
    let told = [
        "clips       3 of 1 jobs",
        "no clips    talk-2: no segment between 15 s and 60 s",
        "look at     out/report.html",
    ];
    for line in told {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
}

#[test]
fn no_number_is_wider_than_its_column() {
    for value in [0.0, 0.0004, 9.994, 99.94, 999.4, 123_456.0] {
        assert!(digits(value).len() <= 6, "{}", digits(value));
    }
}

#[test]
fn many_failures_stay_on_the_screen() {
    let text = report_text(&report(1000), Style::default());
    assert!(text.lines().count() <= 40);
    assert!(text.contains("and 492 more in report.json"));
}

#[test]
fn an_empty_run_has_a_report() {
    let text = report_text(
        &RunReport::new(&Performance::default(), RunFacts::default()),
        Style::default(),
    );
    assert!(text.starts_with("jobs        0 done"), "{text}");
}

#[test]
fn colour_changes_no_word() {
    let colored = report_text(&report(2), Style::new(Color::Always, None, false));
    let mut plain = colored.clone();
    for code in ["\x1b[31;1m", "\x1b[33;1m", "\x1b[1m", "\x1b[0m"] {
        plain = plain.replace(code, "");
    }
    assert_ne!(plain, colored);
    assert_eq!(plain, report_text(&report(2), Style::default()));
}
