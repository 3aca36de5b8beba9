//! A run's report as a Markdown page: for the summary of a job in continuous integration. Pure.

use super::json::{JobRow, RunOutcome, RunReport, StageRow};
use super::table::markdown_table;
use super::text::time;

/// Jobs that are listed at most: those that failed or gave no clip first.
const MOST_JOBS: usize = 50;

/// Returns the report as a page.
pub fn report_markdown(report: &RunReport) -> String {
    let mut page = format!("# opusclip run {}\n\n{}\n", report.run_id, summary(report));
    let notes: Vec<String> = notes(report).collect();
    if !notes.is_empty() {
        page += &format!("\n## What to look at\n\n{}", notes.concat());
    }
    page += "\n## Jobs\n\n";
    let mut jobs: Vec<&JobRow> = report.jobs.iter().collect();
    jobs.sort_by_key(|job| (job.error.is_none(), job.clips > 0));
    let rows = jobs.iter().take(MOST_JOBS).map(|job| job_cells(job));
    page += &markdown_table(["job", "status", "clips", "video", "took", "notes"], rows);
    if jobs.len() > MOST_JOBS {
        page += &format!("\nand {} more in report.json\n", jobs.len() - MOST_JOBS);
    }
    if !report.stages.is_empty() {
        page += "\n## Stages\n\n";
        let titles = [
            "stage", "items", "work s", "cpu s", "wait s", "p95 ms", "cache",
        ];
        page += &markdown_table(titles, report.stages.iter().map(stage_cells));
    }
    page
}

fn summary(report: &RunReport) -> String {
    let count = |status| report.count(status);
    let jobs = format!(
        "{} jobs done, {} failed, {} cancelled; {} clips.",
        count(RunOutcome::Done),
        count(RunOutcome::Failed),
        count(RunOutcome::Cancelled),
        report.clips()
    );
    let speed = report
        .realtime_factor
        .map_or_else(String::new, |speed| format!(" ({speed:.1}x realtime)"));
    let score = report
        .score
        .map_or_else(String::new, |score| format!(", score {score:.2}"));
    let (video, wall) = (time(report.video_seconds), time(report.wall_seconds));
    let peak = report.memory.peak_rss_bytes >> 20;
    format!("{jobs} {video} of video in {wall}{speed}, {peak} MiB{score}.")
}

fn notes(report: &RunReport) -> impl Iterator<Item = String> {
    let alerts = report.alerts.iter();
    let alerts = alerts.map(|alert| format!("- **Alert**: {}\n", text_of(&alert.message)));
    let advice = report.recommendations.iter().map(|advice| {
        let (finding, evidence) = (text_of(&advice.finding), text_of(&advice.evidence));
        format!("- `{}`: {finding} ({evidence})\n", advice.setting)
    });
    let given_up = report.degradations.iter();
    let given_up = given_up.map(|text| format!("- Otherwise than asked: {}\n", text_of(text)));
    alerts.chain(advice).chain(given_up)
}

fn job_cells(job: &JobRow) -> [String; 6] {
    let status = format!("{:?}", job.status).to_lowercase();
    let why = match (&job.error, &job.no_clips) {
        (Some(error), _) => format!("{}: {}", error.class, text_of(&error.message)),
        (None, Some(why)) => text_of(why),
        (None, None) => String::new(),
    };
    let (video, wall) = (time(job.video_seconds), time(job.wall_seconds));
    [
        text_of(&job.id),
        status,
        job.clips.to_string(),
        video,
        wall,
        why,
    ]
}

fn stage_cells(stage: &StageRow) -> [String; 7] {
    let asked = stage.cache_hits + stage.cache_misses;
    [
        stage.name.clone(),
        stage.items.to_string(),
        format!("{:.2}", stage.wall_seconds),
        format!("{:.2}", stage.cpu_seconds),
        format!("{:.2}", stage.wait_seconds),
        format!("{:.1}", stage.p95_ms),
        format!("{}/{asked}", stage.cache_hits),
    ]
}

/// Returns text that is no markup and stays on its line.
fn text_of(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => plain.extend(['\\', letter]),
            letter if letter.is_control() => plain.push(' '),
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::JobError;

    #[test]
    fn what_failed_stands_first_and_no_name_becomes_markup() {
        let mut report = RunReport::default();
        let job = |id: &str, clips| JobRow {
            clips,
            status: RunOutcome::Done,
            ..JobRow::unended(id)
        };
        report.jobs = vec![job("good", 3), job("none", 0), job("<img>\n|", 0)];
        report.jobs[2].error = Some(JobError {
            class: "no_video".into(),
            message: "no *video*".into(),
        });
        let page = report_markdown(&report);
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
        assert_eq!(
            rows[1],
            "| \\<img\\> \\| | done | 0 | 0.0 s | 0.0 s | no_video: no \\*video\\* |"
        );
        assert!(rows[2].starts_with("| none |") && rows[3].starts_with("| good | done | 3 |"));
        assert!(page.contains("3 clips.") && !page.contains("What to look at"));
    }
}
