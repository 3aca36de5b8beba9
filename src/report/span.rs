//! Spans and cache look-ups: what the stages measure of themselves.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::timeline::Stage;

/// One piece of work of one stage for one job. Times count from the beginning of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    /// The job's id.
    pub job: String,
    /// Which stage.
    pub stage: Stage,
    /// The thread that did it: `job-0`, `shots-1`, `render-0`.
    pub lane: String,
    /// When it was begun.
    #[serde(with = "super::seconds")]
    pub begun: Duration,
    /// When it was ended.
    #[serde(with = "super::seconds")]
    pub ended: Duration,
    /// Processor time of the thread that did it and of a model's helpers; not of threads inside FFmpeg, which has one of its
    /// own for each decoder or encoder thread above the first.
    #[serde(with = "super::seconds")]
    pub cpu: Duration,
    /// Time within it spent waiting for another stage, for either reason.
    #[serde(with = "super::seconds")]
    pub wait: Duration,
    /// The part of the waiting that was for room, not for something to work on.
    #[serde(with = "super::seconds")]
    pub wait_room: Duration,
    /// Items done: frames, windows, seconds of sound, tokens, clips.
    pub items: u64,
    /// Bytes of the items as they came in; 0 where the stage does not count them.
    pub bytes: u64,
}

impl Span {
    /// Returns a piece of work that began with the run.
    #[cfg(test)]
    pub(super) fn of(job: &str, stage: Stage, items: u64, work: Duration, wait: Duration) -> Self {
        Self {
            job: job.to_owned(),
            stage,
            lane: "job-0".into(),
            begun: Duration::ZERO,
            ended: work + wait,
            cpu: work,
            wait,
            wait_room: Duration::ZERO,
            items,
            bytes: 0,
        }
    }

    /// Returns the time at work, without the waiting.
    pub fn work(&self) -> Duration {
        self.ended
            .saturating_sub(self.begun)
            .saturating_sub(self.wait)
    }
}

/// A thread that did a run's work, as long as it was there. Times count from the beginning of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// Its name, which the spans of its work have.
    pub lane: String,
    /// When it began.
    #[serde(with = "super::seconds")]
    pub begun: Duration,
    /// When it ended.
    #[serde(with = "super::seconds")]
    pub ended: Duration,
    /// Time that it waited for something to work on.
    #[serde(with = "super::seconds")]
    pub wait_input: Duration,
    /// Time that it waited for room for what it had made, or for its turn.
    #[serde(with = "super::seconds")]
    pub wait_room: Duration,
}

/// What the process uses at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct UsageSample {
    /// Since the beginning of the run.
    #[serde(with = "super::seconds")]
    pub time: Duration,
    /// Processor time of the process, from its beginning.
    #[serde(with = "super::seconds")]
    pub cpu: Duration,
    /// Bytes that are resident.
    pub rss_bytes: u64,
    /// Bytes for which somebody holds a permit.
    pub held: HeldBytes,
}

/// Bytes by whom they are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HeldBytes {
    /// Analysis-size pictures.
    pub pictures: u64,
    /// Windows of small pictures and of sound.
    pub windows: u64,
    /// Open models, their runs and encoders.
    pub work: u64,
    /// Analyses of jobs that wait for others.
    pub waiting: u64,
}

/// One look into the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheAsked {
    /// The job's id.
    pub job: String,
    /// The kind of record, with the version of its layout.
    pub record: &'static str,
    /// The stage whose work the record saves.
    pub stage: Stage,
    /// The level that had it: `disk`; none where none had.
    pub level: Option<&'static str>,
    /// Whether it was there and whole.
    pub hit: bool,
    /// What the look took.
    #[serde(with = "super::seconds")]
    pub took: Duration,
}

#[cfg(test)]
impl CacheAsked {
    /// Returns a look into a cache of one level.
    pub(super) fn of(job: &str, stage: Stage, hit: bool) -> Self {
        Self {
            job: job.to_owned(),
            record: "shots-v2",
            stage,
            level: hit.then_some("disk"),
            hit,
            took: Duration::from_millis(3),
        }
    }
}
