//! What the stages say while they work. They send events; this folder decides what is shown.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::export::path_text;

/// A step of the path from a file to its clips, in the order of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the header and the content's digest.
    Probe,
    /// Decoding the sound.
    Listen,
    /// The model that hears who speaks when.
    Speech,
    /// The model that tells speech, music and noise apart.
    Sound,
    /// The model that writes down what is said.
    Transcript,
    /// The model that reads what was written.
    Text,
    /// Decoding every frame, and the small pictures.
    Decode,
    /// The shot model.
    Shots,
    /// The model that finds faces.
    Faces,
    /// The model that tells how alike pictures are.
    Embed,
    /// Candidates, scores, choice.
    Select,
    /// The model that tells where one looks when no face is there.
    Saliency,
    /// Cutting and encoding clips.
    Render,
    /// Opening each clip again and judging it.
    Verify,
    /// Writing the result files.
    Export,
}

impl Stage {
    /// Returns the word that files and people read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Listen => "listen",
            Self::Speech => "speech",
            Self::Sound => "sound",
            Self::Transcript => "transcript",
            Self::Text => "text",
            Self::Decode => "decode",
            Self::Shots => "shots",
            Self::Faces => "faces",
            Self::Embed => "embed",
            Self::Select => "select",
            Self::Saliency => "saliency",
            Self::Render => "render",
            Self::Verify => "verify",
            Self::Export => "export",
        }
    }
}

/// Whether the cache knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheAnswer {
    /// The record was there and whole.
    Hit,
    /// It had to be computed.
    Miss,
}

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
    /// One item went through a stage.
    StageDone {
        /// The job's id.
        job: String,
        /// Which stage.
        stage: Stage,
        /// Items done: frames, windows, seconds of sound, tokens, clips.
        items: u64,
        /// Time at work, from begin to end without `wait`.
        #[serde(with = "seconds")]
        wall: Duration,
        /// Processor time of the thread that did it, and of a model's helpers; not of threads inside FFmpeg, which has one
        /// of its own for each decoder or encoder thread above the first.
        #[serde(with = "seconds")]
        cpu: Duration,
        /// Time spent waiting for another stage, before the item came or on the way.
        #[serde(with = "seconds")]
        wait: Duration,
        /// What the cache said, for stages that ask it.
        cache: Option<CacheAnswer>,
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
        #[serde(with = "seconds")]
        wall: Duration,
        /// Seconds of video it covered.
        video_seconds: f64,
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
    /// The run does something other than asked: a device, a batch size, a cache given up.
    Degraded {
        /// What was given up, for what and why.
        message: String,
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
        #[serde(with = "seconds")]
        wall: Duration,
    },
}

fn lossless<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&path_text(path))
}

mod seconds {
    use std::time::Duration;

    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(length: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(length.as_secs_f64())
    }
}
