//! The whole run on one screen.
//!
//! Job workers take videos, longest first; each decodes its own and sends windows of small pictures to the threads
//! that own the shot model, larger pictures to those that own the models which see and windows of speech to those that own
//! the transcriber, then clips to the render threads. Every arrow is a bounded channel, every window in flight holds its
//! permit, every step sends its event.

mod analyse;
mod cancel;
mod captions;
mod choose;
mod clip;
mod deliver;
mod ears;
mod editors;
mod eye;
mod failure;
mod focus;
mod folder;
mod framing;
mod gaze;
mod heading;
mod hear;
mod job;
mod memo;
mod model;
mod models;
mod pages;
mod plan;
mod read;
mod recipe;
mod schedule;
mod scribe;
mod seen;
mod serving;
mod sight;
mod tools;
mod voice;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Scope};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::cache::Cache;
use crate::export::{self, page::JobEnd};
use crate::manifest::Job;
use crate::media::{self, Codec, Encoding, Limits, Loudness};
use crate::memory::MemoryBudget;
use crate::report::{Event, ExitCode, JobOutcome, Level, Stage};
use crate::settings::{self, Settings};

pub use cancel::{Cancel, SignalWatch};
pub use gaze::WIDTH as SIGHT_WIDTH;
pub use models::Models;
pub use plan::{Plan, PlannedJob, plan};
pub use tools::Tools;

use clip::ClipTask;
use failure::Weight;
use job::{Finished, Queues};
use model::Task;

/// What a run works on and with.
#[derive(Debug)]
pub struct Run<'a> {
    /// Resolved for this machine.
    pub settings: &'a Settings,
    /// What to do.
    pub jobs: &'a [Job],
    /// Where each job gets its folder.
    pub output: &'a Path,
    /// The last stage to do.
    pub until: Stage,
    /// Compute and render everything again.
    pub fresh: bool,
    /// What is known already.
    pub cache: &'a Cache,
    /// The models.
    pub tools: &'a Tools,
    /// Bytes in flight of windows: small pictures and sound.
    pub budget: MemoryBudget,
    /// Bytes in flight of larger pictures; apart, for a job may hold a window while it waits for room for pictures.
    pub pictures: MemoryBudget,
    /// The encoder, once it has been tried.
    pub codec: OnceLock<Codec>,
    /// Who listens.
    pub events: Sender<Event>,
    /// When to stop early.
    pub cancel: &'a Cancel,
}

/// Does all jobs of the run and returns the exit code; a job that fails never stops the others.
pub fn run(run: &Run<'_>, run_id: &str) -> ExitCode {
    let begun = Instant::now();
    run.send(Event::RunStarted {
        run_id: run_id.to_owned(),
        jobs: run.jobs.len(),
    });
    run.jobs.iter().for_each(|job| run.send(planned(job)));
    let heads = plan::heads(run.jobs, &run.limits(), run.settings.jobs);
    let queue = schedule::Queue::new(plan::in_order(run.jobs, &heads));
    let ends: Ends = Mutex::new(vec![Ended::CANCELLED; run.jobs.len()]);
    thread::scope(|scope| {
        let (windows, window_inbox) = bounded(run.settings.jobs);
        let (said, said_inbox) = bounded(run.settings.jobs);
        let (pictures, picture_inbox) = bounded(run.settings.jobs);
        let (clips, clip_inbox) = bounded(run.settings.jobs);
        spawn_models(scope, run, &window_inbox);
        spawn_voices(scope, run, &said_inbox);
        spawn_eyes(scope, run, &picture_inbox);
        spawn_renderers(scope, run, &clip_inbox);
        spawn_workers(
            scope,
            run,
            Share {
                queue: &queue,
                heads: &heads,
                ends: &ends,
            },
            &Queues {
                windows,
                said,
                pictures,
                clips,
            },
        );
    });
    let ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
    queue
        .left()
        .iter()
        .for_each(|&slot| run.send(cancelled(&run.jobs[slot])));
    let (ends, pages): (Vec<End>, Vec<JobEnd>) = ends.into_iter().map(|e| (e.end, e.page)).unzip();
    let told = match run.until {
        Stage::Probe => Ok(()),
        _ => pages::write_batch(run, pages.into_iter()),
    };
    finish(run, &ends, told, begun)
}

type Ends = Mutex<Vec<Ended>>;

/// How one job ended, and what the page of the batch says of it.
#[derive(Debug, Clone)]
struct Ended {
    end: End,
    page: JobEnd,
}

impl Ended {
    const CANCELLED: Self = Self {
        end: End::Cancelled,
        page: JobEnd::Cancelled,
    };
}

/// How one job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Failed(Weight),
    Cancelled,
}

fn spawn_models<'s>(scope: &'s Scope<'s, '_>, run: &'s Run<'_>, inbox: &Receiver<Task>) {
    for number in 0..run.settings.inference.sessions {
        let inbox = inbox.clone();
        named(scope, &format!("shots-{number}"), move || {
            let open = || run.tools.open_shots(run);
            let sizer = |device| run.tools.sizer(run, device);
            if let Some((device, sizer)) = model::serve(&inbox, open, sizer, &run.events) {
                run.tools.keep_size(run, device, &sizer);
            }
        });
    }
}

fn spawn_voices<'s>(scope: &'s Scope<'s, '_>, run: &'s Run<'_>, inbox: &Receiver<voice::Task>) {
    for number in 0..run.settings.inference.sessions {
        let inbox = inbox.clone();
        named(scope, &format!("voice-{number}"), move || {
            let open = |speaker| run.tools.open_voice(run, speaker);
            voice::serve(&inbox, open, &run.events);
        });
    }
}

fn spawn_eyes<'s>(scope: &'s Scope<'s, '_>, run: &'s Run<'_>, inbox: &Receiver<sight::Task>) {
    for number in 0..run.settings.inference.sessions {
        let inbox = inbox.clone();
        named(scope, &format!("eyes-{number}"), move || {
            sight::serve(&inbox, run)
        });
    }
}

fn spawn_renderers<'s>(scope: &'s Scope<'s, '_>, run: &'s Run<'_>, inbox: &Receiver<ClipTask>) {
    for number in 0..run.settings.render.workers {
        let inbox = inbox.clone();
        named(scope, &format!("render-{number}"), move || {
            clip::serve(&inbox, run)
        });
    }
}

/// What the job workers share.
#[derive(Clone, Copy)]
struct Share<'a> {
    queue: &'a schedule::Queue,
    heads: &'a [plan::Head],
    ends: &'a Ends,
}

fn spawn_workers<'s>(
    scope: &'s Scope<'s, '_>,
    run: &'s Run<'_>,
    share: Share<'s>,
    queues: &Queues,
) {
    for number in 0..run.settings.jobs {
        let queues = queues.clone();
        named(scope, &format!("job-{number}"), move || {
            while !run.cancel.draining() {
                let Some(slot) = share.queue.take() else {
                    return;
                };
                let head = lock(&share.heads[slot]).take();
                let ended = attempt(run, &run.jobs[slot], head, &queues);
                if run.settings.fail_fast && matches!(ended.end, End::Failed(_)) {
                    run.cancel.drain();
                }
                lock(share.ends)[slot] = ended;
            }
        });
    }
}

/// Does one job, again when its failure can pass, tells how it ended, and lets nothing it does end the run.
fn attempt(run: &Run<'_>, job: &Job, mut head: Option<plan::Found>, queues: &Queues) -> Ended {
    let begun = Instant::now();
    let mut attempts = 0;
    let result = loop {
        attempts += 1;
        let result = caught(|| job::one_job(run, job, head.take(), queues));
        match &result {
            Err(e) if attempts <= run.settings.retries && !run.cancel.draining() && can_pass(e) => {
                let text = format!("trying again after: {e:#}");
                let (level, job) = (Level::Warn, Some(job.id.clone()));
                run.send(Event::Message { level, job, text });
            }
            _ => break result,
        }
    };
    let (outcome, video_seconds, ended) = ended(result);
    let (job, wall) = (job.id.clone(), begun.elapsed());
    run.send(Event::JobDone {
        job,
        outcome,
        attempts,
        wall,
        video_seconds,
    });
    ended
}

/// Returns what a job's result means: for the report, in seconds of video, and for the run.
fn ended(result: anyhow::Result<Finished>) -> (JobOutcome, f64, Ended) {
    let error = match result {
        Ok(Finished { seconds, page }) => {
            let end = End::Done;
            return (JobOutcome::Done, seconds, Ended { end, page });
        }
        Err(error) => error,
    };
    let outcome = failure::outcome(&error);
    let ended = match outcome.clone() {
        JobOutcome::Failed { class, message } => Ended {
            end: End::Failed(failure::judge(&error).1),
            page: JobEnd::Failed { class, message },
        },
        _ => Ended::CANCELLED,
    };
    (outcome, 0.0, ended)
}

/// Runs a job's work; a panic in it is a failure of that job.
fn caught(work: impl FnOnce() -> anyhow::Result<Finished>) -> anyhow::Result<Finished> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = failure::panic_text(&*panic);
        Err(anyhow::anyhow!("panicked: {text}"))
    })
}

fn can_pass(error: &anyhow::Error) -> bool {
    failure::judge(error).1 == Weight::Passing
}

fn planned(job: &Job) -> Event {
    let (job, input) = (job.id.clone(), job.input.clone());
    Event::JobPlanned { job, input }
}

fn cancelled(job: &Job) -> Event {
    let (job, wall) = (job.id.clone(), std::time::Duration::ZERO);
    Event::JobDone {
        job,
        outcome: JobOutcome::Cancelled,
        attempts: 0,
        wall,
        video_seconds: 0.0,
    }
}

fn finish(
    run: &Run<'_>,
    ends: &[End],
    told: Result<(), export::Error>,
    begun: Instant,
) -> ExitCode {
    let count = |wanted: fn(&End) -> bool| ends.iter().filter(|end| wanted(end)).count();
    let mut code = failure::exit_code(ends, run.cancel.signal());
    if let Err(error) = told {
        let (level, text) = (Level::Warn, error.to_string());
        run.send(Event::Message {
            level,
            job: None,
            text,
        });
        code = ExitCode::CannotWrite;
    }
    run.send(Event::RunDone {
        done: count(|end| *end == End::Done),
        failed: count(|end| matches!(end, End::Failed(_))),
        cancelled: count(|end| *end == End::Cancelled),
        exit_code: code.code(),
        wall: begun.elapsed(),
    });
    code
}

/// Locks what is whole at every step, whoever panicked while holding it.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn named<'s, 'e>(scope: &'s Scope<'s, 'e>, name: &str, work: impl FnOnce() + Send + 's) {
    let spawned = thread::Builder::new()
        .name(name.to_owned())
        .spawn_scoped(scope, work);
    // Without its threads a run would wait for ever; the system is out of threads or memory.
    spawned.expect("a system that can start a thread");
}

impl Run<'_> {
    fn send(&self, event: Event) {
        // The listener outlives the run; if it is gone all the same, the work still counts.
        let _ = self.events.send(event);
    }

    fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.settings.max_pixels,
        }
    }

    fn shot_model_digest(&self) -> &str {
        self.tools.shot_model_digest()
    }

    /// Returns the encoder that was asked for, or the one on the processor where a trial of it fails.
    fn codec(&self) -> Codec {
        *self.codec.get_or_init(|| {
            let (wanted, instead) = match self.settings.render.codec {
                settings::Codec::X264 => return Codec::X264,
                settings::Codec::X265 => return Codec::X265,
                settings::Codec::Av1 => return Codec::SvtAv1,
                settings::Codec::H264Nvenc => (Codec::H264Nvenc, Codec::X264),
                settings::Codec::HevcNvenc => (Codec::HevcNvenc, Codec::X265),
            };
            let Err(error) = media::trial(wanted) else {
                return wanted;
            };
            let message = format!("{error}: {} instead", instead.encoder());
            self.send(Event::Degraded { message });
            instead
        })
    }

    /// Returns how loud clips become.
    fn loudness(&self) -> Option<Loudness> {
        match self.settings.render.loudness {
            settings::Loudness::Off => None,
            settings::Loudness::Target(target) => Some(Loudness {
                target,
                ..Loudness::default()
            }),
        }
    }

    fn encoding(&self, job: &Job) -> Encoding {
        let render = self.settings.render.at(job.settings.quality);
        Encoding {
            codec: self.codec(),
            crf: f32::from(render.crf),
            preset: render.preset.name().to_owned(),
            audio_bitrate: render.audio_bitrate.0 as usize,
        }
    }
}
