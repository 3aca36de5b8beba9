//! The whole program on the named videos: with nothing known, then with everything known.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use crossbeam_channel::unbounded;

use super::{Better, Series, Subject, Table};
use crate::cache::{Cache, CacheOptions};
use crate::clock::process_cpu;
use crate::manifest::Job;
use crate::pipeline::{self, Cancel, Memory, Registry, Resources, RunConfig};
use crate::report::{ExitCode, Performance, Stage, StageRow};
use crate::settings::{Folders, Machine};

pub(super) fn measure(subject: &Subject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Table::default();
    let registry =
        super::super::process::find_models(&Folders::of_this_process(), subject.settings)?;
    for _ in 0..subject.runs {
        let folder = tempfile::tempdir()?;
        let cache = Cache::open(&folder.path().join("cache"), &CacheOptions::default()).cache;
        let out = folder.path().join("out");
        let run = || {
            trial(
                subject,
                subject.jobs,
                &registry,
                &cache,
                &out,
                Stage::Export,
            )
        };
        let cold = run()?;
        let realtime = cold.video_seconds / cold.wall.as_secs_f64();
        table.add("end-to-end speed", "x realtime", Better::Higher, realtime);
        let cost = cold.cpu.as_secs_f64() / cold.video_seconds;
        table.add("end-to-end cpu", "s/s of video", Better::Lower, cost);
        let warm = run()?;
        let ratio = warm.wall.as_secs_f64() / cold.wall.as_secs_f64();
        table.add("end-to-end again / first", "ratio", Better::Lower, ratio);
    }
    Ok(table.0)
}

/// What one run of the pipeline cost.
pub(super) struct Trial {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) video_seconds: f64,
    /// Items and work of each stage.
    pub(super) stages: Vec<StageRow>,
}

/// Runs the pipeline on `jobs` up to `until`; a job that fails fails the measurement.
pub(super) fn trial(
    subject: &Subject<'_>,
    jobs: &[Job],
    registry: &Registry,
    cache: &Cache,
    output: &Path,
    until: Stage,
) -> anyhow::Result<Trial> {
    let (events, inbox) = unbounded();
    let settings = subject.settings;
    let config = RunConfig {
        settings,
        jobs,
        output,
        until,
        fresh: false,
        archive: None,
    };
    let memory = Memory::new(settings.memory_budget, Machine::detect().usable_memory());
    let resources = Resources {
        cache,
        registry,
        memory: &memory,
        events,
        cancel: &Cancel::default(),
    };
    let (begun, cpu) = (Instant::now(), process_cpu());
    let code = pipeline::run(&config, resources, "bench");
    let (wall, cpu) = (begun.elapsed(), process_cpu() - cpu);
    let mut performance = Performance::default();
    inbox
        .into_iter()
        .for_each(|event| performance.hear(&event, wall));
    if code != ExitCode::Done {
        bail!("the run ended with exit code {}", code.code());
    }
    Ok(Trial {
        wall,
        cpu,
        video_seconds: performance.video_seconds(),
        stages: performance.stages(),
    })
}
