//! Performance: the sums of all events. Pure.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::clip_row::ClipRow;
use super::degradation::Degradation;
use super::event::{Event, JobOutcome};
use super::json::{BatchRow, JobError, JobRow, RunOutcome, StageRow};
use super::lanes::Lanes;
use super::slowest::{LookUps, Slowest};
use super::span::{CacheAsked, Span};
use super::stage_sums::StageSums;
use super::usage::UsageCurve;
use super::warning::Warning;
use crate::export::path_text;
use crate::timeline::Stage;

/// The sums of a run.
#[derive(Debug, Clone, Default)]
pub struct Performance {
    /// Names the run.
    pub run_id: String,
    /// Time of the whole run.
    pub wall: Duration,
    /// What was given up, each once.
    pub degradations: Vec<Degradation>,
    jobs: Vec<JobRow>,
    slots: HashMap<String, usize>,
    stages: BTreeMap<Stage, StageSums>,
    batches: BTreeMap<(String, String, usize), BatchSums>,
    pub(super) lanes: Lanes,
    pub(super) samples: UsageCurve,
    pub(super) slowest: Slowest,
    pub(super) look_ups: LookUps,
    clips: Vec<(String, ClipRow)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct BatchSums {
    batches: u64,
    inputs: f64,
    seconds: f64,
}

impl Performance {
    /// Adds one event, heard `at` so long after the beginning.
    pub fn hear(&mut self, event: &Event, at: Duration) {
        self.wall = self.wall.max(at);
        match event {
            Event::RunStarted { run_id, .. } => self.run_id.clone_from(run_id),
            Event::JobPlanned { job, input } | Event::JobStarted { job, input, .. } => {
                self.job(job).input = Some(path_text(input));
            }
            Event::JobDone { .. } => self.job_done(event),
            Event::Span(span) => self.worked(span),
            Event::LaneDone(lane) => self.lanes.done(lane),
            Event::Sampled(sample) => self.samples.add(*sample),
            Event::ClipDone { job, clip } => self.clips.push((job.clone(), clip.clone())),
            Event::CacheAsked(asked) => self.asked(asked),
            Event::BatchDone { .. } => self.batch_done(event),
            Event::Degraded { degradation } => self.degraded(degradation),
            Event::RunDone { wall, .. } => self.wall = *wall,
            Event::WorkSkipped {
                stage, items, of, ..
            } => self.stages.entry(*stage).or_default().skipped(*items, *of),
            Event::Warned {
                job: Some(job),
                warning,
            } => self.warned(job, warning),
            Event::JobProgress { .. }
            | Event::ClipProgress { .. }
            | Event::Stopping { .. }
            | Event::JobWaits { .. }
            | Event::Warned { .. }
            | Event::Message { .. } => {}
        }
    }

    /// Returns the jobs in the order they were first heard of; those of which no end was heard are cancelled.
    pub fn jobs(&self) -> &[JobRow] {
        &self.jobs
    }

    /// Returns the seconds of video that the jobs covered.
    pub fn video_seconds(&self) -> f64 {
        // From plus zero: the empty sum of floats is minus zero.
        0.0 + self.jobs.iter().map(|job| job.video_seconds).sum::<f64>()
    }

    /// Returns how the run ended: cancelled when any job was, failed when all that ended did.
    pub fn outcome(&self) -> RunOutcome {
        let all = |status| self.jobs.iter().all(|job| job.status == status);
        if self
            .jobs
            .iter()
            .any(|job| job.status == RunOutcome::Cancelled)
        {
            RunOutcome::Cancelled
        } else if all(RunOutcome::Done) {
            RunOutcome::Done
        } else if all(RunOutcome::Failed) {
            RunOutcome::Failed
        } else {
            RunOutcome::Partial
        }
    }

    /// Returns the clips with the jobs that they are of, in the order in which they were told of.
    pub fn clips(&self) -> &[(String, ClipRow)] {
        &self.clips
    }

    /// Returns the processor time that the stages told of.
    pub fn stage_cpu(&self) -> Duration {
        self.stages.values().map(StageSums::cpu).sum()
    }

    /// Returns a row for each stage that did something, in the order of the path.
    pub fn stages(&self) -> Vec<StageRow> {
        let rows = self.stages.iter().map(|(stage, sums)| sums.row(*stage));
        rows.collect()
    }

    /// Returns a row for each model, device and batch size.
    pub fn batches(&self) -> Vec<BatchRow> {
        let rows = self
            .batches
            .iter()
            .map(|((model, device, size), sums)| BatchRow {
                model: model.clone(),
                device: device.clone(),
                size: *size,
                batches: sums.batches,
                seconds: sums.seconds,
                rate: if sums.seconds > 0.0 {
                    sums.inputs / sums.seconds
                } else {
                    0.0
                },
            });
        rows.collect()
    }

    fn job(&mut self, id: &str) -> &mut JobRow {
        let slot = match self.slots.get(id) {
            Some(&slot) => slot,
            None => {
                self.slots.insert(id.to_owned(), self.jobs.len());
                self.jobs.push(JobRow::unended(id));
                self.jobs.len() - 1
            }
        };
        &mut self.jobs[slot]
    }

    fn job_done(&mut self, event: &Event) {
        let Event::JobDone {
            job,
            outcome,
            attempts,
            wall,
            video_seconds,
            clips,
            ..
        } = event
        else {
            return;
        };
        let job = self.job(job);
        (job.status, job.error) = match outcome {
            JobOutcome::Done => (RunOutcome::Done, None),
            JobOutcome::Cancelled => (RunOutcome::Cancelled, None),
            JobOutcome::Failed { class, message } => (
                RunOutcome::Failed,
                Some(JobError {
                    class: class.clone(),
                    message: message.clone(),
                }),
            ),
        };
        job.attempts = *attempts;
        job.wall_seconds = wall.as_secs_f64();
        job.video_seconds = finite(*video_seconds);
        job.clips = *clips;
    }

    fn worked(&mut self, span: &Span) {
        self.stages.entry(span.stage).or_default().worked(span);
        self.lanes.worked(span);
        self.slowest.worked(span);
    }

    /// Keeps why a job has no clips, where it says so.
    fn warned(&mut self, job: &str, warning: &Warning) {
        if matches!(warning, Warning::NoClips | Warning::NoSegment { .. }) {
            self.job(job).no_clips = Some(warning.to_string());
        }
    }

    fn asked(&mut self, asked: &CacheAsked) {
        self.stages.entry(asked.stage).or_default().asked(asked);
        self.look_ups.asked(asked);
    }

    fn batch_done(&mut self, event: &Event) {
        let Event::BatchDone {
            model,
            device,
            size,
            rate,
        } = event
        else {
            return;
        };
        let sums = self
            .batches
            .entry((model.clone(), device.clone(), *size))
            .or_default();
        sums.batches += 1;
        if rate.is_finite() && *rate > 0.0 {
            sums.inputs += *size as f64;
            sums.seconds += *size as f64 / rate;
        }
    }

    fn degraded(&mut self, degradation: &Degradation) {
        if !self.degradations.contains(degradation) {
            self.degradations.push(degradation.clone());
        }
    }
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(events: &[Event]) -> Performance {
        let mut performance = Performance::default();
        events
            .iter()
            .for_each(|event| performance.hear(event, Duration::ZERO));
        performance
    }

    fn ended(job: &str, outcome: JobOutcome) -> Event {
        let wall = Duration::from_secs(2);
        Event::JobDone {
            job: job.into(),
            outcome,
            attempts: 1,
            wall,
            video_seconds: 60.0,
            clips: 0,
            folder: "out".into(),
        }
    }

    fn failed() -> JobOutcome {
        JobOutcome::Failed {
            class: "input_empty".into(),
            message: "0 bytes".into(),
        }
    }

    fn planned(job: &str) -> Event {
        Event::JobPlanned {
            job: job.into(),
            input: format!("{job}.mp4").into(),
        }
    }

    #[test]
    fn one_failure_among_others_is_a_partial_run() {
        let of = |events: &[Event]| heard(events).outcome();
        assert_eq!(of(&[]), RunOutcome::Done);
        assert_eq!(of(&[ended("a", JobOutcome::Done)]), RunOutcome::Done);
        assert_eq!(of(&[ended("a", failed())]), RunOutcome::Failed);
        assert_eq!(
            of(&[ended("a", JobOutcome::Done), ended("b", failed())]),
            RunOutcome::Partial
        );
        assert_eq!(
            of(&[ended("a", failed()), ended("b", JobOutcome::Cancelled)]),
            RunOutcome::Cancelled
        );
    }

    #[test]
    fn jobs_stand_in_the_order_of_the_plan_and_no_end_means_cancelled() {
        let performance = heard(&[planned("a"), planned("b"), ended("b", failed())]);
        let [a, b] = performance.jobs() else {
            panic!("two jobs")
        };
        assert_eq!(
            (a.id.as_str(), a.status, a.input.as_deref()),
            ("a", RunOutcome::Cancelled, Some("a.mp4"))
        );
        assert_eq!(
            (b.status, b.error.as_ref().unwrap().class.as_str()),
            (RunOutcome::Failed, "input_empty")
        );
        assert_eq!(performance.video_seconds(), 60.0);
    }

    #[test]
    fn a_stage_adds_up_its_items_times_and_answers() {
        let span = |millis| {
            let work = Duration::from_millis(millis);
            let wait = Duration::from_millis(1);
            Event::Span(Span::of("a", Stage::Decode, 25, work, wait))
        };
        let asked = |hit| Event::CacheAsked(CacheAsked::of("a", Stage::Decode, hit));
        let events = [asked(true), span(30), asked(false), span(20)];
        let rows = heard(&events).stages();
        let row = &rows[0];
        assert_eq!(
            (
                row.name.as_str(),
                row.items,
                row.cache_hits,
                row.cache_misses
            ),
            ("decode", 50, 1, 1)
        );
        // What was only asked of the cache is no work that took no time.
        assert!((row.p50_ms - 20.0).abs() < 0.02, "{}", row.p50_ms);
        assert_eq!((row.p95_ms, row.max_ms), (30.0, 30.0));
        assert!(
            (row.wall_seconds - 0.05).abs() < 1e-12 && (row.wait_seconds - 0.002).abs() < 1e-12
        );
    }

    #[test]
    fn the_rate_of_batches_is_inputs_over_time() {
        let batch = |rate| Event::BatchDone {
            model: "m".into(),
            device: "cpu".into(),
            size: 10,
            rate,
        };
        let rows = heard(&[batch(10.0), batch(30.0), batch(f64::NAN)]).batches();
        assert!((rows[0].rate - 15.0).abs() < 1e-9);
    }

    #[test]
    fn the_same_degradation_is_told_once() {
        let degradation = Degradation::Encoder {
            reason: "no NVENC".into(),
            instead: "libx264".into(),
        };
        let degraded = Event::Degraded {
            degradation: degradation.clone(),
        };
        assert_eq!(
            heard(&[degraded.clone(), degraded]).degradations,
            [degradation]
        );
    }
}
