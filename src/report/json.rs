//! `report.json`: what a run did, what it cost and what to change.

use serde::{Deserialize, Serialize};

use super::lanes::{LaneRow, Timeline};
use super::slowest::{RecordRow, SlowRow};
use super::usage::UsageRow;

/// The layout of `report.json`. What did not apply is `null` or an empty list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunReport {
    /// Counts incompatible changes of the layout.
    pub schema: u32,
    /// Names the run.
    pub run_id: String,
    /// RFC 3339 in UTC.
    pub started: String,
    /// Time of the whole run.
    pub wall_seconds: f64,
    /// Video that was covered.
    pub video_seconds: f64,
    /// Seconds of video for each second of the run; `null` for a run without video.
    pub realtime_factor: Option<f64>,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// The folder of the results, as [`crate::export::path_text`] writes paths.
    #[serde(default)]
    pub output: Option<String>,
    /// The jobs, in the order of the manifest.
    pub jobs: Vec<JobRow>,
    /// The stages that did something, in the order of the path.
    pub stages: Vec<StageRow>,
    /// Processor time of the whole process.
    #[serde(default)]
    pub cpu_seconds: f64,
    /// Cores that it might use.
    #[serde(default)]
    pub cores: usize,
    /// Frames decoded for each second of the run; `null` where none was decoded.
    #[serde(default)]
    pub decoded_per_second: Option<f64>,
    /// Pictures that models were shown for each second of the run; `null` where none was.
    #[serde(default)]
    pub inferred_per_second: Option<f64>,
    /// What an hour of video cost, in whatever `[report] price-per-hour` is in; `null` without a price or video.
    #[serde(default)]
    pub cost_per_video_hour: Option<f64>,
    /// Where the time of the run's threads went.
    #[serde(default)]
    pub lanes: Vec<LaneRow>,
    /// The share of the threads' time that stages and waits account for, 0 to 1.
    #[serde(default)]
    pub accounted_share: Option<f64>,
    /// What each thread was at when.
    #[serde(default)]
    pub timeline: Timeline,
    /// Memory and cores over time.
    #[serde(default)]
    pub samples: Vec<UsageRow>,
    /// The slowest pieces of work, slowest first.
    #[serde(default)]
    pub slowest: Vec<SlowRow>,
    /// What was known already.
    pub cache: CacheUse,
    /// What went through the models.
    pub batches: Vec<BatchRow>,
    /// Bytes.
    pub memory: MemoryUse,
    /// What the run worked on.
    pub devices: Vec<DeviceUse>,
    /// What was given up, for what and why.
    pub degradations: Vec<String>,
    /// The stage with most work; `null` when there was none.
    pub bottleneck: Option<Bottleneck>,
    /// Achieved over possible, 0 to 1, as `score_formula` says; `null` for a run of no time and one that failed.
    pub score: Option<f64>,
    /// How the score was found.
    #[serde(default)]
    pub score_formula: String,
    /// What would make the next run better.
    pub recommendations: Vec<Recommendation>,
    /// What somebody must look at.
    pub alerts: Vec<Alert>,
}

/// A limit that a run has passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// A stable word, for programs: `memory`, `errors`, `hits`, `disk`.
    pub class: String,
    /// One line for people.
    pub message: String,
    /// What was found.
    pub value: f64,
    /// What is allowed.
    pub limit: f64,
}

/// How a run or a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunOutcome {
    /// All of it.
    #[default]
    Done,
    /// Some jobs failed; never said of a job.
    Partial,
    /// None of it.
    Failed,
    /// It was stopped.
    Cancelled,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its id.
    pub id: String,
    /// What it reads, as [`crate::export::path_text`] writes paths; `null` when that was never told.
    pub input: Option<String>,
    /// How it ended.
    pub status: RunOutcome,
    /// Why it failed.
    pub error: Option<JobError>,
    /// Tries; 0 when it never began.
    pub attempts: u32,
    /// Time from begin to end.
    pub wall_seconds: f64,
    /// Video that it covered.
    pub video_seconds: f64,
    /// Clips that it gave.
    #[serde(default)]
    pub clips: usize,
    /// Why it gave none, where it says so.
    #[serde(default)]
    pub no_clips: Option<String>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// A stable word, for programs.
    pub class: String,
    /// What, where and what to do, for people.
    pub message: String,
}

/// One stage, summed over all jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRow {
    /// Its name.
    pub name: String,
    /// Frames, windows, clips.
    pub items: u64,
    /// Time at work, summed over its threads.
    pub wall_seconds: f64,
    /// Processor time.
    pub cpu_seconds: f64,
    /// Time its threads waited for other stages.
    pub wait_seconds: f64,
    /// The part of the waiting that was for room for what it had made, or for its turn.
    #[serde(default)]
    pub wait_room_seconds: f64,
    /// Bytes of its items as they came in; 0 where it does not count them.
    #[serde(default)]
    pub bytes: u64,
    /// Half of its pieces of work took no longer; answers from the cache do not count.
    pub p50_ms: f64,
    /// 95 of 100 pieces of work took no longer.
    pub p95_ms: f64,
    /// The longest piece of work.
    pub max_ms: f64,
    /// Answers that the cache knew.
    pub cache_hits: u64,
    /// Answers that had to be computed.
    pub cache_misses: u64,
    /// Time that look-ups took.
    #[serde(default)]
    pub cache_seconds: f64,
    /// Share of its work that was found to be needless and not done, 0 to 1; `null` where nothing looked for it.
    #[serde(default)]
    pub skipped_share: Option<f64>,
}

/// The cache, level by level.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CacheUse {
    /// Fastest first.
    pub levels: Vec<CacheLevel>,
    /// Look-ups by stage, kind of record and level.
    #[serde(default)]
    pub records: Vec<RecordRow>,
}

/// One level of the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheLevel {
    /// `memory`, `disk` or `shared`.
    pub name: String,
    /// Answers it had.
    pub hits: u64,
    /// Answers it had not.
    pub misses: u64,
    /// Bytes it holds.
    pub bytes: u64,
    /// Records it holds.
    pub entries: u64,
    /// Records given up for room.
    pub evictions: u64,
}

/// Batches of one size through one model on one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchRow {
    /// The model.
    pub model: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Inputs in a batch.
    pub size: usize,
    /// Batches.
    #[serde(default)]
    pub batches: u64,
    /// Time that they took.
    #[serde(default)]
    pub seconds: f64,
    /// Inputs a second while a batch runs.
    pub rate: f64,
}

/// Memory of the process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MemoryUse {
    /// The most bytes that were resident at once.
    pub peak_rss_bytes: u64,
    /// The bytes of decoded picture that were allowed at once.
    pub budget_bytes: u64,
    /// The most of them that were held at once.
    pub peak_held_bytes: u64,
    /// The bytes that the process was allowed.
    #[serde(default)]
    pub limit_bytes: u64,
    /// The most bytes that all models together held at once, on the CPU.
    #[serde(default)]
    pub models_peak_bytes: u64,
    /// Times that a model was closed for another's sake or for want of memory.
    #[serde(default)]
    pub unloads: u64,
    /// Times that memory which nobody used was returned to the system.
    #[serde(default)]
    pub cleanups: u64,
    /// What held how much, the most first; each at its own time.
    #[serde(default)]
    pub owners: Vec<MemoryOwner>,
}

/// What some memory was for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MemoryOwner {
    /// A model, `encoders` or `pictures`.
    pub name: String,
    /// The most bytes that it held at once.
    pub peak_bytes: u64,
}

/// Something that computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceUse {
    /// `cpu` or `cuda:N`.
    pub name: String,
    /// Its model, cores, memory, and why it was chosen.
    pub detail: String,
}

/// The stage with most work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// The stage's name.
    pub stage: String,
    /// Its share of the work of all stages, 0 to 1.
    pub share: f64,
}

/// A change that would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// What is wrong.
    pub finding: String,
    /// The numbers that say so.
    pub evidence: String,
    /// The line for the settings: `jobs = 4`.
    pub setting: String,
    /// What it would change: `about 20 of 60 s less`.
    #[serde(default)]
    pub effect: String,
}

impl RunReport {
    /// Returns how many clips the jobs gave.
    pub fn clips(&self) -> usize {
        self.jobs.iter().map(|job| job.clips).sum()
    }

    /// Walks through the jobs that are done and gave no clip.
    pub fn barren(&self) -> impl Iterator<Item = &JobRow> {
        let is_barren = |job: &&JobRow| job.status == RunOutcome::Done && job.clips == 0;
        self.jobs.iter().filter(is_barren)
    }

    /// Returns how many jobs ended so.
    pub fn count(&self, status: RunOutcome) -> usize {
        self.jobs.iter().filter(|job| job.status == status).count()
    }
}

impl JobRow {
    /// Returns a job of which no end was heard.
    pub(super) fn unended(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            input: None,
            status: RunOutcome::Cancelled,
            error: None,
            attempts: 0,
            wall_seconds: 0.0,
            video_seconds: 0.0,
            clips: 0,
            no_clips: None,
        }
    }
}

impl StageRow {
    /// Returns what the stage cost: its time at work, or its processor time where several threads worked on one piece.
    pub(super) fn work(&self) -> f64 {
        self.wall_seconds.max(self.cpu_seconds)
    }
}
