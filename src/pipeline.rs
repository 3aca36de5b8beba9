//! The whole run on one screen.
//!
//! Job workers take videos, longest first. Each decodes its own; frames go to the shot, face and embedding servers, speech
//! windows to the transcription servers, clips to the render workers. Every queue is bounded in bytes or in items, what is in
//! flight holds its permit, every step sends its event.

mod asked_times;
mod budgets;
mod cached;
mod cancel;
mod context;
mod encoding;
mod events;
mod faults;
mod governor;
mod headers;
mod job;
mod lane;
mod models;
mod outcome;
mod output;
mod plan;
mod refusals;
mod render;
mod retry;
mod rss_trend;
mod sampler;
mod schedule;
mod stages;
mod stretch;
mod threads;
mod throttle;
mod watchdog;
mod work_memory;
mod worker;

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};

use crate::report::{Event, ExitCode, Warning};
use crate::timeline::Stage;

pub use budgets::Memory;
pub use cached::{Age, Record, RecordCodec};
pub use cancel::{Cancel, SignalWatch};
pub use context::{Resources, RunConfig};
pub use faults::{FaultKind, Faults, InjectedFault};
pub use models::registry::{ModelFiles, Registry};
pub use plan::{Plan, PlannedJob, plan};
pub use refusals::asked_in_vain;
pub use stages::vision::WIDTH as ANALYSIS_WIDTH;
pub use watchdog::Watchdog;
pub use work_memory::WorkMemory;

pub(crate) use models::Lost;

use context::{Services, decode_limits};
use headers::Headers;
use lane::on_lane;
use outcome::{End, NoThread};
use output::pages;
use render::worker::RenderWorker;
use sampler::Sampling;
use schedule::dedup::Dedup;
use threads::{spawn_named, spawn_some, start_pool};
use worker::{Ended, Workers};

/// Does all jobs of the run and returns the exit code; a job that fails never stops the others.
pub fn run(config: &RunConfig<'_>, resources: Resources<'_>, run_id: &str) -> ExitCode {
    let begun = Instant::now();
    let services = Services::new(config, resources);
    announce(config, &services, run_id);
    let (jobs, threads) = (config.jobs, config.settings.jobs);
    let headers = Headers::read(
        jobs,
        &decode_limits(config.settings),
        threads,
        services.cancel,
    );
    let archive = config.archive.filter(|_| config.until >= Stage::Select);
    let dedup = Dedup::new(jobs.len(), archive, config.output);
    let workers = Workers::new(config, &services, &dedup, &headers);
    let worked = start_pool().and_then(|()| work(config, &services, &workers));
    let ends = workers.into_ends();
    finish(config, &services, ends, (begun, worked))
}

/// Starts the model servers and render workers, does all jobs, and ends what was started.
///
/// # Errors
/// [`NoThread`] when there are too few threads for any job.
fn work(
    config: &RunConfig<'_>,
    services: &Services<'_>,
    workers: &Workers<'_>,
) -> Result<(), NoThread> {
    let settings = config.settings;
    let (clips, inbox) = bounded(settings.jobs);
    let renderer = &RenderWorker {
        limits: decode_limits(settings),
        events: &services.events,
        cancel: services.cancel,
        watchdog: services.watchdog,
        faults: &services.faults,
        work: &services.memory.work,
        governor: &services.governor,
    };
    let (alive, ended) = bounded(0);
    thread::scope(|scope| {
        let _alive: Sender<()> = alive;
        let govern = || services.governor.watch(&ended);
        spawn_named(scope, "memory", govern)?;
        // However the jobs end, the servers do too.
        let _closing = services.models.closing();
        let events = &services.events;
        let _sampling = Sampling::start(scope, events, services.memory)?;
        services.models.spawn(scope, services.serving(config))?;
        let serve = move || on_lane(events, || renderer.serve(&inbox));
        spawn_some(scope, "render", settings.render.workers, serve)?;
        thread::scope(|scope| {
            let work = move || on_lane(events, || workers.work(&clips));
            spawn_some(scope, "job", settings.jobs, work)
        })
    })
}

fn announce(config: &RunConfig<'_>, services: &Services<'_>, run_id: &str) {
    services.events.send(Event::RunStarted {
        run_id: run_id.to_owned(),
        jobs: config.jobs.len(),
    });
    for job in config.jobs {
        let (job, input) = (job.id.clone(), job.input.clone());
        services.events.send(Event::JobPlanned { job, input });
    }
}

/// Writes the page of the run, reports its end and returns the exit code.
fn finish(
    config: &RunConfig<'_>,
    services: &Services<'_>,
    ends: Vec<Ended>,
    (begun, worked): (Instant, Result<(), NoThread>),
) -> ExitCode {
    let (ends, job_pages): (Vec<End>, Vec<_>) = ends.into_iter().map(|e| (e.end, e.page)).unzip();
    let mut code = outcome::exit_code(&ends, services.cancel.signal());
    if config.until > Stage::Probe
        && let Err(error) = pages::write_batch(config, job_pages.into_iter())
    {
        let reason = error.to_string();
        services.events.warn(Warning::BatchPage { reason });
        code = ExitCode::CannotWrite;
    }
    if let Err(none) = worked {
        services.events.alarm(none.to_string());
        code = ExitCode::TryAgain;
    }
    let count = |wanted: fn(&End) -> bool| ends.iter().filter(|end| wanted(end)).count();
    services.events.send(Event::RunDone {
        done: count(|end| *end == End::Done),
        failed: count(|end| matches!(end, End::Failed(_))),
        cancelled: count(|end| *end == End::Cancelled),
        exit_code: code.code(),
        wall: begun.elapsed(),
    });
    code
}
