//! What stages and servers report of their work: the only file of the pipeline that builds events about it.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::clock::{Stopwatch, Waits};
use crate::report::{CacheAsked, Degradation, Event, Lane, Level, Span, Warning};
use crate::timeline::Stage;

/// The events of a run.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    listener: Sender<Event>,
    /// When the run began.
    begun: Instant,
}

/// The events of one job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JobEvents<'a> {
    events: &'a Events,
    /// The job's id.
    pub(crate) job: &'a str,
}

/// What some work took, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// When it began, the waiting included.
    pub(crate) begun: Instant,
    pub(crate) ended: Instant,
    /// Processor time of the thread that did it and of those that helped it.
    pub(crate) cpu: Duration,
    /// Time spent waiting for another stage.
    pub(crate) waits: Waits,
}

impl Cost {
    /// Returns what the calling thread spent since `watch` was started.
    pub(crate) fn since(watch: &Stopwatch) -> Self {
        Self {
            begun: watch.began(),
            ended: Instant::now(),
            cpu: watch.cpu(),
            waits: watch.waits(),
        }
    }

    /// Returns the cost with the processor time of a further thread.
    pub(crate) fn with_cpu(self, more: Duration) -> Self {
        Self {
            cpu: self.cpu + more,
            ..self
        }
    }

    /// Returns one of `whole` equal parts, which lie one after the other; all of the waiting is before the first.
    pub(crate) fn part(self, number: usize, whole: usize) -> Self {
        let (number, whole) = (number as u32, whole.max(1) as u32);
        let worked = self.begun + self.waits.total();
        let work = self.ended.saturating_duration_since(worked);
        let at = |number: u32| worked + work * number / whole;
        let (begun, waits) = if number == 0 {
            (self.begun, self.waits)
        } else {
            (at(number), Waits::default())
        };
        Self {
            begun,
            ended: at(number + 1),
            cpu: self.cpu / whole,
            waits,
        }
    }
}

impl Events {
    /// Returns the events of a run that begins now, which `listener` hears.
    pub(crate) fn new(listener: Sender<Event>) -> Self {
        Self {
            listener,
            begun: Instant::now(),
        }
    }

    /// Reports what happened.
    pub(crate) fn send(&self, event: Event) {
        // The listener outlives the run; if it is gone all the same, the work still counts.
        let _ = self.listener.send(event);
    }

    /// Tells who debugs something about the whole run.
    pub(crate) fn debug(&self, text: String) {
        let (level, job) = (Level::Debug, None);
        self.send(Event::Message { level, job, text });
    }

    /// Tells what keeps the whole run from going on.
    pub(crate) fn alarm(&self, text: String) {
        let (level, job) = (Level::Warn, None);
        self.send(Event::Message { level, job, text });
    }

    /// Warns of something about the whole run.
    pub(crate) fn warn(&self, warning: Warning) {
        self.send(Event::Warned { job: None, warning });
    }

    /// Tells what is done otherwise than asked, and why.
    pub(crate) fn degraded(&self, degradation: Degradation) {
        self.send(Event::Degraded { degradation });
    }

    /// Reports that the calling thread has done all that it was there for, which began with the watch.
    pub(crate) fn lane_done(&self, watch: &Stopwatch) {
        let waits = watch.waits();
        self.send(Event::LaneDone(Lane {
            lane: thread::current().name().unwrap_or_default().to_owned(),
            begun: self.since_begun(watch.began()),
            ended: self.now(),
            wait_input: waits.input,
            wait_room: waits.room,
        }));
    }

    /// Returns how long the run has been going on.
    pub(crate) fn now(&self) -> Duration {
        self.since_begun(Instant::now())
    }

    /// Returns the events of one job.
    pub(crate) fn of_job<'a>(&'a self, job: &'a str) -> JobEvents<'a> {
        JobEvents { events: self, job }
    }

    fn since_begun(&self, time: Instant) -> Duration {
        time.saturating_duration_since(self.begun)
    }
}

impl JobEvents<'_> {
    /// Reports what happened.
    pub(crate) fn send(&self, event: Event) {
        self.events.send(event);
    }

    /// Reports that the calling thread took `items` through a stage, which came in as so many `bytes`.
    pub(crate) fn worked(&self, stage: Stage, items: u64, bytes: u64, cost: Cost) {
        let lane = thread::current();
        self.send(Event::Span(Span {
            job: self.job.to_owned(),
            stage,
            lane: lane.name().unwrap_or_default().to_owned(),
            begun: self.events.since_begun(cost.begun),
            ended: self.events.since_begun(cost.ended),
            cpu: cost.cpu,
            wait: cost.waits.total(),
            wait_room: cost.waits.room,
            items,
            bytes,
        }));
    }

    /// Reports a look into the cache: for a record of this name, which saves the work of a stage, and which level had it.
    pub(crate) fn asked(
        &self,
        stage: Stage,
        record: &'static str,
        level: Option<&'static str>,
        took: Duration,
    ) {
        self.send(Event::CacheAsked(CacheAsked {
            job: self.job.to_owned(),
            record,
            stage,
            level,
            hit: level.is_some(),
            took,
        }));
    }

    /// Reports how many items of a stage were found to need no work, of how many.
    pub(crate) fn skipped(&self, stage: Stage, items: u64, of: u64) {
        let job = self.job.to_owned();
        self.send(Event::WorkSkipped {
            job,
            stage,
            items,
            of,
        });
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

    /// Reports how many of the job's clips are made.
    pub(crate) fn clip_made(&self, made: usize, of: usize) {
        let job = self.job.to_owned();
        self.send(Event::ClipProgress { job, made, of });
    }

    /// Warns that the job goes on, but not as expected.
    pub(crate) fn warn(&self, warning: Warning) {
        let job = Some(self.job.to_owned());
        self.send(Event::Warned { job, warning });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_cost_lie_one_after_the_other() {
        let begun = Instant::now();
        let millis = Duration::from_millis;
        let whole = Cost {
            begun,
            ended: begun + millis(100),
            cpu: millis(30),
            waits: Waits {
                input: millis(7),
                room: millis(3),
            },
        };
        let [a, b, c] = [0, 1, 2].map(|number| whole.part(number, 3));
        assert_eq!(
            (a.begun, a.ended, a.waits),
            (begun, begun + millis(40), whole.waits)
        );
        assert_eq!((b.begun, b.waits), (a.ended, Waits::default()));
        assert_eq!(
            (c.begun, c.ended, c.cpu),
            (b.ended, whole.ended, millis(10))
        );
    }
}
