//! The threads that do jobs: each takes the next one, tries it again where that may help, and tells how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::delivered::{Delivered, Turn};
use super::failure::{self, Weight};
use super::job::{self, Finished, Queues};
use super::{Run, lock, named, plan};
use crate::export::page::JobEnd;
use crate::manifest::Job;
use crate::report::{Event, JobOutcome, Level};

/// How one job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Done,
    Failed(Weight),
    Cancelled,
}

/// How one job ended, and what the page of the batch says of it.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) page: JobEnd,
}

impl Ended {
    pub(super) const CANCELLED: Self = Self {
        end: End::Cancelled,
        page: JobEnd::Cancelled,
    };
}

/// What the workers share.
#[derive(Clone, Copy)]
pub(super) struct Share<'a> {
    pub(super) delivered: &'a Delivered,
    pub(super) heads: &'a [plan::Head],
    /// One for each job of the manifest.
    pub(super) ends: &'a Mutex<Vec<Ended>>,
}

/// Starts the workers; they stop when no job is left, or none may begin.
pub(super) fn spawn<'s>(
    scope: &'s Scope<'s, '_>,
    run: &'s Run<'_>,
    share: Share<'s>,
    queues: &Queues,
) {
    for number in 0..run.settings.jobs {
        let queues = queues.clone();
        named(scope, &format!("job-{number}"), move || {
            while let Some(turn) = share.delivered.next(|| run.cancel.draining()) {
                let slot = turn.ticket.slot;
                let head = lock(&share.heads[slot]).take();
                let Some(ended) = attempt(run, turn, head, &queues) else {
                    continue;
                };
                if run.settings.fail_fast && matches!(ended.end, End::Failed(_)) {
                    run.cancel.drain();
                }
                lock(share.ends)[slot] = ended;
            }
        });
    }
}

/// Does one job, again when its failure can pass, tells how it ended, and lets nothing it does end the run.
///
/// Returns `None` for a job that was put aside.
fn attempt(
    run: &Run<'_>,
    mut turn: Turn<'_>,
    mut head: Option<plan::Found>,
    queues: &Queues,
) -> Option<Ended> {
    let begun = Instant::now();
    let job = &run.jobs[turn.ticket.slot];
    let result = loop {
        if !turn.ticket.again {
            turn.ticket.attempts += 1;
        }
        let result = caught(|| job::one_job(run, job, &turn, head.take(), queues));
        match result {
            Ok(None) => {
                turn.ticket.spent += begun.elapsed();
                turn.put_aside();
                let job = job.id.clone();
                run.send(Event::JobWaits { job });
                return None;
            }
            Ok(Some(finished)) => break Ok(finished),
            Err(e) if may_try_again(run, &turn, &e) => {
                let text = format!("trying again after: {e:#}");
                let (level, job) = (Level::Warn, Some(job.id.clone()));
                run.send(Event::Message { level, job, text });
            }
            Err(e) => break Err(e),
        }
    };
    let (outcome, video_seconds, ended) = ended(result);
    run.send(Event::JobDone {
        job: job.id.clone(),
        outcome,
        attempts: turn.ticket.attempts,
        wall: turn.ticket.spent + begun.elapsed(),
        video_seconds,
    });
    Some(ended)
}

fn may_try_again(run: &Run<'_>, turn: &Turn<'_>, error: &anyhow::Error) -> bool {
    let passing = failure::judge(error).1 == Weight::Passing;
    passing && turn.ticket.attempts <= run.settings.retries && !run.cancel.draining()
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
fn caught<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = failure::panic_text(&*panic);
        Err(anyhow::anyhow!("panicked: {text}"))
    })
}

/// Returns the end of a job that never began, or was put aside for ever.
pub(super) fn cancelled(job: &Job) -> Event {
    Event::JobDone {
        job: job.id.clone(),
        outcome: JobOutcome::Cancelled,
        attempts: 0,
        wall: Duration::ZERO,
        video_seconds: 0.0,
    }
}
