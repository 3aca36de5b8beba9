//! Progress and time left. Pure: events and their times in.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::event::Event;
use crate::timeline::Stage;

/// What is known while a run goes on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    jobs: usize,
    ended: usize,
    running: BTreeMap<String, JobProgress>,
    ended_seconds: f64,
    ended_with_length: usize,
    now: Duration,
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
}

impl Progress {
    /// Takes in one event, heard `at` so long after the beginning.
    pub(super) fn hear(&mut self, event: &Event, at: Duration) {
        self.now = at;
        match event {
            Event::RunStarted { jobs, .. } => self.jobs = *jobs,
            Event::JobStarted {
                job, video_seconds, ..
            } => {
                let whole = video_seconds.filter(|seconds| *seconds > 0.0);
                self.running.insert(
                    job.clone(),
                    JobProgress {
                        whole,
                        ..JobProgress::default()
                    },
                );
            }
            Event::JobProgress {
                job,
                stage,
                seconds,
            } => {
                let running = self.running.entry(job.clone()).or_default();
                running.stage = Some(*stage);
                running.seconds = running.seconds.max(*seconds);
            }
            // Of the work before it runs several stages at once.
            Event::Span(span) if span.stage >= Stage::Render => {
                if let Some(running) = self.running.get_mut(&span.job) {
                    running.stage = Some(span.stage);
                }
            }
            Event::JobDone {
                job, video_seconds, ..
            } => {
                self.running.remove(job);
                self.ended += 1;
                self.ended_seconds += video_seconds.max(0.0);
                self.ended_with_length += usize::from(*video_seconds > 0.0);
            }
            _ => {}
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
        ((self.ended as f64 + parts) / self.jobs.max(1) as f64).min(1.0)
    }

    /// Returns the seconds of video for each second so far, or `None` before there are any.
    pub(super) fn realtime(&self) -> Option<f64> {
        let (video, wall) = (self.seconds(), self.now.as_secs_f64());
        (video > 0.0 && wall > 0.0).then(|| video / wall)
    }

    /// Returns the time left at the speed so far, or `None` before there is a speed or a length.
    ///
    /// Videos of which the length is not known yet are taken for as long as the others are on average.
    pub(super) fn left(&self) -> Option<Duration> {
        let speed = self.realtime()?;
        let lengths: Vec<f64> = self.running.values().filter_map(|job| job.whole).collect();
        let known = lengths.len() + self.ended_with_length;
        if known == 0 {
            return None;
        }
        let mean = (lengths.iter().sum::<f64>() + self.ended_seconds) / known as f64;
        let open: f64 = self
            .running
            .values()
            .map(|job| (job.whole.unwrap_or(mean) - job.seconds).max(0.0))
            .sum();
        let unstarted = self.jobs.saturating_sub(self.ended + self.running.len());
        Duration::try_from_secs_f64((open + unstarted as f64 * mean) / speed).ok()
    }

    fn seconds(&self) -> f64 {
        self.ended_seconds + self.running.values().map(|job| job.seconds).sum::<f64>()
    }
}

impl JobProgress {
    /// Returns the share of the video that is behind the job, 0 to 1, where its length is known.
    pub(super) fn share(&self) -> Option<f64> {
        self.whole
            .map(|whole| (self.seconds / whole).clamp(0.0, 1.0))
    }
}

/// Writes `3/10 jobs, 5.1x realtime, 00:03:12 left`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} jobs", self.ended, self.jobs)?;
        if let Some(speed) = self.realtime() {
            write!(f, ", {speed:.1}x realtime")?;
        }
        match self.left() {
            Some(left) if self.ended < self.jobs => write!(f, ", {} left", clock(left)),
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
mod tests {
    use super::*;
    use crate::report::JobOutcome;

    fn started(job: &str, video_seconds: Option<f64>) -> Event {
        Event::JobStarted {
            job: job.into(),
            input: job.into(),
            video_seconds,
        }
    }

    fn at_second(job: &str, seconds: f64) -> Event {
        Event::JobProgress {
            job: job.into(),
            stage: Stage::Decode,
            seconds,
        }
    }

    fn done(job: &str, video_seconds: f64) -> Event {
        let (outcome, wall) = (JobOutcome::Done, Duration::ZERO);
        Event::JobDone {
            job: job.into(),
            outcome,
            attempts: 1,
            wall,
            video_seconds,
            clips: 0,
            folder: "out".into(),
        }
    }

    fn after(seconds: u64, events: &[Event]) -> Progress {
        let mut progress = Progress::default();
        progress.hear(
            &Event::RunStarted {
                run_id: "r".into(),
                jobs: 4,
            },
            Duration::ZERO,
        );
        events
            .iter()
            .for_each(|event| progress.hear(event, Duration::from_secs(seconds)));
        progress
    }

    #[test]
    fn speed_and_time_left_follow_from_the_video_behind() {
        let events = [
            started("a", Some(100.0)),
            at_second("a", 50.0),
            started("b", None),
            done("c", 60.0),
        ];
        // 110 s of video in 10 s; left: 50 of a, the mean of 80 for b and for the one not begun.
        let progress = after(10, &events);
        assert_eq!(
            progress.to_string(),
            "1/4 jobs, 11.0x realtime, 00:00:19 left"
        );
        assert!((progress.share() - 1.5 / 4.0).abs() < 1e-12);
    }

    #[test]
    fn before_there_is_a_speed_nothing_is_promised() {
        assert_eq!(after(5, &[started("a", None)]).to_string(), "0/4 jobs");
        assert_eq!(
            after(5, &[started("a", None), at_second("a", 10.0)]).to_string(),
            "0/4 jobs, 2.0x realtime"
        );
    }

    #[test]
    fn a_header_that_lies_about_the_length_harms_nothing() {
        let events = [
            started("a", Some(1.0)),
            at_second("a", 500.0),
            started("b", Some(-3.0)),
            started("c", Some(f64::NAN)),
        ];
        let progress = after(1, &events);
        assert_eq!(progress.job("a").unwrap().share(), Some(1.0));
        assert_eq!(progress.job("b").unwrap().share(), None);
        assert!(progress.left().is_some());
    }
}
