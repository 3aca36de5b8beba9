//! Which events are worth a line for people, whatever else is shown. Pure.

use super::event::{Event, JobOutcome, Level};
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

/// Returns the line for a message, a degradation or a failed job, without line end.
pub(super) fn notice(event: &Event, verbosity: Verbosity, style: Style) -> Option<String> {
    match event {
        Event::Message { level, job, text } => {
            let wanted = verbosity >= least(*level);
            wanted.then(|| format!("{}{}", word(*level, style), of_job(job.as_deref(), text)))
        }
        Event::Degraded { message } => {
            Some(format!("{}{}", word(Level::Warn, style), one_line(message)))
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
    use std::time::Duration;

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
