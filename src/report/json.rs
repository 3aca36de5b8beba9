//! `report.json`: what a run did, what it cost and what to change.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::performance::Performance;
use super::recommend::recommend;

/// The layout of `report.json`. What did not apply is `null` or an empty list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
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
    pub outcome: Outcome,
    /// The jobs, in the order of the manifest.
    pub jobs: Vec<Job>,
    /// The stages that did something, in the order of the path.
    pub stages: Vec<StageRow>,
    /// What was known already.
    pub cache: Cache,
    /// What went through the models.
    pub batches: Vec<Batch>,
    /// Bytes.
    pub memory: Memory,
    /// What the run worked on.
    pub devices: Vec<Device>,
    /// What was given up, for what and why.
    pub degradations: Vec<String>,
    /// The stage with most work; `null` when there was none.
    pub bottleneck: Option<Bottleneck>,
    /// Achieved over possible, 0 to 1: the share of the cores' time that the process was computing; `null` for a run of no time.
    pub score: Option<f64>,
    /// What would make the next run better.
    pub recommendations: Vec<Recommendation>,
    /// What somebody must look at.
    pub alerts: Vec<String>,
}

/// How a run or a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All of it.
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
pub struct Job {
    /// Its id.
    pub id: String,
    /// What it reads, as [`crate::export::path_text`] writes paths; `null` when that was never told.
    pub input: Option<String>,
    /// How it ended.
    pub status: Outcome,
    /// Why it failed.
    pub error: Option<JobError>,
    /// Tries; 0 when it never began.
    pub attempts: u32,
    /// Time from begin to end.
    pub wall_seconds: f64,
    /// Video that it covered.
    pub video_seconds: f64,
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
}

/// The cache, level by level.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cache {
    /// Fastest first.
    pub levels: Vec<CacheLevel>,
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
pub struct Batch {
    /// The model.
    pub model: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Inputs in a batch.
    pub size: usize,
    /// Inputs a second while a batch runs.
    pub rate: f64,
}

/// Memory of the process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// The most bytes that were resident at once.
    pub peak_rss_bytes: u64,
    /// The bytes of decoded picture that were allowed at once.
    pub budget_bytes: u64,
    /// The most of them that were held at once.
    pub peak_held_bytes: u64,
}

/// Something that computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
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
}

/// What the events do not tell: asked of the machine, the cache and the settings when the run is over.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// RFC 3339 in UTC.
    pub started: String,
    /// Cores that the process may use.
    pub cores: usize,
    /// Processor time of the whole process.
    pub cpu: Duration,
    /// Memory that the process may use, in bytes; 0 where that is not known.
    pub machine_bytes: u64,
    /// Memory that it used.
    pub memory: Memory,
    /// What it worked on.
    pub devices: Vec<Device>,
    /// What the levels of the cache count.
    pub cache: Vec<CacheLevel>,
    /// The settings it ran with.
    pub applied: Applied,
}

/// Settings as they were applied: every "auto" resolved.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// `jobs`.
    pub jobs: usize,
    /// `decode-threads`.
    pub decode_threads: usize,
    /// `inference.sessions`.
    pub sessions: usize,
    /// `inference.threads`.
    pub session_threads: usize,
    /// `cache.enabled`.
    pub cache_enabled: bool,
    /// `cache.max-bytes`.
    pub cache_max_bytes: u64,
    /// `render.preset`.
    pub render_preset: String,
}

impl Report {
    /// Returns the report of a finished run.
    pub fn new(performance: &Performance, facts: RunFacts) -> Self {
        let wall = performance.wall.as_secs_f64();
        let video = performance.video_seconds();
        let stages = performance.stages();
        let mut report = Self {
            schema: 1,
            run_id: performance.run_id.clone(),
            started: facts.started.clone(),
            wall_seconds: wall,
            video_seconds: video,
            realtime_factor: (wall > 0.0 && video > 0.0).then(|| video / wall),
            outcome: performance.outcome(),
            jobs: performance.jobs().to_vec(),
            bottleneck: bottleneck(&stages),
            stages,
            cache: Cache {
                levels: facts.cache.clone(),
            },
            batches: performance.batches(),
            memory: facts.memory.clone(),
            devices: facts.devices.clone(),
            degradations: performance.degradations.clone(),
            score: score(facts.cpu, performance.wall, facts.cores),
            recommendations: Vec::new(),
            alerts: Vec::new(),
        };
        report.recommendations = recommend(&report, &facts);
        report
    }

    /// Returns how many jobs ended so.
    pub fn count(&self, status: Outcome) -> usize {
        self.jobs.iter().filter(|job| job.status == status).count()
    }
}

impl Job {
    /// Returns a job of which no end was heard.
    pub(super) fn unended(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            input: None,
            status: Outcome::Cancelled,
            error: None,
            attempts: 0,
            wall_seconds: 0.0,
            video_seconds: 0.0,
        }
    }
}

impl StageRow {
    /// Returns what the stage cost: its time at work, or its processor time where several threads worked on one piece.
    pub(super) fn work(&self) -> f64 {
        self.wall_seconds.max(self.cpu_seconds)
    }

    /// Returns the share of its threads' time spent waiting for other stages, 0 to 1.
    pub(super) fn wait_share(&self) -> f64 {
        let whole = self.wall_seconds + self.wait_seconds;
        if whole > 0.0 {
            self.wait_seconds / whole
        } else {
            0.0
        }
    }
}

fn bottleneck(stages: &[StageRow]) -> Option<Bottleneck> {
    let whole: f64 = stages.iter().map(StageRow::work).sum();
    let most = stages.iter().max_by(|a, b| a.work().total_cmp(&b.work()))?;
    (whole > 0.0).then(|| Bottleneck {
        stage: most.name.clone(),
        share: most.work() / whole,
    })
}

fn score(cpu: Duration, wall: Duration, cores: usize) -> Option<f64> {
    let possible = wall.as_secs_f64() * cores as f64;
    (possible > 0.0).then(|| (cpu.as_secs_f64() / possible).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Event, JobOutcome};

    fn report() -> Report {
        let mut performance = Performance::default();
        let outcome = JobOutcome::Failed {
            class: "no_video".into(),
            message: "no video stream".into(),
        };
        let (job, wall) = ("a".into(), Duration::from_secs(1));
        let done = Event::JobDone {
            job,
            outcome,
            attempts: 2,
            wall,
            video_seconds: f64::NAN,
        };
        performance.hear(&done, Duration::from_secs(4));
        let facts = RunFacts {
            started: "2026-01-14T10:15:30Z".into(),
            cores: 2,
            cpu: Duration::from_secs(6),
            ..RunFacts::default()
        };
        Report::new(&performance, facts)
    }

    #[test]
    fn the_layout_is_what_other_programs_read() {
        assert_eq!(
            serde_json::to_string(&report()).unwrap(),
            r#"{"schema":1,"run_id":"","started":"2026-01-14T10:15:30Z","wall_seconds":4.0,"video_seconds":0.0,"realtime_factor":null,"outcome":"failed","jobs":[{"id":"a","input":null,"status":"failed","error":{"class":"no_video","message":"no video stream"},"attempts":2,"wall_seconds":1.0,"video_seconds":0.0}],"stages":[],"cache":{"levels":[]},"batches":[],"memory":{"peak_rss_bytes":0,"budget_bytes":0,"peak_held_bytes":0},"devices":[],"degradations":[],"bottleneck":null,"score":0.75,"recommendations":[],"alerts":[]}"#
        );
    }

    #[test]
    fn a_report_is_read_again() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report());
    }

    #[test]
    fn the_score_is_never_above_one() {
        let score = |cpu, cores| score(Duration::from_secs(cpu), Duration::from_secs(1), cores);
        assert_eq!(
            (score(1, 2), score(3, 2), score(1, 0)),
            (Some(0.5), Some(1.0), None)
        );
    }
}
