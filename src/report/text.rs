//! The report as text for people.

use std::fmt::Write;

use super::json::{Outcome, Report, StageRow};
use super::progress::clock;
use super::style::{Style, one_line};
use std::time::Duration;

/// More failed jobs than this are in the file only.
const MOST_FAILED: usize = 8;
/// More notes of a kind than this are in the file only.
const MOST_NOTES: usize = 4;

/// Returns the report as lines for stderr: failures first, then times, stages and advice; 40 lines at most.
pub fn report_text(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for part in [failures, heading, stages, machine, notes] {
        // A string takes any text.
        let _ = part(&mut text, report, style);
    }
    text
}

type Written = std::fmt::Result;

fn failures(text: &mut String, report: &Report, style: Style) -> Written {
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

fn heading(text: &mut String, report: &Report, style: Style) -> Written {
    let (done, failed) = (report.count(Outcome::Done), report.count(Outcome::Failed));
    let cancelled = report.count(Outcome::Cancelled);
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
    )
}

fn stages(text: &mut String, report: &Report, style: Style) -> Written {
    if report.stages.is_empty() {
        return Ok(());
    }
    let titles = [
        "stage", "items", "work s", "cpu s", "wait s", "p50 ms", "p95 ms", "max ms", "cache",
    ];
    let titles = row(&titles.map(str::to_owned));
    writeln!(text, "{}", style.bold(&titles))?;
    report
        .stages
        .iter()
        .try_for_each(|stage| writeln!(text, "{}", row(&cells(stage))))
}

fn cells(stage: &StageRow) -> [String; 9] {
    let seconds = |value: f64| format!("{value:.2}");
    let millis = |value: f64| format!("{value:.1}");
    let asked = stage.cache_hits + stage.cache_misses;
    [
        one_line(&stage.name),
        stage.items.to_string(),
        seconds(stage.wall_seconds),
        seconds(stage.cpu_seconds),
        seconds(stage.wait_seconds),
        millis(stage.p50_ms),
        millis(stage.p95_ms),
        millis(stage.max_ms),
        if asked > 0 {
            format!("{}/{asked}", stage.cache_hits)
        } else {
            "-".to_owned()
        },
    ]
}

fn row(cells: &[String; 9]) -> String {
    let mut line = format!("{:<10}", cells[0]);
    for cell in &cells[1..] {
        line.push_str(&format!(" {cell:>9}"));
    }
    line
}

fn machine(text: &mut String, report: &Report, style: Style) -> Written {
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
            "{} {score:.2} of what the cores can do",
            style.bold("score      ")
        )?;
    }
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
    )?;
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

fn notes(text: &mut String, report: &Report, style: Style) -> Written {
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
        writeln!(
            text,
            "try         {setting}: {} ({})",
            one_line(&advice.finding),
            one_line(&advice.evidence)
        )?;
    }
    more(text, report.recommendations.len(), MOST_NOTES)
}

fn more(text: &mut String, there: usize, shown: usize) -> Written {
    match there.saturating_sub(shown) {
        0 => Ok(()),
        left => writeln!(text, "            and {left} more in report.json"),
    }
}

/// `HH:MM:SS`, or with a decimal what is under a minute.
fn time(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(length) if seconds >= 60.0 => clock(length),
        _ => format!("{seconds:.1} s"),
    }
}
