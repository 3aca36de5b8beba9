//! State of a run under way, in a small file that other processes read.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::{Event, JobOutcome};
use super::listener::Listener;
use super::progress::{Progress, clock};
use super::run::Start;
use super::style::one_line;
use crate::export;
use crate::timeline::Stage;

/// Between two versions of the file.
const PAUSE: Duration = Duration::from_secs(1);

/// What a run under way tells of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStatus {
    /// Version of these fields.
    pub schema: u32,
    /// Names the run.
    pub run_id: String,
    /// The process that does it.
    pub pid: u32,
    /// RFC 3339 in UTC.
    pub started: String,
    /// Where its results go.
    pub output: PathBuf,
    /// Jobs in all.
    pub jobs: usize,
    /// Jobs done.
    pub done: usize,
    /// Jobs failed.
    pub failed: usize,
    /// Seconds of video for each second so far; none before there are any.
    pub realtime_factor: Option<f64>,
    /// Seconds left at the speed so far; none before there is a speed.
    pub seconds_left: Option<f64>,
    /// The jobs at work.
    pub running: Vec<JobStatus>,
}

/// A job at work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobStatus {
    /// The job's id.
    pub job: String,
    /// The stage it was last heard of in.
    pub stage: Option<Stage>,
    /// Seconds of video that are analysed.
    pub seconds: f64,
    /// Seconds of video there are.
    pub video_seconds: Option<f64>,
}

/// Writes the state of a run into its file, at most once a second, and removes it at the end.
pub struct StatusFile {
    path: PathBuf,
    status: RunStatus,
    progress: Progress,
    written: Option<Duration>,
}

impl StatusFile {
    /// Returns the state of a run of this process, whose results go to `output`, in the file at `path`.
    pub fn new(path: PathBuf, start: &Start, output: PathBuf) -> Self {
        Self {
            path,
            status: RunStatus {
                schema: 1,
                run_id: start.run_id.clone(),
                pid: std::process::id(),
                started: start.started.clone(),
                output,
                jobs: 0,
                done: 0,
                failed: 0,
                realtime_factor: None,
                seconds_left: None,
                running: Vec::new(),
            },
            progress: Progress::default(),
            written: None,
        }
    }

    fn write(&mut self) {
        let progress = &self.progress;
        self.status.realtime_factor = progress.realtime();
        self.status.seconds_left = progress.left().map(|left| left.as_secs_f64());
        let running = progress.running().map(|(job, at)| JobStatus {
            job: job.to_owned(),
            stage: at.stage,
            seconds: at.seconds,
            video_seconds: at.whole,
        });
        self.status.running = running.collect();
        // Nobody misses a state that cannot be written: the run goes on.
        let _ = export::to_json(&self.status).map(|json| export::write_atomic(&self.path, &json));
    }
}

impl Listener for StatusFile {
    fn hear(&mut self, event: &Event, at: Duration) {
        self.progress.hear(event, at);
        match event {
            Event::RunStarted { jobs, .. } => self.status.jobs = *jobs,
            Event::JobDone { outcome, .. } => match outcome {
                JobOutcome::Done => self.status.done += 1,
                JobOutcome::Failed { .. } => self.status.failed += 1,
                JobOutcome::Cancelled => {}
            },
            _ => {}
        }
        if self.written.is_none_or(|before| at >= before + PAUSE) {
            self.written = Some(at);
            self.write();
        }
    }

    fn end(&mut self) {
        // What is left is swept by who looks next: its lock is free.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Returns the lines for people about a run under way.
pub fn status_text(status: &RunStatus) -> String {
    let output = one_line(&export::path_text(&status.output));
    let mut text = format!(
        "run {} (process {}), started {}, into {output}\n  {} of {} jobs done, {} failed",
        status.run_id, status.pid, status.started, status.done, status.jobs, status.failed
    );
    if let Some(speed) = status.realtime_factor {
        text.push_str(&format!(", {speed:.1}x realtime"));
    }
    if let Some(left) = status.seconds_left.and_then(length) {
        text.push_str(&format!(", {left} left"));
    }
    text.push('\n');
    for job in &status.running {
        let stage = job.stage.map_or("begins", Stage::name);
        let whole = job.video_seconds.and_then(length);
        let whole = whole.map_or(String::new(), |whole| format!(" of {whole}"));
        let behind = length(job.seconds).unwrap_or_default();
        let name = one_line(&job.job);
        text.push_str(&format!("  {name}: {stage}, {behind}{whole} analysed\n"));
    }
    text
}

fn length(seconds: f64) -> Option<String> {
    Duration::try_from_secs_f64(seconds).ok().map(clock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn heard(events: &[Event]) -> (TempDir, StatusFile) {
        let folder = TempDir::new().unwrap();
        let start = Start {
            run_id: "r".into(),
            started: "2026-01-14T10:15:30Z".into(),
        };
        let path = folder.path().join("r.json");
        let mut file = StatusFile::new(path, &start, "out".into());
        for (second, event) in events.iter().enumerate() {
            file.hear(event, Duration::from_secs(second as u64));
        }
        (folder, file)
    }

    fn events() -> [Event; 4] {
        let outcome = JobOutcome::Failed {
            class: "x".into(),
            message: "y".into(),
        };
        [
            Event::RunStarted {
                run_id: "r".into(),
                jobs: 3,
            },
            Event::JobDone {
                job: "bad".into(),
                outcome,
                attempts: 1,
                wall: Duration::ZERO,
                video_seconds: 0.0,
                clips: 0,
                folder: "out".into(),
            },
            Event::JobStarted {
                job: "a".into(),
                input: "a.mp4".into(),
                video_seconds: Some(60.0),
                clip_seconds: 0.0,
            },
            Event::JobProgress {
                job: "a".into(),
                stage: Stage::Decode,
                seconds: 30.0,
            },
        ]
    }

    #[test]
    fn the_file_tells_the_state_and_goes_with_the_run() {
        let (folder, mut file) = heard(&events());
        let path = folder.path().join("r.json");
        let read: RunStatus = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((read.jobs, read.done, read.failed), (3, 0, 1));
        assert_eq!(read.running[0].stage, Some(Stage::Decode));
        assert_eq!(
            (read.pid, read.realtime_factor),
            (std::process::id(), Some(10.0))
        );
        file.end();
        assert!(!path.exists());
    }

    #[test]
    fn people_read_what_each_job_does() {
        let (_folder, file) = heard(&events());
        let text = status_text(&RunStatus {
            pid: 7,
            ..file.status
        });
        assert_eq!(
            text,
            "run r (process 7), started 2026-01-14T10:15:30Z, into out\n  0 of 3 jobs done, 1 failed, 10.0x realtime, 00:00:09 left\n  a: decode, 00:00:30 of 00:01:00 analysed\n"
        );
    }

    #[test]
    fn a_state_is_written_once_a_second_at_most() {
        let (folder, mut file) = heard(&events()[..1]);
        let path = folder.path().join("r.json");
        std::fs::remove_file(&path).unwrap();
        file.hear(&events()[3], Duration::from_millis(900));
        assert!(!path.exists());
        file.hear(&events()[3], Duration::from_millis(1000));
        assert!(path.exists());
    }
}
