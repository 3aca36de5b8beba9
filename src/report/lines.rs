//! Progress lines without a terminal: one plain line now and then.

use std::io::Write;
use std::time::Duration;

use super::event::{Event, JobOutcome};
use super::listener::Listener;
use super::notice::{Verbosity, notice, stopping};
use super::progress::{Progress, clock};
use super::style::{Style, one_line};
use crate::export::path_text;

/// Between two lines about the whole run: in its first minute, and later.
const PAUSES: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// Jobs that a line names at most.
const MOST_JOBS: usize = 4;
const MINUTE: Duration = Duration::from_secs(60);

/// Writes lines: a job's begin and end always, and every half minute how far the run is.
pub(super) struct Lines<W> {
    out: W,
    verbosity: Verbosity,
    style: Style,
    progress: Progress,
    told: Duration,
}

impl<W: Write> Lines<W> {
    /// Returns lines to `out`.
    pub(super) fn new(out: W, verbosity: Verbosity, style: Style) -> Self {
        Self {
            out,
            verbosity,
            style,
            progress: Progress::default(),
            told: Duration::ZERO,
        }
    }

    /// Tells how far the run is, and what the jobs at work do.
    fn progress_line(&self) -> String {
        let jobs = self.progress.running().take(MOST_JOBS);
        let jobs: Vec<String> = jobs
            .map(|(job, at)| format!("{}: {at}", one_line(job)))
            .collect();
        match jobs.as_slice() {
            [] => self.progress.to_string(),
            jobs => format!("{}; {}", self.progress, jobs.join(", ")),
        }
    }

    fn tell(&mut self, line: &str) {
        // Nobody is left to be told when stderr is gone.
        let _ = writeln!(self.out, "{line}");
    }
}

impl<W: Write + Send> Listener for Lines<W> {
    fn hear(&mut self, event: &Event, at: Duration) {
        self.progress.hear(event, at);
        let line = match event {
            Event::Stopping { now } => Some(stopping(*now, self.progress.running().count())),
            _ => notice(event, self.verbosity, self.style),
        };
        if let Some(line) = line {
            self.tell(&line);
        }
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        if let Some(line) = job_line(event) {
            self.tell(&line);
        }
        let is_news = matches!(event, Event::JobProgress { .. } | Event::Sampled(_));
        if is_news && at >= self.told + PAUSES[usize::from(at > MINUTE)] {
            self.told = at;
            let line = self.progress_line();
            self.tell(&line);
        }
    }
}

/// Returns the line for a job that begins or ends; a failed one has its notice.
fn job_line(event: &Event) -> Option<String> {
    match event {
        Event::JobStarted {
            job,
            input,
            video_seconds,
            ..
        } => {
            let input = one_line(&path_text(input));
            let length =
                video_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let length = length
                .map(|length| format!(" ({})", clock(length)))
                .unwrap_or_default();
            Some(format!("start: {}: {input}{length}", one_line(job)))
        }
        Event::JobDone {
            job,
            outcome: JobOutcome::Done,
            wall,
            video_seconds,
            ..
        } => {
            let wall = wall.as_secs_f64();
            let speed = if wall > 0.0 && *video_seconds > 0.0 {
                format!(", {:.1}x realtime", video_seconds / wall)
            } else {
                String::new()
            };
            Some(format!("done: {}: {wall:.1} s{speed}", one_line(job)))
        }
        Event::JobDone {
            job,
            outcome: JobOutcome::Cancelled,
            ..
        } => Some(format!("cancelled: {}", one_line(job))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;
    use crate::timeline::Stage;

    fn told(verbosity: Verbosity, events: &[(u64, Event)]) -> String {
        let mut lines = Lines::new(Vec::new(), verbosity, Style::default());
        for (at, event) in events {
            lines.hear(event, Duration::from_secs(*at));
        }
        String::from_utf8(lines.out).unwrap()
    }

    fn run() -> Vec<(u64, Event)> {
        let progress = |seconds| Event::JobProgress {
            job: "a".into(),
            stage: Stage::Decode,
            seconds,
        };
        let end = |job: &str, outcome| Event::JobDone {
            job: job.into(),
            outcome,
            attempts: 1,
            wall: Duration::from_secs(25),
            video_seconds: 100.0,
            clips: 0,
            folder: "out".into(),
        };
        let failed = JobOutcome::Failed {
            class: "no_video".into(),
            message: "no video stream".into(),
        };
        vec![
            (
                0,
                Event::RunStarted {
                    run_id: "r".into(),
                    jobs: 2,
                },
            ),
            (
                0,
                Event::JobStarted {
                    job: "a".into(),
                    input: "a\n.mp4".into(),
                    video_seconds: Some(100.0),
                    clip_seconds: 0.0,
                },
            ),
            (5, progress(20.0)),
            (11, progress(44.0)),
            (12, progress(48.0)),
            (
                13,
                Event::Message {
                    level: Level::Warn,
                    job: None,
                    text: "cache off".into(),
                },
            ),
            (25, end("a", JobOutcome::Done)),
            (25, end("b", failed)),
        ]
    }

    #[test]
    fn a_pipe_gets_a_plain_line_now_and_then() {
        assert_eq!(
            told(Verbosity::Normal, &run()),
            "start: a: a\\n.mp4 (00:01:40)\n\
             0/2 jobs, 4.0x realtime, 00:00:39 left; a: decode 44 of 100 s\n\
             warning: cache off\n\
             done: a: 25.0 s, 4.0x realtime\n\
             error: b: no video stream [no_video]\n"
        );
    }

    #[test]
    fn quiet_leaves_what_went_wrong() {
        assert_eq!(
            told(Verbosity::Quiet, &run()),
            "warning: cache off\nerror: b: no video stream [no_video]\n"
        );
    }
}
