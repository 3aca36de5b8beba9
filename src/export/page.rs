//! `index.html`: pages of a job and of a batch.
//!
//! Each page is one file that opens from a disk and asks no network: its style and script are inside, the content is JSON
//! that the script draws. Two things keep text of a video from ever becoming markup or code: `<` is escaped in the JSON and
//! the script makes elements, never markup; and the page's policy runs no script but the one whose digest it names.

mod batch;
mod faces;
mod fill;
mod job;
mod said;
mod score;

use serde::Serialize;

use super::{AnalysisFile, Candidates, Clips, Error};
use fill::PageTemplate;

pub use batch::{BestClip, JobEnd, JobEntry};
pub use job::JobFacts;

const JOB: PageTemplate = PageTemplate {
    html: include_str!("page/job.html"),
    style: include_str!("page/page.css"),
    script: concat!(
        include_str!("page/page.js"),
        include_str!("page/media.js"),
        include_str!("page/rows.js"),
        include_str!("page/score.js"),
        include_str!("page/lanes.js"),
        include_str!("page/timeline.js"),
        include_str!("page/candidates.js"),
        include_str!("page/clips.js"),
        include_str!("page/transcript.js"),
        include_str!("page/job.js"),
    ),
};

const BATCH: PageTemplate = PageTemplate {
    html: include_str!("page/batch.html"),
    style: include_str!("page/page.css"),
    script: concat!(
        include_str!("page/page.js"),
        include_str!("page/list.js"),
        include_str!("page/batch.js"),
    ),
};

const RUN: PageTemplate = PageTemplate {
    html: include_str!("page/run.html"),
    style: include_str!("page/page.css"),
    script: concat!(
        include_str!("page/page.js"),
        include_str!("page/list.js"),
        include_str!("page/charts.js"),
        include_str!("page/run.js"),
    ),
};

/// Returns the page of a run's report, for the folder that has the jobs' folders.
///
/// # Errors
/// [`Error::Content`] when a number is not finite.
pub fn run(report: &impl Serialize) -> Result<Vec<u8>, Error> {
    RUN.fill(report)
}

/// Returns the page of a job, for the folder that its `clips.json` is in.
///
/// A job that went only as far as its sound or its candidates has an empty list of what is not there yet.
///
/// # Errors
/// [`Error::Content`] when a number is not finite.
pub fn job(
    facts: &JobFacts<'_>,
    analysis: &AnalysisFile,
    candidates: &Candidates,
    clips: &Clips,
) -> Result<Vec<u8>, Error> {
    JOB.fill(&job::page(facts, analysis, candidates, clips))
}

/// Returns the page of a batch, for the folder that has the jobs' folders; the jobs stand in the order given.
///
/// # Errors
/// [`Error::Content`] when a number is not finite.
pub fn batch(jobs: &[JobEntry]) -> Result<Vec<u8>, Error> {
    BATCH.fill(&batch::page(jobs))
}
