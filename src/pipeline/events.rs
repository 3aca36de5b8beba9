//! What stages and servers report of their work: the only file of the pipeline that builds events about it.

use std::time::Duration;

use crossbeam_channel::Sender;

use crate::clock::Stopwatch;
use crate::report::{CacheAnswer, Event, Level, Stage};

/// The events of a run.
#[derive(Debug, Clone)]
pub(crate) struct Events(Sender<Event>);

/// The events of one job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JobEvents<'a> {
    events: &'a Events,
    /// The job's id.
    pub(crate) job: &'a str,
}

/// What some work took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cost {
    /// Time at work.
    pub(crate) wall: Duration,
    /// Processor time of the thread that did it and of those that helped it.
    pub(crate) cpu: Duration,
    /// Time spent waiting for another stage, before the work or during it.
    pub(crate) wait: Duration,
}

impl Cost {
    /// Returns what the calling thread spent since `watch` was started, `wait` of it waiting.
    pub(crate) fn since(watch: &Stopwatch, wait: Duration) -> Self {
        Self {
            wall: watch.wall().saturating_sub(wait),
            cpu: watch.cpu(),
            wait,
        }
    }

    /// Returns the share of `part` among `whole` items; the waiting is not shared out.
    pub(crate) fn share(self, part: usize, whole: usize) -> Self {
        let (part, whole) = (part as u32, whole.max(1) as u32);
        Self {
            wall: self.wall * part / whole,
            cpu: self.cpu * part / whole,
            wait: Duration::ZERO,
        }
    }
}

impl Events {
    /// Returns the events that `listener` hears.
    pub(crate) fn new(listener: Sender<Event>) -> Self {
        Self(listener)
    }

    /// Reports what happened.
    pub(crate) fn send(&self, event: Event) {
        // The listener outlives the run; if it is gone all the same, the work still counts.
        let _ = self.0.send(event);
    }

    /// Tells people something about a job, or about the whole run.
    pub(crate) fn say(&self, level: Level, job: Option<&str>, text: String) {
        let job = job.map(str::to_owned);
        self.send(Event::Message { level, job, text });
    }

    /// Tells what is done otherwise than asked, and why.
    pub(crate) fn degraded(&self, message: String) {
        self.send(Event::Degraded { message });
    }

    /// Returns the events of one job.
    pub(crate) fn of_job<'a>(&'a self, job: &'a str) -> JobEvents<'a> {
        JobEvents { events: self, job }
    }
}

impl JobEvents<'_> {
    /// Reports what happened.
    pub(crate) fn send(&self, event: Event) {
        self.events.send(event);
    }

    /// Reports that `items` went through a stage.
    pub(crate) fn worked(&self, stage: Stage, items: u64, cost: Cost) {
        self.stage(stage, items, cost, None);
    }

    /// Reports whether the cache knew what a stage asked for.
    pub(crate) fn asked(&self, stage: Stage, answer: CacheAnswer) {
        self.stage(stage, 0, Cost::default(), Some(answer));
    }

    /// Reports how many seconds of the video a stage has behind it.
    pub(crate) fn progress(&self, stage: Stage, seconds: f64) {
        let job = self.job.to_owned();
        self.send(Event::JobProgress {
            job,
            stage,
            seconds,
        });
    }

    /// Tells people that the job goes on, but not as asked.
    pub(crate) fn warn(&self, text: String) {
        self.events.say(Level::Warn, Some(self.job), text);
    }

    fn stage(&self, stage: Stage, items: u64, cost: Cost, cache: Option<CacheAnswer>) {
        let Cost { wall, cpu, wait } = cost;
        self.send(Event::StageDone {
            job: self.job.to_owned(),
            stage,
            items,
            wall,
            cpu,
            wait,
            cache,
        });
    }
}
