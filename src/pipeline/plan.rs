//! What a run would do: which jobs, in which order, what is known already, what it will cost.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::Run;
use super::analyse::{CACHE_STAGE, pass_key};
use super::schedule::{Weight, order};
use crate::cache::FileIdentity;
use crate::manifest::Job;
use crate::media::{self, Limits, Media};
use crate::report::Stage;

/// Up to so many jobs have their headers read before the first one starts; beyond, a job's cost is its file's size.
const MOST_PROBED: usize = 256;
/// Bytes a second of a file whose header is not read: 5 Mbit/s, common for 1080p.
const USUAL_BYTES_A_SECOND: f64 = 5e6 / 8.0;
/// Core-seconds that analysis costs for a second of video, and rendering for a second of clip (1080p, measured).
const ANALYSIS_COST: f64 = 0.5;
const RENDER_COST: f64 = 0.6;
/// Bytes of a second of clip at the default quality, roughly.
const CLIP_BYTES_A_SECOND: f64 = 6e5;

/// What is found out about a job before it starts.
pub(super) type Head = Mutex<Option<Found>>;

/// What a file's header says.
pub(super) type Found = Result<Media, media::Error>;

/// A run as it would go.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// The jobs in the order they would start.
    pub jobs: Vec<PlannedJob>,
    /// Seconds of video in all.
    pub video_seconds: f64,
    /// Wall seconds that the run takes, roughly.
    pub estimated_seconds: f64,
    /// Bytes of decoded picture that may exist at once.
    pub memory_budget_bytes: u64,
    /// Bytes of clips, at most and roughly.
    pub estimated_output_bytes: u64,
}

/// One job as it would go.
#[derive(Debug, Serialize)]
pub struct PlannedJob {
    /// Its id.
    pub id: String,
    /// What it reads.
    pub input: PathBuf,
    /// Length of the video; by the file's size where `measured` is false.
    pub seconds: f64,
    /// Whether the header was read.
    pub measured: bool,
    /// Whether its analysis is in the cache; `null` when its bytes were never read.
    pub cached: Option<bool>,
    /// Why it cannot be done, where the header shows that.
    pub problem: Option<String>,
}

/// Writes one line a job and a summary.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for job in &self.jobs {
            let about = if job.measured { "" } else { "~" };
            let length = format!("{about}{:.1} s", job.seconds);
            let state = match (&job.problem, job.cached) {
                (Some(problem), _) => problem.as_str(),
                (None, Some(true)) => "analysed before",
                (None, _) => "to analyse",
            };
            writeln!(
                f,
                "{:<32} {length:>12}  {state}  {}",
                job.id,
                job.input.display()
            )?;
        }
        let (jobs, known) = (
            self.jobs.len(),
            self.jobs.iter().filter(|j| j.cached == Some(true)),
        );
        writeln!(
            f,
            "{jobs} jobs, {} analysed before; {:.0} s of video, about {:.0} s to run, pictures in flight up to {} MiB, clips about {} MiB",
            known.count(),
            self.video_seconds,
            self.estimated_seconds,
            self.memory_budget_bytes >> 20,
            self.estimated_output_bytes >> 20,
        )
    }
}

/// Reads the headers of a small batch, side by side; a large batch is planned by file sizes.
pub(super) fn heads(jobs: &[Job], limits: &Limits, threads: usize) -> Vec<Head> {
    let heads: Vec<Head> = jobs.iter().map(|_| Mutex::new(None)).collect();
    if jobs.len() > MOST_PROBED {
        return heads;
    }
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let slot = next.fetch_add(1, Ordering::Relaxed);
            let (Some(job), Some(head)) = (jobs.get(slot), heads.get(slot)) else {
                return;
            };
            let found = media::probe(&job.input, limits);
            *head.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }
    };
    std::thread::scope(|scope| (0..threads.min(jobs.len())).for_each(|_| drop(scope.spawn(work))));
    heads
}

/// Returns the jobs' positions in the order to do them.
pub(super) fn in_order(jobs: &[Job], heads: &[Head]) -> Vec<usize> {
    let weigh = |(job, head): (&Job, &Head)| Weight {
        priority: job.settings.priority,
        cost: length(job, head).0,
    };
    order(&jobs.iter().zip(heads).map(weigh).collect::<Vec<_>>())
}

/// Returns what `run` would do, without decoding or computing anything.
pub fn plan(run: &Run<'_>) -> Plan {
    let heads = heads(run.jobs, &run.limits(), run.settings.jobs);
    let order = in_order(run.jobs, &heads);
    let jobs: Vec<_> = order
        .iter()
        .map(|&slot| planned(run, &run.jobs[slot], &heads[slot]))
        .collect();
    let video_seconds = jobs.iter().map(|job| job.seconds).sum();
    let clip_seconds: f64 = match run.until {
        Stage::Render | Stage::Verify | Stage::Export => run
            .jobs
            .iter()
            .zip(&heads)
            .map(|(job, head)| clip_seconds(job, head))
            .sum(),
        _ => 0.0,
    };
    let open = jobs
        .iter()
        .filter(|job| job.cached != Some(true) && job.problem.is_none());
    let analysis: f64 = open.map(|job| job.seconds).sum();
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    Plan {
        jobs,
        video_seconds,
        estimated_seconds: (analysis * ANALYSIS_COST + clip_seconds * RENDER_COST) / cores,
        memory_budget_bytes: run.settings.memory_budget,
        estimated_output_bytes: (clip_seconds * CLIP_BYTES_A_SECOND) as u64,
    }
}

fn planned(run: &Run<'_>, job: &Job, head: &Head) -> PlannedJob {
    let (seconds, measured) = length(job, head);
    let problem = head.lock().unwrap_or_else(PoisonError::into_inner);
    let problem = problem
        .as_ref()
        .and_then(|found| found.as_ref().err())
        .map(ToString::to_string);
    let identity = FileIdentity::of(&job.input).ok();
    let digest = identity.and_then(|identity| run.cache.remembered_digest(&identity));
    let cached = digest.map(|digest| {
        let key = pass_key(digest.as_bytes(), run.shot_model_digest());
        run.cache.contains(CACHE_STAGE, &key)
    });
    let (id, input) = (job.id.clone(), job.input.clone());
    PlannedJob {
        id,
        input,
        seconds,
        measured,
        cached,
        problem,
    }
}

/// Returns the seconds of a job's video, and whether its header was read.
fn length(job: &Job, head: &Head) -> (f64, bool) {
    let head = head.lock().unwrap_or_else(PoisonError::into_inner);
    match head.as_ref() {
        Some(Ok(Media {
            duration: Some(duration),
            ..
        })) => (duration.as_secs_f64(), true),
        Some(Err(_)) => (0.0, true),
        _ => (file_bytes(job) as f64 / USUAL_BYTES_A_SECOND, false),
    }
}

fn clip_seconds(job: &Job, head: &Head) -> f64 {
    let clips = &job.settings.clips;
    let usual = (clips.min + clips.max).as_secs_f64() / 2.0;
    (clips.count as f64 * usual).min(length(job, head).0)
}

fn file_bytes(job: &Job) -> u64 {
    job.input.metadata().map_or(0, |metadata| metadata.len())
}
