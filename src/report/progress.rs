//! Progress and time left. Pure: events and their times in.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::event::Event;
use super::span::Span;
use crate::timeline::Stage;

/// What a second of a clip costs to make, in seconds of video analysed; a second of both measured on one core.
const CLIP_COST: f64 = 1.5;
/// A job that took less than this share of its length was done before: it tells nothing about speed.
const KEPT_SHARE: f64 = 0.02;

/// What is known while a run goes on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    jobs: usize,
    ended: EndedJobs,
    running: BTreeMap<String, JobProgress>,
    hits: u64,
    asked: u64,
    now: Duration,
}

/// The jobs that have ended.
#[derive(Debug, Default)]
struct EndedJobs {
    jobs: usize,
    /// Seconds of video that they covered.
    seconds: f64,
    /// Work in them, and in those that were not done before alone.
    cost: f64,
    fresh_cost: f64,
    /// Jobs of which the work is known.
    weighed: usize,
}

/// A job at work.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct JobProgress {
    /// Where it is.
    pub(super) stage: Option<Stage>,
    /// Seconds of video behind it.
    pub(super) seconds: f64,
    /// Seconds of video there are.
    pub(super) whole: Option<f64>,
    /// Clips that are made, and of how many; none before they are chosen.
    pub(super) clips: Option<(usize, usize)>,
    /// Seconds of clips that it is expected to give.
    clip_seconds: f64,
    /// Whether every frame is decoded.
    decoded: bool,
}

impl Progress {
    /// Takes in one event, heard `at` so long after the beginning.
    pub(super) fn hear(&mut self, event: &Event, at: Duration) {
        self.now = self.now.max(at);
        match event {
            Event::RunStarted { jobs, .. } => self.jobs = *jobs,
            Event::JobStarted {
                job,
                video_seconds,
                clip_seconds,
                ..
            } => {
                let started = JobProgress::started(*video_seconds, *clip_seconds);
                self.running.insert(job.clone(), started);
            }
            Event::JobProgress {
                job,
                stage,
                seconds,
            } => self.job_mut(job).went_on(*stage, *seconds),
            Event::ClipProgress { job, made, of } => self.job_mut(job).clips = Some((*made, *of)),
            Event::Span(span) => {
                if let Some(running) = self.running.get_mut(&span.job) {
                    running.worked(span);
                }
            }
            Event::CacheAsked(asked) => {
                self.asked += 1;
                self.hits += u64::from(asked.hit);
            }
            Event::JobDone {
                job,
                video_seconds,
                wall,
                ..
            } => self.job_done(job, *video_seconds, *wall),
            _ => {}
        }
    }

    fn job_mut(&mut self, job: &str) -> &mut JobProgress {
        self.running.entry(job.to_owned()).or_default()
    }

    fn job_done(&mut self, job: &str, video_seconds: f64, wall: Duration) {
        let running = self.running.remove(job).unwrap_or_default();
        let seconds = video_seconds.max(0.0);
        let cost = seconds + CLIP_COST * running.clip_seconds;
        self.ended.jobs += 1;
        self.ended.seconds += seconds;
        if seconds > 0.0 {
            self.ended.weighed += 1;
            self.ended.cost += cost;
            let was_kept = wall.as_secs_f64() < KEPT_SHARE * seconds;
            self.ended.fresh_cost += if was_kept { 0.0 } else { cost };
        }
    }

    /// Walks through the jobs at work, by id.
    pub(super) fn running(&self) -> impl Iterator<Item = (&str, &JobProgress)> {
        self.running.iter().map(|(job, at)| (job.as_str(), at))
    }

    /// Returns the job of this id while it runs.
    pub(super) fn job(&self, id: &str) -> Option<&JobProgress> {
        self.running.get(id)
    }

    /// Returns the share of all jobs that is done, 0 to 1; a running job counts with its part.
    pub(super) fn share(&self) -> f64 {
        let parts: f64 = self.running.values().filter_map(JobProgress::share).sum();
        ((self.ended.jobs as f64 + parts) / self.jobs.max(1) as f64).min(1.0)
    }

    /// Returns the seconds of video for each second so far, or `None` before there are any.
    pub(super) fn realtime(&self) -> Option<f64> {
        let (video, wall) = (self.seconds(), self.now.as_secs_f64());
        (video > 0.0 && wall > 0.0).then(|| video / wall)
    }

    /// Returns the time left at the speed so far, or `None` before there is a speed or a length.
    ///
    /// It counts the analysis and the clips of every job. Videos of which the length is not known yet are taken for as long as
    /// the others are on average; jobs that were done before count as done, not as fast.
    pub(super) fn left(&self) -> Option<Duration> {
        let done: f64 = self.running.values().map(JobProgress::cost_done).sum();
        let speed = (self.ended.fresh_cost + done) / self.now.as_secs_f64();
        let costs: Vec<f64> = self
            .running
            .values()
            .filter_map(JobProgress::cost)
            .collect();
        let known = costs.len() + self.ended.weighed;
        if known == 0 || !speed.is_finite() || speed <= 0.0 {
            return None;
        }
        let mean = (costs.iter().sum::<f64>() + self.ended.cost) / known as f64;
        let of_running = self.running.values();
        let open: f64 = of_running
            .map(|job| (job.cost().unwrap_or(mean) - job.cost_done()).max(0.0))
            .sum();
        let unstarted = self
            .jobs
            .saturating_sub(self.ended.jobs + self.running.len());
        Duration::try_from_secs_f64((open + unstarted as f64 * mean) / speed).ok()
    }

    /// Returns the share of the look-ups so far that the cache answered, where there were any.
    pub(super) fn hit_share(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.hits as f64 / self.asked as f64)
    }

    fn seconds(&self) -> f64 {
        self.ended.seconds + self.running.values().map(|job| job.seconds).sum::<f64>()
    }
}

impl JobProgress {
    fn started(video_seconds: Option<f64>, clip_seconds: f64) -> Self {
        Self {
            whole: video_seconds.filter(|seconds| *seconds > 0.0),
            clip_seconds,
            ..Self::default()
        }
    }

    fn went_on(&mut self, stage: Stage, seconds: f64) {
        self.stage = Some(stage);
        self.seconds = self.seconds.max(seconds);
    }

    /// Takes in what was done for it; before all is decoded several stages run at once, and decoding tells how far it is.
    fn worked(&mut self, span: &Span) {
        self.decoded |= span.stage == Stage::Decode;
        if self.decoded || span.stage >= Stage::Render {
            self.stage = Some(span.stage);
        }
    }

    /// Returns the share of its work that is behind the job, 0 to 1, where its length is known.
    pub(super) fn share(&self) -> Option<f64> {
        let cost = self.cost()?;
        Some((self.cost_done() / cost).clamp(0.0, 1.0))
    }

    /// Returns its work: in seconds of video, those of clips as dear as they are.
    fn cost(&self) -> Option<f64> {
        let whole = self.whole?;
        Some(whole + CLIP_COST * self.clip_seconds)
    }

    fn cost_done(&self) -> f64 {
        let made = self
            .clips
            .map_or(0.0, |(made, of)| made as f64 / of.max(1) as f64);
        let seconds = self
            .whole
            .map_or(self.seconds, |whole| self.seconds.min(whole));
        // Who makes clips has analysed all there is.
        let analysed = if self.clips.is_some() {
            self.whole.unwrap_or(seconds)
        } else {
            seconds
        };
        analysed + CLIP_COST * self.clip_seconds * made
    }
}

/// Writes what the job does: `render 2 of 3`, `decode 40 of 80 s`.
impl fmt::Display for JobProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((made, of)) = self.clips.filter(|(made, of)| made < of) {
            return write!(f, "render {} of {of}", made + 1);
        }
        let Some(stage) = self.stage else {
            return f.write_str("begin");
        };
        match (stage, self.whole) {
            (Stage::Decode | Stage::Transcript, Some(whole)) if !self.decoded => {
                write!(f, "{} {:.0} of {whole:.0} s", stage.name(), self.seconds)
            }
            (_, None) if !self.decoded => write!(f, "{} {:.0} s", stage.name(), self.seconds),
            _ => f.write_str(stage.name()),
        }
    }
}

/// Writes `3/10 jobs, 5.1x realtime, 00:03:12 left`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} jobs", self.ended.jobs, self.jobs)?;
        if let Some(speed) = self.realtime() {
            write!(f, ", {speed:.1}x realtime")?;
        }
        match self.left() {
            Some(left) if self.ended.jobs < self.jobs => write!(f, ", {} left", clock(left)),
            _ => Ok(()),
        }
    }
}

/// Returns `HH:MM:SS`, rounded to the second.
pub(super) fn clock(length: Duration) -> String {
    let seconds = length.as_secs_f64().round() as u64;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests;
