//! Shot detection as in a run, against decoding and the model alone.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use super::subject::{BenchSubject, Figures};
use super::trial::{PipelineTrial, trial};
use crate::analysis::shots::{GateRules, ShotWindow, ShotWindows};
use crate::cache::Cache;
use crate::clock::process_cpu;
use crate::commands::session::find_models;
use crate::inference::BatchSizer;
use crate::media::{self, DecodePlan, Limits};
use crate::pipeline::{Lost, Registry};
use crate::report::bench::{Better, Series};
use crate::settings::{Folders, Settings};
use crate::timeline::Stage;

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let registry = find_models(&Folders::of_this_process(), subject.settings)?;
    for _ in 0..subject.runs {
        for job in subject.jobs {
            let name = |what: &str| format!("shots {} {what}", job.id);
            let cpu = process_cpu();
            let windows = windows_of(&job.input, subject.settings)?;
            let decode = process_cpu() - cpu;
            let (inference, rate) = infer(&registry, &windows, subject.settings.inference.threads)?;
            if !windows.is_empty() {
                table.add(&name("model"), "windows/s", Better::Higher, rate);
            }
            let out = tempfile::tempdir()?;
            let cache = Cache::off();
            let jobs = std::slice::from_ref(job);
            let PipelineTrial {
                wall,
                cpu,
                video_seconds,
                ..
            } = trial(subject, jobs, &registry, &cache, out.path(), Stage::Shots)?;
            let realtime = video_seconds / wall.as_secs_f64();
            table.add(&name("speed"), "x realtime", Better::Higher, realtime);
            let parts = (decode + inference).as_secs_f64();
            let ratio = cpu.as_secs_f64() / parts;
            table.add(
                &name("cpu / (decode + model)"),
                "ratio",
                Better::Lower,
                ratio,
            );
        }
    }
    Ok(table.0)
}

/// Returns the windows of a video that a run shows to the model.
fn windows_of(path: &Path, settings: &Settings) -> anyhow::Result<Vec<ShotWindow>> {
    let limits = Limits::default();
    let media = media::probe(path, &limits)?;
    let gate = settings.shots.gate.then(GateRules::default);
    let (mut windows, mut all) = (ShotWindows::new(gate.as_ref()), Vec::new());
    let plan = DecodePlan {
        threads: settings.decode_threads,
        pictures: None,
    };
    media::decode(path, &media, &plan, &limits, &mut |frame| {
        all.extend(windows.push(&frame.small));
        ControlFlow::Continue(())
    })?;
    all.extend(windows.finish());
    Ok(all)
}

/// Returns the processor time of the model alone, its loading counted as a run counts it, and windows a second.
fn infer(
    registry: &Registry,
    windows: &[ShotWindow],
    threads: usize,
) -> anyhow::Result<(Duration, f64)> {
    let cpu = process_cpu();
    let mut model = registry.open_shots(threads, Lost::Nothing)?;
    let begun = Instant::now();
    model.score(windows, &mut BatchSizer::fixed(1))?;
    let rate = windows.len() as f64 / begun.elapsed().as_secs_f64();
    Ok((process_cpu() - cpu, rate))
}
