//! The thread that hears all events, shows them and adds them up.

use std::io::{self, stderr, stdout};
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use indicatif::ProgressDrawTarget;

use super::bars::Bars;
use super::event::Event;
use super::lines::Lines;
use super::ndjson::Ndjson;
use super::notice::Verbosity;
use super::performance::Performance;
use super::style::{self, Color, Style};

/// Events that may wait: a slow terminal slows the stages down before it fills the memory.
const QUEUE: usize = 1024;

/// What goes to stdout while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Nothing; progress goes to stderr.
    #[default]
    Text,
    /// One JSON object for each event; messages still go to stderr.
    Ndjson,
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What goes to stdout.
    pub format: Format,
    /// How much goes to stderr.
    pub verbosity: Verbosity,
    /// How stderr looks.
    pub style: Style,
    /// Whether stderr is a terminal that can show bars.
    pub terminal: bool,
}

impl Options {
    /// Returns the options for the streams as they are now.
    pub fn new(format: Format, verbosity: Verbosity, color: Color) -> Self {
        Self {
            format,
            verbosity,
            style: Style::of_stderr(color),
            terminal: style::terminal(),
        }
    }
}

/// Shows events; it has a time of its own and never waits for one.
pub(super) trait Listener {
    /// Shows one event, heard `at` so long after the beginning.
    fn hear(&mut self, event: &Event, at: Duration);

    /// Cleans up when no other event can come.
    fn end(&mut self) {}

    /// Returns what kept data from stdout; a closed pipe is nothing.
    fn output(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread `reporter`.
#[derive(Debug)]
pub struct Reporter {
    thread: JoinHandle<(Performance, io::Result<()>)>,
}

impl Reporter {
    /// Starts to hear; the thread ends when every clone of the sender is gone.
    ///
    /// Errors come from the system when it cannot start a thread.
    pub fn start(options: Options) -> io::Result<(Sender<Event>, Self)> {
        let (sender, events) = bounded(QUEUE);
        let listen = move || listen(&events, &mut *listener(options));
        let thread = thread::Builder::new()
            .name("reporter".into())
            .spawn(listen)?;
        Ok((sender, Self { thread }))
    }

    /// Waits for the last event and returns what all of them add up to, and whether stdout took all of its lines.
    ///
    /// Drop every sender before: this waits for them.
    pub fn finish(self) -> (Performance, io::Result<()>) {
        self.thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn listener(options: Options) -> Box<dyn Listener> {
    let Options {
        format,
        verbosity,
        style,
        terminal,
    } = options;
    match format {
        Format::Ndjson => Box::new(Ndjson::new(stdout(), stderr(), verbosity, style)),
        Format::Text if terminal && verbosity > Verbosity::Quiet => {
            Box::new(Bars::new(ProgressDrawTarget::stderr(), verbosity, style))
        }
        Format::Text => Box::new(Lines::new(stderr(), verbosity, style)),
    }
}

fn listen(events: &Receiver<Event>, listener: &mut dyn Listener) -> (Performance, io::Result<()>) {
    let begun = Instant::now();
    let mut performance = Performance::default();
    for event in events {
        let at = begun.elapsed();
        performance.hear(&event, at);
        listener.hear(&event, at);
    }
    listener.end();
    (performance, listener.output())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reporter_ends_with_its_last_sender() {
        let options = Options {
            format: Format::Text,
            verbosity: Verbosity::Quiet,
            style: Style::default(),
            terminal: false,
        };
        let (events, reporter) = Reporter::start(options).unwrap();
        thread::scope(|scope| {
            for worker in 0..4 {
                let events = events.clone();
                scope.spawn(move || {
                    for job in 0..500 {
                        let (job, input) = (format!("{worker}-{job}"), "a.mp4".into());
                        events.send(Event::JobPlanned { job, input }).unwrap();
                    }
                });
            }
        });
        drop(events);
        let (performance, output) = reporter.finish();
        assert_eq!(performance.jobs().len(), 2000);
        assert!(output.is_ok());
    }
}
