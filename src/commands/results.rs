//! What is found out and written when a run is over: facts of the machine, report, metrics.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::run_cache::cache_levels;
use super::session::RunSession;
use crate::cache;
use crate::clock;
use crate::export;
use crate::pipeline::RunConfig;
use crate::report::{
    self, ClipRow, ExitCode, RunClips, RunReport, RunTimes, Start, metrics_text, rank_clips,
    report_page, run_clips_csv,
};
use crate::settings::{AlertSettings, Auto, Machine, Settings};
use crate::timeline::Stage;

/// Returns what the events do not tell; `idle` is how long the machine's cores had been idle when the run began.
pub(super) fn facts(
    config: &RunConfig<'_>,
    session: &RunSession<'_>,
    start: &Start,
    idle: Option<Duration>,
) -> report::RunFacts {
    let settings = config.settings;
    let machine = Machine::detect();
    report::RunFacts {
        started: start.started.clone(),
        output: Some(config.output.to_owned()),
        cores: machine.cores,
        cpu: clock::process_cpu(),
        idle: idle.and_then(|before| clock::machine_idle()?.checked_sub(before)),
        price_per_hour: settings.report.price_per_hour,
        machine_bytes: machine.usable_memory(),
        memory: session.memory_use(),
        devices: session.registry.devices(),
        cache: cache_levels(session.cache),
        free_bytes: cache::free_bytes(config.output).ok(),
        alerts: alert_limits(&settings.alerts),
        applied: applied(settings),
    }
}

/// Returns the settings that rules look at.
fn applied(settings: &Settings) -> report::Applied {
    report::Applied {
        jobs: settings.jobs,
        decode_threads: settings.decode_threads,
        sessions: settings.inference.sessions,
        session_threads: settings.inference.threads,
        cache_enabled: settings.cache.enabled,
        cache_max_bytes: settings.cache.max_bytes.0,
        render_preset: settings.render.preset.name().to_owned(),
        render_workers: settings.render.workers,
        batch: match settings.inference.batch {
            Auto::Auto => None,
            Auto::Set(size) => Some(size),
        },
        shot_gate: settings.shots.gate,
        sparse_faces: settings.faces.sparse,
    }
}

fn alert_limits(settings: &AlertSettings) -> report::AlertLimits {
    // As written: 0.05 and not the nearest number of half the precision.
    let share = |share: f32| (f64::from(share) * 1e6).round() / 1e6;
    report::AlertLimits {
        memory: share(settings.memory),
        errors: share(settings.errors),
        hits: share(settings.hits),
        free_disk: settings.free_disk.0,
    }
}

/// Writes the metrics of a run that has ended.
pub(super) fn write_metrics(report: &RunReport, path: &Path, code: ExitCode) -> anyhow::Result<()> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = Some(now.as_secs_f64());
    let before = RunTimes::read(path);
    let times = RunTimes {
        last_run: now,
        last_success: if code == ExitCode::Done {
            now
        } else {
            before.last_success
        },
    };
    export::write_atomic(path, metrics_text(report, &times).as_bytes())?;
    Ok(())
}

/// Writes the report and its page into the output folder, and the tables of all clips of a run that makes clips.
///
/// # Errors
/// When one of them cannot be written.
pub(super) fn write_report(
    (report, clips): (&RunReport, &[(String, ClipRow)]),
    config: &RunConfig<'_>,
    file: Option<&Path>,
    before: &[RunReport],
) -> anyhow::Result<()> {
    let folder = config.output;
    let own = folder.join("report.json");
    export::write_atomic(file.unwrap_or(&own), &export::to_json(report)?)?;
    let clips = rank_clips(clips);
    let page = report_page(report, &clips, before)?;
    export::write_atomic(&folder.join("report.html"), &page)?;
    if config.until < Stage::Render {
        return Ok(());
    }
    let table = run_clips_csv(&clips)?;
    export::write_atomic(&folder.join("clips.csv"), &table)?;
    let list = RunClips { schema: 1, clips };
    export::write_atomic(&folder.join("clips.json"), &export::to_json(&list)?)?;
    Ok(())
}
