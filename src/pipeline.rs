//! The whole run on one screen.
//!
//! Job workers take videos, longest first; each decodes its own and sends windows of small pictures to the threads
//! that own the shot model, larger pictures to those that own the models which see and windows of speech to those that own
//! the transcriber, then clips to the render threads. Every arrow is a bounded channel, every window in flight holds its
//! permit, every step sends its event.

mod analyse;
mod cancel;
mod candidates;
mod captions;
mod choose;
mod clip;
mod deliver;
mod delivered;
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
mod workers;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Scope};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::cache::Cache;
use crate::export::{self, page::JobEnd};
use crate::manifest::{Archive, Job};
use crate::media::{self, Codec, Encoding, Limits, Loudness};
use crate::memory::MemoryBudget;
use crate::report::{Event, ExitCode, Level, Stage};
use crate::settings::{self, Settings};

pub use cancel::{Cancel, SignalWatch};
pub use gaze::WIDTH as SIGHT_WIDTH;
pub use memo::Renewed;
pub use models::Models;
pub use plan::{Plan, PlannedJob, plan};
pub use tools::Tools;

use clip::ClipTask;
use delivered::Delivered;
use job::Queues;
use model::Task;
use workers::{End, Ended, Share};

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
    /// How many clips all jobs give together, where that is limited: each job is then analysed before the first is made
    /// into clips, and what was found out is read again from the cache.
    pub archive: Option<Archive>,
    /// What was computed again where all is.
    pub renewed: Renewed,
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
    let order = plan::in_order(run.jobs, &heads);
    let delivered = Delivered::new(order, run.archive.filter(|_| run.until >= Stage::Select));
    let ends = Mutex::new(vec![Ended::CANCELLED; run.jobs.len()]);
    thread::scope(|scope| {
        let (windows, window_inbox) = bounded(run.settings.jobs);
        let (said, said_inbox) = bounded(run.settings.jobs);
        let (pictures, picture_inbox) = bounded(run.settings.jobs);
        let (clips, clip_inbox) = bounded(run.settings.jobs);
        spawn_models(scope, run, &window_inbox);
        spawn_voices(scope, run, &said_inbox);
        spawn_eyes(scope, run, &picture_inbox);
        spawn_renderers(scope, run, &clip_inbox);
        let share = Share {
            delivered: &delivered,
            heads: &heads,
            ends: &ends,
        };
        let queues = Queues {
            windows,
            said,
            pictures,
            clips,
        };
        workers::spawn(scope, run, share, &queues);
    });
    for slot in delivered.left() {
        run.send(workers::cancelled(&run.jobs[slot]));
    }
    let ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (ends, pages): (Vec<End>, Vec<JobEnd>) = ends.into_iter().map(|e| (e.end, e.page)).unzip();
    let told = match run.until {
        Stage::Probe => Ok(()),
        _ => pages::write_batch(run, pages.into_iter()),
    };
    finish(run, &ends, told, begun)
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

fn planned(job: &Job) -> Event {
    let (job, input) = (job.id.clone(), job.input.clone());
    Event::JobPlanned { job, input }
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
