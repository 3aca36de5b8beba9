//! The pages of a run: one for each job, one for all of them.

use std::path::Path;

use crate::export::page::{self, JobEnd, JobEntry, JobFacts};
use crate::export::{self, AnalysisFile, Candidates, Clips, path_text};
use crate::manifest::Job;
use crate::pipeline::context::{JobContext, RunConfig};

/// The name of each page in its folder.
const NAME: &str = "index.html";

/// Writes the page of a job.
pub(crate) fn write_job(
    ctx: &JobContext<'_>,
    analysis: &AnalysisFile,
    candidates: &Candidates,
    clips: &Clips,
) -> Result<(), export::Error> {
    let facts = JobFacts {
        id: &ctx.job.id,
        input: ctx.input(),
    };
    let page = page::job(&facts, analysis, candidates, clips)?;
    export::write_atomic(&ctx.folder().join(NAME), &page)
}

/// Writes the page of the whole run: its jobs in the order of the manifest, and how each ended.
pub(crate) fn write_batch(
    config: &RunConfig<'_>,
    ends: impl Iterator<Item = JobEnd>,
) -> Result<(), export::Error> {
    let entries = config
        .jobs
        .iter()
        .zip(ends)
        .map(|(job, end)| entry(job, end));
    let page = page::batch(&entries.collect::<Vec<_>>())?;
    export::write_atomic(&config.output.join(NAME), &page)
}

fn entry(job: &Job, end: JobEnd) -> JobEntry {
    let name = job.input.file_name().unwrap_or_default();
    JobEntry {
        id: job.id.clone(),
        source: path_text(Path::new(name)),
        end,
    }
}
