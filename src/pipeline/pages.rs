//! The pages of a run: one for each job, one for all of them.

use std::path::Path;

use super::Run;
use super::job::Work;
use crate::export::page::{self, JobEnd, JobEntry, JobFacts};
use crate::export::{self, Analysis, Candidates, Clips, path_text};
use crate::manifest::Job;

/// The name of each page in its folder.
const NAME: &str = "index.html";

/// Writes the page of a job.
pub(super) fn write_job(
    work: &Work<'_>,
    analysis: &Analysis,
    candidates: &Candidates,
    clips: &Clips,
) -> Result<(), export::Error> {
    let facts = JobFacts {
        id: &work.job.id,
        input: work.input(),
    };
    let page = page::job(&facts, analysis, candidates, clips)?;
    export::write_atomic(&work.folder().join(NAME), &page)
}

/// Writes the page of the whole run: its jobs in the order of the manifest, and how each ended.
pub(super) fn write_batch(
    run: &Run<'_>,
    ends: impl Iterator<Item = JobEnd>,
) -> Result<(), export::Error> {
    let entries = run.jobs.iter().zip(ends).map(|(job, end)| entry(job, end));
    let page = page::batch(&entries.collect::<Vec<_>>())?;
    export::write_atomic(&run.output.join(NAME), &page)
}

fn entry(job: &Job, end: JobEnd) -> JobEntry {
    let name = job.input.file_name().unwrap_or_default();
    JobEntry {
        id: job.id.clone(),
        source: path_text(Path::new(name)),
        end,
    }
}
