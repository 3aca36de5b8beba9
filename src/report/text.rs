//! Report as text for people.

use std::fmt::{self, Write};
use std::time::Duration;

use super::json::{RunOutcome, RunReport, StageRow};
use super::progress::clock;
use super::style::{Style, one_line};
use super::table::table;

/// More failed jobs than this are in the file only.
const MOST_FAILED: usize = 8;
/// More notes of a kind than this are in the file only.
const MOST_NOTES: usize = 4;

/// Returns the report as lines for stderr: failures first, then times, stages and advice; 40 lines at most.
pub fn report_text(report: &RunReport, style: Style) -> String {
    let mut text = String::new();
    for part in [failures, heading, stages, machine, notes] {
        // A string takes any text.
        let _ = part(&mut text, report, style);
    }
    text
}

fn failures(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    let failed = report
        .jobs
        .iter()
        .filter_map(|job| Some((job, job.error.as_ref()?)));
    for (job, error) in failed.clone().take(MOST_FAILED) {
        let (id, class, message) = (
            one_line(&job.id),
            one_line(&error.class),
            one_line(&error.message),
        );
        writeln!(text, "{} {id} [{class}]: {message}", style.red("failed"))?;
    }
    more(text, failed.count(), MOST_FAILED)
}

fn heading(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    let (done, failed) = (
        report.count(RunOutcome::Done),
        report.count(RunOutcome::Failed),
    );
    let cancelled = report.count(RunOutcome::Cancelled);
    let jobs = format!("{done} done, {failed} failed, {cancelled} cancelled");
    writeln!(text, "{} {jobs}", style.bold("jobs       "))?;
    let speed = report
        .realtime_factor
        .map(|speed| format!(" ({speed:.1}x realtime)"));
    let (video, wall) = (time(report.video_seconds), time(report.wall_seconds));
    writeln!(
        text,
        "{} {video} in {wall}{}",
        style.bold("video      "),
        speed.unwrap_or_default()
    )?;
    clips(text, report, style)
}

/// Tells how many clips there are, which jobs gave none and why, and where to look.
fn clips(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    let with = report.jobs.iter().filter(|job| job.clips > 0).count();
    if report.clips() > 0 {
        let (clips, title) = (report.clips(), style.bold("clips      "));
        writeln!(text, "{title} {clips} of {with} jobs")?;
    }
    // A run that was to make none has nothing to say about it.
    let barren = report.barren();
    let told: Vec<_> = barren
        .filter(|job| with > 0 || job.no_clips.is_some())
        .collect();
    for job in told.iter().take(MOST_NOTES) {
        let why = job.no_clips.as_deref().unwrap_or("none was made");
        let title = style.yellow("no clips   ");
        writeln!(text, "{title} {}: {}", one_line(&job.id), one_line(why))?;
    }
    more(text, told.len(), MOST_NOTES)?;
    if let Some(output) = &report.output {
        let title = style.bold("look at    ");
        writeln!(text, "{title} {}/report.html", one_line(output))?;
    }
    Ok(())
}

fn stages(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    if report.stages.is_empty() {
        return Ok(());
    }
    let titles = [
        "stage", "items", "work s", "cpu s", "wait s", "p50 ms", "p95 ms", "cache", "skipped",
    ];
    let rows = [titles.map(str::to_owned)].into_iter();
    let rows: Vec<_> = rows.chain(report.stages.iter().map(cells)).collect();
    let rows = table(&rows);
    let (titles, rows) = rows.split_once('\n').unwrap_or_default();
    write!(text, "{}\n{rows}", style.bold(titles))
}

/// Numbers have three digits or the whole part, so that a line has no more than 79 columns.
fn cells(stage: &StageRow) -> [String; 9] {
    let asked = stage.cache_hits + stage.cache_misses;
    [
        one_line(&stage.name),
        stage.items.to_string(),
        digits(stage.wall_seconds),
        digits(stage.cpu_seconds),
        digits(stage.wait_seconds),
        digits(stage.p50_ms),
        digits(stage.p95_ms),
        if asked > 0 {
            format!("{}/{asked}", stage.cache_hits)
        } else {
            "-".to_owned()
        },
        stage
            .skipped_share
            .map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0)),
    ]
}

/// Returns a number with three digits, or its whole part where that has more.
fn digits(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value < 1.0 => format!("{value:.3}"),
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

fn machine(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    if let Some(most) = &report.bottleneck {
        let share = most.share * 100.0;
        writeln!(
            text,
            "{} {}, {share:.0} % of the work",
            style.bold("bottleneck "),
            one_line(&most.stage)
        )?;
    }
    if let Some(score) = report.score {
        writeln!(
            text,
            "{} {score:.2} of what the cores could do",
            style.bold("score      ")
        )?;
    }
    if let Some(cost) = report.cost_per_video_hour {
        writeln!(
            text,
            "{} {cost:.2} an hour of video",
            style.bold("cost       ")
        )?;
    }
    memory(text, report, style)?;
    models(text, report, style)
}

fn memory(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    let memory = &report.memory;
    let [peak, held, budget] = [
        memory.peak_rss_bytes,
        memory.peak_held_bytes,
        memory.budget_bytes,
    ]
    .map(|bytes| bytes >> 20);
    writeln!(
        text,
        "{} {peak} MiB at most, {held} of {budget} MiB for pictures",
        style.bold("memory     ")
    )
}

fn models(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    for batch in report.batches.iter().take(MOST_NOTES) {
        let (model, device) = (one_line(&batch.model), one_line(&batch.device));
        let speed = format!("{:.1} a second in batches of {}", batch.rate, batch.size);
        writeln!(
            text,
            "{} {model} on {device}: {speed}",
            style.bold("model      ")
        )?;
    }
    more(text, report.batches.len(), MOST_NOTES)
}

fn notes(text: &mut String, report: &RunReport, style: Style) -> fmt::Result {
    for alert in &report.alerts {
        let message = one_line(&alert.message);
        writeln!(text, "{} {message}", style.red("alert      "))?;
    }
    for given_up in report.degradations.iter().take(MOST_NOTES) {
        writeln!(
            text,
            "{} {}",
            style.yellow("degraded   "),
            one_line(given_up)
        )?;
    }
    more(text, report.degradations.len(), MOST_NOTES)?;
    for advice in report.recommendations.iter().take(MOST_NOTES) {
        let setting = style.bold(&advice.setting);
        let (finding, evidence) = (one_line(&advice.finding), one_line(&advice.evidence));
        let effect = match advice.effect.as_str() {
            "" => String::new(),
            effect => format!("; {}", one_line(effect)),
        };
        writeln!(
            text,
            "try         {setting}: {finding} ({evidence}){effect}"
        )?;
    }
    more(text, report.recommendations.len(), MOST_NOTES)
}

fn more(text: &mut String, there: usize, shown: usize) -> fmt::Result {
    match there.saturating_sub(shown) {
        0 => Ok(()),
        left => writeln!(text, "            and {left} more in report.json"),
    }
}

/// `HH:MM:SS`, or with a decimal what is under a minute.
pub(super) fn time(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(length) if seconds >= 60.0 => clock(length),
        _ => format!("{seconds:.1} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Applied, CacheAsked, Color, Degradation, Event, JobOutcome, MemoryUse, Performance,
        RunFacts, Span,
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
}
