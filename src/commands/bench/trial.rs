//! Trial: one run of the pipeline and what it cost.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use crossbeam_channel::unbounded;

use super::subject::BenchSubject;
use crate::cache::Cache;
use crate::clock::process_cpu;
use crate::commands::session::RunSession;
use crate::manifest::Job;
use crate::pipeline::Registry;
use crate::report::{ExitCode, Performance, StageRow};
use crate::timeline::Stage;

/// What one run of the pipeline cost.
pub(super) struct PipelineTrial {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) video_seconds: f64,
    /// Items and work of each stage.
    pub(super) stages: Vec<StageRow>,
}

/// Runs the pipeline on `jobs` up to `until`; a job that fails fails the measurement.
pub(super) fn trial(
    subject: &BenchSubject<'_>,
    jobs: &[Job],
    registry: &Registry,
    cache: &Cache,
    output: &Path,
    until: Stage,
) -> anyhow::Result<PipelineTrial> {
    let (events, inbox) = unbounded();
    let session = RunSession::new(subject.settings, registry, cache);
    let config = session.config(jobs, output, until);
    let (begun, cpu) = (Instant::now(), process_cpu());
    let code = session.run(&config, events, "bench");
    let (wall, cpu) = (begun.elapsed(), process_cpu() - cpu);
    let mut performance = Performance::default();
    inbox
        .into_iter()
        .for_each(|event| performance.hear(&event, wall));
    if code != ExitCode::Done {
        bail!("the run ended with exit code {}", code.code());
    }
    Ok(PipelineTrial {
        wall,
        cpu,
        video_seconds: performance.video_seconds(),
        stages: performance.stages(),
    })
}
