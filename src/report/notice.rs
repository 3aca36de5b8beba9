//! Notices: the events that are worth a line for people, whatever else is shown.

use std::io::Write;
use std::time::Duration;

use super::degradation::Degradation;
use super::event::{Event, JobOutcome, Level};
use super::listener::Listener;
use super::progress::Progress;
use super::style::{Style, one_line};

/// How much people want to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Warnings and failures only.
    Quiet,
    /// Progress and what is worth knowing.
    #[default]
    Normal,
    /// Everything.
    Verbose,
}

/// Writes notices and nothing else.
pub(super) struct Notices<W> {
    out: W,
    verbosity: Verbosity,
    style: Style,
    progress: Progress,
}

impl<W: Write> Notices<W> {
    /// Returns notices to `out`.
    pub(super) fn new(out: W, verbosity: Verbosity, style: Style) -> Self {
        Self {
            out,
            verbosity,
            style,
            progress: Progress::default(),
        }
    }
}

impl<W: Write + Send> Listener for Notices<W> {
    fn hear(&mut self, event: &Event, at: Duration) {
        self.progress.hear(event, at);
        let line = match event {
            Event::Stopping { now } => Some(stopping(*now, self.progress.running().count())),
            _ => notice(event, self.verbosity, self.style),
        };
        if let Some(line) = line {
            // Nobody is left to be told when stderr is gone.
            let _ = writeln!(self.out, "{line}");
        }
    }
}

/// Returns the line for a message, a degradation or a failed job, without line end.
pub fn notice(event: &Event, verbosity: Verbosity, style: Style) -> Option<String> {
    match event {
        Event::Message { level, job, text } => {
            let wanted = verbosity >= least(*level);
            wanted.then(|| format!("{}{}", word(*level, style), of_job(job.as_deref(), text)))
        }
        // Its warning says so, with how often and when.
        Event::Degraded {
            degradation: Degradation::Retry { .. },
        } => None,
        Event::Degraded { degradation } => {
            let text = one_line(&degradation.to_string());
            Some(format!("{}{text}", word(Level::Warn, style)))
        }
        Event::Warned { job, warning } => {
            let text = of_job(job.as_deref(), &warning.to_string());
            Some(format!("{}{text}", word(Level::Warn, style)))
        }
        Event::JobDone {
            job,
            outcome: JobOutcome::Failed { class, message },
            ..
        } => {
            let text = of_job(Some(job), message);
            Some(format!(
                "{} {text} [{}]",
                style.red("error:"),
                one_line(class)
            ))
        }
        _ => None,
    }
}

/// Returns the line for a run that is asked to stop, with so many jobs under way.
pub(super) fn stopping(now: bool, jobs: usize) -> String {
    let videos = if jobs == 1 {
        "1 video".to_owned()
    } else {
        format!("{jobs} videos")
    };
    if now {
        "stopping now; the same command goes on".to_owned()
    } else {
        format!("finishing {videos}; again to stop now; the same command goes on")
    }
}

fn least(level: Level) -> Verbosity {
    match level {
        Level::Warn => Verbosity::Quiet,
        Level::Info => Verbosity::Normal,
        Level::Debug => Verbosity::Verbose,
    }
}

fn word(level: Level, style: Style) -> String {
    match level {
        Level::Warn => style.yellow("warning:") + " ",
        Level::Info => String::new(),
        Level::Debug => "debug: ".to_owned(),
    }
}

fn of_job(job: Option<&str>, text: &str) -> String {
    match job {
        Some(job) => format!("{}: {}", one_line(job), one_line(text)),
        None => one_line(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: Level) -> Event {
        Event::Message {
            level,
            job: Some("a".into()),
            text: "7 frames\nlost".into(),
        }
    }

    #[test]
    fn quiet_keeps_warnings_and_failures() {
        let said = |event: &Event| notice(event, Verbosity::Quiet, Style::default());
        assert_eq!(
            said(&message(Level::Warn)).unwrap(),
            "warning: a: 7 frames\\nlost"
        );
        assert_eq!(said(&message(Level::Info)), None);
        let failed = Event::JobDone {
            job: "a".into(),
            outcome: JobOutcome::Failed {
                class: "input_empty".into(),
                message: "0 bytes".into(),
            },
            attempts: 1,
            wall: Duration::ZERO,
            video_seconds: 0.0,
            clips: 0,
            folder: "out".into(),
        };
        assert_eq!(said(&failed).unwrap(), "error: a: 0 bytes [input_empty]");
    }

    #[test]
    fn more_is_said_the_more_is_wanted() {
        let said =
            |level, verbosity| notice(&message(level), verbosity, Style::default()).is_some();
        assert!(said(Level::Info, Verbosity::Normal) && !said(Level::Debug, Verbosity::Normal));
        assert!(said(Level::Debug, Verbosity::Verbose));
    }
}
