//! Content of `report.html`: the report of a run, its clips, and the runs before it. Pure.

use std::path::Path;

use serde::Serialize;

use super::json::{RunOutcome, RunReport};
use super::run_clips::RankedClip;
use crate::export::{self, path_from_text, path_text};

/// Clips that the page lists: its size is bounded, and the table beside it has all.
const MOST_CLIPS: usize = 1000;
/// Runs that it compares.
const MOST_RUNS: usize = 20;

/// The content of the page.
#[derive(Debug, Serialize)]
struct RunPage<'a> {
    #[serde(flatten)]
    report: RunReport,
    /// Whether the run was to make clips.
    makes_clips: bool,
    clips: &'a [RankedClip],
    trend: Vec<TrendRun<'a>>,
}

/// An earlier run of the same kind.
#[derive(Debug, Serialize)]
struct TrendRun<'a> {
    run_id: &'a str,
    started: &'a str,
    wall_seconds: f64,
    realtime: Option<f64>,
    score: Option<f64>,
}

/// Returns the page of a run: its clips by rank, `before` the runs that were there earlier, by time.
///
/// # Errors
/// [`export::Error::Content`] when a number is not finite.
pub fn report_page(
    report: &RunReport,
    clips: &[RankedClip],
    before: &[RunReport],
) -> Result<Vec<u8>, export::Error> {
    let earlier = before.iter().filter(|run| run.run_id != report.run_id);
    let ended = earlier.filter(|run| run.outcome != RunOutcome::Failed);
    let runs: Vec<&RunReport> = ended.chain([report]).collect();
    let last = &runs[runs.len().saturating_sub(MOST_RUNS)..];
    export::page::run(&RunPage {
        report: shown(report),
        makes_clips: report.clips() > 0 || report.jobs.iter().any(|job| job.no_clips.is_some()),
        clips: &clips[..clips.len().min(MOST_CLIPS)],
        trend: last.iter().map(|run| TrendRun::of(run)).collect(),
    })
}

/// Returns the report without what a page that is shown to others does not tell: where it was made.
fn shown(report: &RunReport) -> RunReport {
    let mut shown = report.clone();
    shown.output = None;
    for job in &mut shown.jobs {
        job.input = job.input.take().map(|input| {
            let path = path_from_text(&input);
            path_text(Path::new(path.file_name().unwrap_or_default()))
        });
    }
    shown
}

impl<'a> TrendRun<'a> {
    fn of(run: &'a RunReport) -> Self {
        Self {
            run_id: &run.run_id,
            started: &run.started,
            wall_seconds: run.wall_seconds,
            realtime: run.realtime_factor,
            score: run.score,
        }
    }
}
