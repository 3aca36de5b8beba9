//! Job workers: each takes the next job, does it as far as it goes, and reports how it ended. A panic fails its job only.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cancel::Stop;
use super::context::{JobContext, JobPlan, JobSource, RunConfig, Services};
use super::headers::Headers;
use super::job::{self, Finished};
use super::outcome::{self, End};
use super::render::clips::RenderQueue;
use super::retry::RetryPolicy;
use super::schedule::dedup::Dedup;
use super::schedule::handout::{Handout, Task};
use super::stages::probe::{probe, read_header};
use super::stages::select::Analysis;
use super::stages::sketch::{sketch_sound, sketch_video};
use super::stages::sound_track::find_sound;
use crate::cache::{FileIdentity, Lease};
use crate::clock;
use crate::export::page::JobEnd;
use crate::manifest::Job;
use crate::memory::Permit;
use crate::report::{Degradation, Event, JobOutcome, Warning};
use crate::timeline::Stage;

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
    handout: Handout<'a, Kept>,
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
    /// Whether another process had it when it was tried last.
    was_elsewhere: bool,
}

/// A job that is analysed.
#[derive(Debug)]
struct Analysed {
    source: JobSource,
    plan: JobPlan,
    /// None where it did not fit in memory beside the others: it is read again from the cache.
    analysis: Option<(Analysis, Option<Permit>)>,
    /// Whether its candidates take part in the choice.
    is_offered: bool,
}

/// What became of a job in the hands of a worker.
enum JobStep {
    Finished(Finished),
    /// It is analysed and waits for its turn to choose.
    Aside(Box<Analysed>),
    /// Another process works on the same file.
    Elsewhere(Option<Box<Analysed>>),
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
        let cancel = services.cancel;
        Self {
            config,
            services,
            dedup,
            headers,
            handout: Handout::new(order, dedup, cancel),
            ends: Mutex::new(vec![Ended::CANCELLED; config.jobs.len()]),
        }
    }

    /// Does jobs until none is left, or none may begin.
    pub(crate) fn work(&self, render: &RenderQueue) {
        while let Some(task) = self.handout.next() {
            match task {
                Task::Begin(slot) => self.do_job(slot, Kept::default(), render),
                Task::Resume(slot, kept) => self.do_job(slot, kept, render),
                Task::Sketch(slot) => self.sketch(slot),
            }
        }
        for slot in self.handout.give_up() {
            self.report(slot, &Kept::default(), JobOutcome::Cancelled, (0.0, 0));
        }
    }

    /// Sketches a job for which others wait.
    fn sketch(&self, slot: usize) {
        let is_wanted = || self.dedup.is_sketching(slot);
        let job = &self.config.jobs[slot];
        let sketch = sketch_sound(self.config, self.services, job, is_wanted);
        self.dedup.sketched(slot, sketch);
        self.handout.look_again();
    }

    /// Returns how each job of the manifest ended.
    pub(crate) fn into_ends(self) -> Vec<Ended> {
        let ends = self.ends.into_inner();
        ends.unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a job as far as it goes: to its end, or until it is put aside.
    fn do_job(&self, slot: usize, kept: Kept, render: &RenderQueue) {
        let begun = Instant::now();
        let job = &self.config.jobs[slot];
        let policy = RetryPolicy {
            retries: self.config.settings.retries,
            seed: slot as u64,
            pause: &|pause| self.handout.pause(pause),
            tell: &|error, warning| self.tell_of_retry(job, error, warning),
        };
        let deadline = self.deadline(begun, kept.spent);
        let mut attempts = kept.attempts.max(1);
        let mut analysed = kept.analysed;
        let is_again = kept.was_elsewhere;
        let result = policy.run(&mut attempts, |attempt| {
            let stop = Stop::at(self.services.cancel, deadline);
            let is_first = kept.attempts == 0 && attempt == 1;
            self.step(slot, analysed.take(), is_first, (&stop, render))
        });
        let mut kept = Kept {
            attempts,
            spent: kept.spent + begun.elapsed(),
            analysed: None,
            was_elsewhere: false,
        };
        match result {
            Ok(JobStep::Aside(analysed)) => {
                kept.analysed = Some(*analysed);
                let job = job.id.clone();
                self.services.events.send(Event::JobWaits { job });
                self.handout.put_aside(slot, kept);
            }
            Ok(JobStep::Elsewhere(analysed)) => {
                self.put_back(slot, kept, analysed, is_again);
            }
            Ok(JobStep::Finished(finished)) => self.end(slot, &kept, Ok(finished)),
            Err(error) => self.end(slot, &kept, Err(error)),
        }
    }

    /// Puts a job back that another process has, which may not be begun yet.
    fn put_back(&self, slot: usize, kept: Kept, analysed: Option<Box<Analysed>>, is_again: bool) {
        let is_begun = analysed.is_some() || kept.attempts > 1;
        let kept = Kept {
            attempts: if is_begun { kept.attempts } else { 0 },
            analysed: analysed.map(|analysed| *analysed),
            was_elsewhere: true,
            ..kept
        };
        self.handout.put_back(slot, kept, is_again);
    }

    /// Tells that a job is tried again, and how.
    fn tell_of_retry(&self, job: &Job, error: &anyhow::Error, warning: Warning) {
        self.services.events.of_job(&job.id).warn(warning);
        self.services.events.degraded(Degradation::Retry {
            job: job.id.clone(),
            error: outcome::judge(error).0.to_owned(),
            reason: format!("{error:#}"),
            instead: "decoding with one thread".to_owned(),
        });
    }

    /// Returns when the time of a job is over that was `spent` on before; none where it has any time.
    fn deadline(&self, begun: Instant, spent: Duration) -> Option<Instant> {
        let limit = self.config.settings.job_timeout?;
        begun.checked_add(limit.saturating_sub(spent))
    }

    /// Does the stages of a job that are left; `first` tells that it is begun for the first time.
    fn step(
        &self,
        slot: usize,
        analysed: Option<Analysed>,
        first: bool,
        (stop, render): (&Stop<'_>, &RenderQueue),
    ) -> anyhow::Result<JobStep> {
        let job = &self.config.jobs[slot];
        let Some(_lease) = self.lease(job) else {
            return Ok(JobStep::Elsewhere(analysed.map(Box::new)));
        };
        let mut analysed = analysed.map_or_else(|| self.begin(slot, first, stop), Ok)?;
        let kept = analysed.analysis.take();
        if self.config.until == Stage::Probe {
            return Ok(JobStep::Finished(Finished::probed()));
        }
        let ctx = self.context(job, (&analysed.plan, &analysed.source), stop);
        let analysis = match kept {
            Some((analysis, _)) => analysis,
            None => job::analyse(&ctx).map_err(|error| job::blame(&ctx, error))?,
        };
        if !analysed.is_offered {
            job::offer(&ctx, &analysis, self.dedup, slot);
        }
        if !self.dedup.has_turn(slot) && self.dedup.archive().is_none() {
            self.dedup.analysed(slot, sketch_video(&ctx, &analysis));
        }
        if !self.dedup.has_turn(slot) {
            let analysis = self.hold(analysis);
            return Ok(JobStep::Aside(Box::new(Analysed {
                analysis,
                is_offered: true,
                ..analysed
            })));
        }
        let finished = job::finish(&ctx, &analysis, (self.dedup, slot), render);
        let finished = finished.map_err(|error| job::blame(&ctx, error));
        finished.map(JobStep::Finished)
    }

    /// Reads the header of a job's file and resolves its settings.
    fn begin(&self, slot: usize, first: bool, stop: &Stop<'_>) -> anyhow::Result<Analysed> {
        let job = &self.config.jobs[slot];
        let header = self.headers.take(slot);
        let header = header.unwrap_or_else(|| read_header(self.config, job));
        let length = header.as_ref().ok().and_then(|media| media.duration);
        if first {
            self.services.events.send(Event::JobStarted {
                job: job.id.clone(),
                input: job.input.clone(),
                video_seconds: length.map(|length| length.as_secs_f64()),
                clip_seconds: self.clip_seconds(job, length),
            });
        }
        let mut plan = JobPlan::new(self.config, self.services, job)?;
        if !first {
            plan.decode_threads = 1;
        }
        let mut source = probe(self.config, self.services, job, header)?;
        if self.config.until > Stage::Probe {
            let ctx = self.context(job, (&plan, &source), stop);
            source.media = find_sound(&ctx).map_err(|error| job::blame(&ctx, error))?;
        }
        Ok(Analysed {
            source,
            plan,
            analysis: None,
            is_offered: false,
        })
    }

    /// Takes the lease on a job's file, unless all is to be computed anew; `None` means that another process works on it.
    fn lease(&self, job: &Job) -> Option<Lease> {
        match FileIdentity::of(&job.input) {
            Ok(file) if !self.config.fresh => self.services.cache.files().lease(&file),
            // One that is not there is told of where it is read.
            _ => Some(Lease::default()),
        }
    }

    /// Returns the seconds of clips that a job is expected to give.
    fn clip_seconds(&self, job: &Job, length: Option<Duration>) -> f64 {
        if self.config.until < Stage::Render {
            return 0.0;
        }
        let usual = job.settings.clips.usual_seconds();
        length.map_or(usual, |length| usual.min(length.as_secs_f64()))
    }

    /// Returns what every stage of a job gets.
    fn context<'c>(
        &'c self,
        job: &'c Job,
        (plan, source): (&'c JobPlan, &'c JobSource),
        stop: &'c Stop<'c>,
    ) -> JobContext<'c> {
        JobContext {
            config: self.config,
            services: self.services,
            job,
            plan,
            source,
            stop,
            events: self.services.events.of_job(&job.id),
        }
    }

    /// Returns what is held of an analysis in memory: nothing where it does not fit and can be read again from the cache.
    fn hold(&self, analysis: Analysis) -> Option<(Analysis, Option<Permit>)> {
        let permit = self.services.memory.waiting.try_acquire(analysis.bytes());
        let is_needed = permit.is_some() || !self.services.cache.keeps();
        is_needed.then_some((analysis, permit))
    }

    /// Takes note of the memory that is resident after so many more seconds of video, and warns once where it only ever grows.
    fn note_memory(&self, seconds: f64) {
        let growth = lock(&self.services.rss_trend).note(seconds / 3600.0, clock::resident());
        if let Some(growth) = growth {
            self.services.events.warn(Warning::MemoryGrows {
                mib_an_hour: growth.bytes_an_hour / f64::from(1 << 20),
                hours: growth.hours,
            });
        }
    }

    /// Takes note of how a job ended and reports it.
    fn end(&self, slot: usize, kept: &Kept, result: anyhow::Result<Finished>) {
        let (outcome, made, ended) = outcome_of(result);
        self.report(slot, kept, outcome, made);
        if self.config.settings.fail_fast && matches!(ended.end, End::Failed(_)) {
            self.services.cancel.drain();
        }
        lock(&self.ends)[slot] = ended;
        self.handout.end(slot);
    }

    /// Reports the end of a job that made of so many seconds of video so many clips.
    fn report(
        &self,
        slot: usize,
        kept: &Kept,
        outcome: JobOutcome,
        (video_seconds, clips): (f64, usize),
    ) {
        self.note_memory(video_seconds);
        self.services.events.send(Event::JobDone {
            job: self.config.jobs[slot].id.clone(),
            outcome,
            attempts: kept.attempts,
            wall: kept.spent,
            video_seconds,
            clips,
            folder: self.config.output.join(&self.config.jobs[slot].id),
        });
    }
}

/// Returns what a job's result means: for the report, in seconds of video and clips, and for the run.
fn outcome_of(result: anyhow::Result<Finished>) -> (JobOutcome, (f64, usize), Ended) {
    let error = match result {
        Ok(Finished {
            seconds,
            clips,
            page,
        }) => {
            let end = End::Done;
            return (JobOutcome::Done, (seconds, clips), Ended { end, page });
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
    (outcome, (0.0, 0), ended)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whole at every step, whoever panicked while holding it.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
