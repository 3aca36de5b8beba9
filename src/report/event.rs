//! Events that the stages send while they work; this folder decides what is shown.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::clip_row::ClipRow;
use super::degradation::Degradation;
use super::span::{CacheAsked, Lane, Span, UsageSample};
use super::warning::Warning;
use crate::export::path_text;
use crate::timeline::Stage;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only with `-v`.
    Debug,
    /// Worth knowing.
    Info,
    /// The run goes on, but not as asked.
    Warn,
}

/// How one job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum JobOutcome {
    /// All its files are written.
    Done,
    /// It cannot be done; `class` is a stable word, `message` says what, where and what to do.
    Failed {
        /// For programs: `input_missing`, `input_empty`, `input_corrupt`, `no_video`, …
        class: String,
        /// For people.
        message: String,
    },
    /// The run was stopped before it began or ended.
    Cancelled,
}

/// One thing that happened. Serialised as one JSON line with a `type` field.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The first event of a run.
    RunStarted {
        /// Names the run: start time and process.
        run_id: String,
        /// Jobs to do.
        jobs: usize,
    },
    /// A job of the run; one for each, in the order of the manifest, before any starts.
    JobPlanned {
        /// The job's id.
        job: String,
        /// What it will read.
        #[serde(serialize_with = "lossless")]
        input: PathBuf,
    },
    /// A worker took a job.
    JobStarted {
        /// The job's id.
        job: String,
        /// What it reads.
        #[serde(serialize_with = "lossless")]
        input: PathBuf,
        /// Length of the video, where the header tells.
        video_seconds: Option<f64>,
        /// Seconds of clips that it is expected to give.
        clip_seconds: f64,
    },
    /// A job is analysed and was put aside: jobs before it choose their clips first.
    JobWaits {
        /// The job's id.
        job: String,
    },
    /// A job went on: seconds of video analysed so far.
    JobProgress {
        /// The job's id.
        job: String,
        /// The stage it is in.
        stage: Stage,
        /// Seconds of video behind it.
        seconds: f64,
    },
    /// A job goes on with its clips, which are chosen.
    ClipProgress {
        /// The job's id.
        job: String,
        /// Clips that are made.
        made: usize,
        /// Of so many.
        of: usize,
    },
    /// The run is asked to stop.
    Stopping {
        /// Whether at once, or when the jobs under way are done.
        now: bool,
    },
    /// A piece of work went through a stage.
    Span(Span),
    /// A thread of the run has done its work.
    LaneDone(Lane),
    /// What the process uses; once a second.
    Sampled(UsageSample),
    /// The cache was asked for a record.
    CacheAsked(CacheAsked),
    /// A stage found before its work that part of it was needless.
    WorkSkipped {
        /// The job's id.
        job: String,
        /// Which stage.
        stage: Stage,
        /// Items that needed no work.
        items: u64,
        /// Items in all.
        of: u64,
    },
    /// A clip is made and right, or was so already.
    ClipDone {
        /// The job's id.
        job: String,
        /// What it is.
        #[serde(flatten)]
        clip: ClipRow,
    },
    /// A job ended.
    JobDone {
        /// The job's id.
        job: String,
        /// How.
        #[serde(flatten)]
        outcome: JobOutcome,
        /// Tries, this one counted.
        attempts: u32,
        /// Time from begin to end.
        #[serde(with = "super::seconds")]
        wall: Duration,
        /// Seconds of video it covered.
        video_seconds: f64,
        /// Clips that it gave.
        clips: usize,
        /// The folder of its results.
        #[serde(serialize_with = "lossless")]
        folder: PathBuf,
    },
    /// A batch went through a model.
    BatchDone {
        /// The model's name.
        model: String,
        /// `cpu` or `cuda:N`.
        device: String,
        /// Inputs in the batch.
        size: usize,
        /// Inputs a second.
        rate: f64,
    },
    /// The run does something other than asked; JSON has its text as `message`.
    Degraded {
        /// What was given up, for what and why.
        #[serde(flatten, serialize_with = "with_message")]
        degradation: Degradation,
    },
    /// The run goes on, but a person should know; in JSON a `message` of level `warn` with a `class`.
    #[serde(rename = "message")]
    Warned {
        /// The job it belongs to.
        job: Option<String>,
        /// Of what.
        #[serde(flatten, serialize_with = "with_text")]
        warning: Warning,
    },
    /// A line for people.
    Message {
        /// How it is meant.
        level: Level,
        /// The job it belongs to.
        job: Option<String>,
        /// One line.
        text: String,
    },
    /// The last event of a run.
    RunDone {
        /// Jobs done.
        done: usize,
        /// Jobs failed.
        failed: usize,
        /// Jobs not begun or not ended.
        cancelled: usize,
        /// The exit code that the program will give.
        exit_code: u8,
        /// Time of the whole run.
        #[serde(with = "super::seconds")]
        wall: Duration,
    },
}

impl Event {
    /// Tells whether it is one of very many, which a listener that is too slow can do without.
    pub(super) fn is_detail(&self) -> bool {
        matches!(
            self,
            Self::JobProgress { .. }
                | Self::Span(_)
                | Self::Sampled(_)
                | Self::CacheAsked(_)
                | Self::BatchDone { .. }
        )
    }
}

fn lossless<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&path_text(path))
}

fn with_message<S: Serializer>(degradation: &Degradation, out: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Told<'a> {
        message: String,
        #[serde(flatten)]
        degradation: &'a Degradation,
    }
    let message = degradation.to_string();
    Told {
        message,
        degradation,
    }
    .serialize(out)
}

fn with_text<S: Serializer>(warning: &Warning, out: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Told<'a> {
        level: Level,
        text: String,
        #[serde(flatten)]
        warning: &'a Warning,
    }
    let (level, text) = (Level::Warn, warning.to_string());
    Told {
        level,
        text,
        warning,
    }
    .serialize(out)
}
