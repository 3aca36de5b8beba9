//! Report as text for people.

use std::fmt::{self, Write};
use std::time::Duration;

use super::json::{MemoryUse, RunOutcome, RunReport, StageRow};
use super::progress::clock;
use super::style::{Style, one_line};
use super::table::table;

/// More failed jobs than this are in the file only.
const MOST_FAILED: usize = 8;
/// More notes of a kind than this are in the file only.
const MOST_NOTES: usize = 4;
/// Owners of memory that are named.
const MOST_OWNERS: usize = 6;

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

fn memory_lines(text: &mut String, memory: &MemoryUse, style: Style) -> fmt::Result {
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
    let owners = memory.owners.iter().take(MOST_OWNERS);
    let owners =
        owners.map(|owner| format!("{} {}", one_line(&owner.name), owner.peak_bytes >> 20));
    let owners: Vec<String> = owners.collect();
    if !owners.is_empty() {
        let owners = owners.join(", ");
        writeln!(text, "{} {owners} MiB", style.bold("of it      "))?;
    }
    Ok(())
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
    memory_lines(text, &report.memory, style)?;
    models(text, report, style)
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
mod tests;
