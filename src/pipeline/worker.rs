//! Job workers: each takes the next job, does it as far as it goes, and reports how it ended. A panic fails its job only.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cancel::Stop;
use super::context::{JobContext, JobPlan, JobSource, RunConfig, Services};
use super::headers::Headers;
use super::job::{self, Finished};
use super::outcome::{self, End};
use super::render::clips::RenderQueue;
use super::retry::RetryPolicy;
use super::schedule::dedup::Dedup;
use super::schedule::queue::{Next, Queue};
use super::stages::select::Analysis;
use crate::export::page::JobEnd;
use crate::memory::Permit;
use crate::report::{Event, JobOutcome};
use crate::timeline::Stage;

/// How often one who waits for a job looks whether the run is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// How one job ended, and what the page of the batch says of it.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) page: JobEnd,
}

impl Ended {
    const CANCELLED: Self = Self {
        end: End::Cancelled,
        page: JobEnd::Cancelled,
    };
}

/// What the workers of a run share.
pub(crate) struct Workers<'a> {
    config: &'a RunConfig<'a>,
    services: &'a Services<'a>,
    dedup: &'a Dedup,
    headers: &'a Headers,
    queue: Mutex<Queue<Kept>>,
    moved: Condvar,
    /// One for each job of the manifest.
    ends: Mutex<Vec<Ended>>,
}

/// What is kept of a job from one worker to the next.
#[derive(Debug, Default)]
struct Kept {
    /// Attempts before this one.
    attempts: u32,
    /// How long workers had it.
    spent: Duration,
    analysed: Option<Analysed>,
}

/// A job that is analysed.
#[derive(Debug)]
struct Analysed {
    source: JobSource,
    plan: JobPlan,
    /// None where it did not fit in memory beside the others: it is read again from the cache.
    analysis: Option<(Analysis, Option<Permit>)>,
}

/// What became of a job in the hands of a worker.
enum JobStep {
    Finished(Finished),
    /// It is analysed and waits for its turn to choose.
    Aside(Box<Analysed>),
}

impl<'a> Workers<'a> {
    /// Returns the workers of a run, which do its jobs in the order of the headers.
    pub(crate) fn new(
        config: &'a RunConfig<'a>,
        services: &'a Services<'a>,
        dedup: &'a Dedup,
        headers: &'a Headers,
    ) -> Self {
        let order = headers.order(config.jobs);
        Self {
            config,
            services,
            dedup,
            headers,
            queue: Mutex::new(Queue::new(order, dedup.archive().is_some())),
            moved: Condvar::new(),
            ends: Mutex::new(vec![Ended::CANCELLED; config.jobs.len()]),
        }
    }

    /// Does jobs until none is left, or none may begin.
    pub(crate) fn work(&self, render: &RenderQueue) {
        while let Some((slot, kept)) = self.next() {
            self.do_job(slot, kept, render);
            self.moved.notify_all();
        }
    }

    /// Returns how each job of the manifest ended.
    pub(crate) fn into_ends(self) -> Vec<Ended> {
        let ends = self.ends.into_inner();
        ends.unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next job and what is kept of it; waits where there will be one later.
    fn next(&self) -> Option<(usize, Kept)> {
        let mut queue = lock(&self.queue);
        loop {
            if self.services.cancel.draining() {
                for slot in queue.give_up() {
                    self.report(slot, &Kept::default(), JobOutcome::Cancelled, 0.0);
                    self.dedup.end(slot);
                }
                return None;
            }
            match queue.next(|slot| self.dedup.has_turn(slot)) {
                Next::Begin(slot) => return Some((slot, Kept::default())),
                Next::Resume(slot, kept) => return Some((slot, kept)),
                Next::Done => return None,
                Next::Wait => queue = self.wait(queue, LOOK),
            }
        }
    }

    /// Does a job as far as it goes: to its end, or until it is put aside.
    fn do_job(&self, slot: usize, kept: Kept, render: &RenderQueue) {
        let begun = Instant::now();
        let job = &self.config.jobs[slot];
        let policy = RetryPolicy {
            retries: self.config.settings.retries,
            seed: slot as u64,
            pause: &|pause| self.pause(pause),
            warn: &|warning| self.services.events.of_job(&job.id).warn(warning),
        };
        let mut attempts = kept.attempts.max(1);
        let mut analysed = kept.analysed;
        let result = policy.run(&mut attempts, |_| {
            self.step(slot, analysed.take(), kept.attempts == 0, render)
        });
        let mut kept = Kept {
            attempts,
            spent: kept.spent + begun.elapsed(),
            analysed: None,
        };
        match result {
            Ok(JobStep::Aside(analysed)) => {
                kept.analysed = Some(*analysed);
                let job = job.id.clone();
                self.services.events.send(Event::JobWaits { job });
                lock(&self.queue).put_aside(slot, kept);
            }
            Ok(JobStep::Finished(finished)) => self.end(slot, &kept, Ok(finished)),
            Err(error) => self.end(slot, &kept, Err(error)),
        }
    }

    /// Does the stages of a job that are left; `first` tells that it is begun for the first time.
    fn step(
        &self,
        slot: usize,
        analysed: Option<Analysed>,
        first: bool,
        render: &RenderQueue,
    ) -> anyhow::Result<JobStep> {
        let job = &self.config.jobs[slot];
        let is_new = analysed.is_none();
        let analysed = match analysed {
            Some(analysed) => analysed,
            None => self.begin(slot, first)?,
        };
        if self.config.until == Stage::Probe {
            return Ok(JobStep::Finished(Finished::probed()));
        }
        let stop = Stop::of(self.services.cancel);
        let ctx = JobContext {
            config: self.config,
            services: self.services,
            job,
            plan: &analysed.plan,
            source: &analysed.source,
            stop: &stop,
            events: self.services.events.of_job(&job.id),
        };
        let analysis = match analysed.analysis {
            Some((analysis, _)) => analysis,
            None => job::analyse(&ctx)?,
        };
        if is_new {
            job::offer(&ctx, &analysis, self.dedup, slot);
        }
        if !self.dedup.has_turn(slot) {
            if self.finds_another() {
                let analysis = self.hold(analysis);
                let Analysed { source, plan, .. } = analysed;
                return Ok(JobStep::Aside(Box::new(Analysed {
                    source,
                    plan,
                    analysis,
                })));
            }
            self.dedup.wait(slot, || stop.check())?;
        }
        job::finish(&ctx, &analysis, (self.dedup, slot), render).map(JobStep::Finished)
    }

    /// Reads the header of a job's file and resolves its settings.
    fn begin(&self, slot: usize, first: bool) -> anyhow::Result<Analysed> {
        let job = &self.config.jobs[slot];
        let header = self.headers.take(slot);
        let header = header.unwrap_or_else(|| job::read_header(self.config, job));
        let length = header.as_ref().ok().and_then(|media| media.duration);
        if first {
            self.services.events.send(Event::JobStarted {
                job: job.id.clone(),
                input: job.input.clone(),
                video_seconds: length.map(|length| length.as_secs_f64()),
            });
        }
        Ok(Analysed {
            source: job::probe(self.services, job, header)?,
            plan: JobPlan::new(self.config, self.services, job)?,
            analysis: None,
        })
    }

    /// Tells whether a worker who puts its job aside finds another.
    fn finds_another(&self) -> bool {
        self.dedup.archive().is_some() || lock(&self.queue).has_new()
    }

    /// Returns what is held of an analysis in memory: nothing where it does not fit and can be read again from the cache.
    fn hold(&self, analysis: Analysis) -> Option<(Analysis, Option<Permit>)> {
        let permit = self.services.memory.waiting.try_acquire(analysis.bytes());
        let is_needed = permit.is_some() || !self.services.cache.keeps();
        is_needed.then_some((analysis, permit))
    }

    /// Takes note of how a job ended and reports it.
    fn end(&self, slot: usize, kept: &Kept, result: anyhow::Result<Finished>) {
        let (outcome, seconds, ended) = outcome_of(result);
        self.report(slot, kept, outcome, seconds);
        if self.config.settings.fail_fast && matches!(ended.end, End::Failed(_)) {
            self.services.cancel.drain();
        }
        lock(&self.ends)[slot] = ended;
        lock(&self.queue).finish();
        self.dedup.end(slot);
    }

    fn report(&self, slot: usize, kept: &Kept, outcome: JobOutcome, video_seconds: f64) {
        self.services.events.send(Event::JobDone {
            job: self.config.jobs[slot].id.clone(),
            outcome,
            attempts: kept.attempts,
            wall: kept.spent,
            video_seconds,
        });
    }

    /// Waits; returns whether the run still goes on.
    fn pause(&self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        let mut queue = lock(&self.queue);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.services.cancel.draining() {
                return false;
            }
            if left.is_zero() {
                return true;
            }
            queue = self.wait(queue, left.min(LOOK));
        }
    }

    fn wait<'q>(
        &self,
        queue: MutexGuard<'q, Queue<Kept>>,
        longest: Duration,
    ) -> MutexGuard<'q, Queue<Kept>> {
        let woken = self.moved.wait_timeout(queue, longest);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Returns what a job's result means: for the report, in seconds of video, and for the run.
fn outcome_of(result: anyhow::Result<Finished>) -> (JobOutcome, f64, Ended) {
    let error = match result {
        Ok(Finished { seconds, page }) => {
            let end = End::Done;
            return (JobOutcome::Done, seconds, Ended { end, page });
        }
        Err(error) => error,
    };
    let outcome = outcome::outcome(&error);
    let ended = match outcome.clone() {
        JobOutcome::Failed { class, message } => Ended {
            end: End::Failed(outcome::severity(&error)),
            page: JobEnd::Failed { class, message },
        },
        _ => Ended::CANCELLED,
    };
    (outcome, 0.0, ended)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whole at every step, whoever panicked while holding it.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
