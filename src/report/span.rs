//! Spans and cache look-ups: what the stages measure of themselves.

use std::time::Duration;

use serde::Serialize;

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
    /// Time within it spent waiting for another stage.
    #[serde(with = "super::seconds")]
    pub wait: Duration,
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
