//! Reporter thread: hears all events, adds them up and hands them to the listeners, each of which has a thread of its own.

use std::io::{self, stderr, stdout};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use indicatif::ProgressDrawTarget;

use super::bars::ProgressBars;
use super::event::Event;
use super::hooks::{HookRunner, Hooks};
use super::lines::Lines;
use super::listener::Listener;
use super::metrics::MetricsFile;
use super::ndjson::Ndjson;
use super::notice::{Notices, Verbosity};
use super::performance::Performance;
use super::status::StatusFile;
use super::style::{self, Color, Style};
use super::trace::TraceFile;
use super::warning::Warning;

/// Events that may wait for the reporter, which only adds up and hands on.
const QUEUE: usize = 1024;
/// Events that may wait for one listener: some 20 MiB. A slower one goes without the details that come then.
const BACKLOG: usize = 65_536;

/// What goes to stdout while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputFormat {
    /// Nothing; progress goes to stderr.
    #[default]
    Text,
    /// One JSON object for each event; messages still go to stderr.
    Ndjson,
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReporterOptions {
    /// What goes to stdout.
    pub format: OutputFormat,
    /// How much goes to stderr.
    pub verbosity: Verbosity,
    /// How stderr looks.
    pub style: Style,
    /// Whether stderr is a terminal that can show bars.
    pub terminal: bool,
}

impl ReporterOptions {
    /// Returns the options for the streams as they are now.
    pub fn new(format: OutputFormat, verbosity: Verbosity, color: Color) -> Self {
        Self {
            format,
            verbosity,
            style: Style::of_stderr(color),
            terminal: style::terminal(),
        }
    }
}

/// Files that are written while a run goes on, and who else hears of it.
#[derive(Default)]
pub struct ReporterFiles {
    /// For who asks how far it is.
    pub status: Option<StatusFile>,
    /// For Prometheus.
    pub metrics: Option<MetricsFile>,
    /// For Perfetto.
    pub trace: Option<TraceFile>,
    /// Commands that are told of ends.
    pub hooks: Hooks,
}

impl ReporterFiles {
    fn listeners(self) -> impl Iterator<Item = Box<dyn Listener>> {
        let status = self.status.map(|file| Box::new(file) as Box<dyn Listener>);
        let metrics = self.metrics.map(|file| Box::new(file) as Box<dyn Listener>);
        let trace = self.trace.map(|file| Box::new(file) as Box<dyn Listener>);
        let has_hooks = self.hooks != Hooks::default();
        let hooks = has_hooks.then(|| Box::new(HookRunner::new(self.hooks)) as Box<dyn Listener>);
        [status, metrics, trace, hooks].into_iter().flatten()
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
    pub fn start(
        options: ReporterOptions,
        files: ReporterFiles,
    ) -> io::Result<(Sender<Event>, Self)> {
        let listeners = listeners_for(options).into_iter().chain(files.listeners());
        let ears = listeners.map(|listener| Ear::open(listener, BACKLOG));
        let mut ears = ears.collect::<io::Result<Vec<Ear>>>()?;
        let (sender, events) = bounded(QUEUE);
        let listen = move || {
            let performance = listen(&events, &mut ears);
            let at = performance.wall;
            (performance, finish(ears, at))
        };
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

fn listeners_for(options: ReporterOptions) -> Vec<Box<dyn Listener>> {
    let ReporterOptions {
        format,
        verbosity,
        style,
        terminal,
    } = options;
    match format {
        OutputFormat::Ndjson => vec![
            Box::new(Ndjson::new(stdout())),
            Box::new(Notices::new(stderr(), verbosity, style)),
        ],
        OutputFormat::Text if terminal && verbosity > Verbosity::Quiet => {
            let target = ProgressDrawTarget::stderr();
            let look = (verbosity, style);
            let bars = ProgressBars::new(target, style::columns, look);
            vec![Box::new(bars.hiding_keys())]
        }
        OutputFormat::Text => vec![Box::new(Lines::new(stderr(), verbosity, style))],
    }
}

/// An event, and how long after the beginning it was heard.
type HeardEvent = (Arc<Event>, Duration);

/// A listener at work.
struct Ear {
    queue: Sender<HeardEvent>,
    /// Events that may wait before details are left out.
    backlog: usize,
    /// Details it was too slow for.
    dropped: u64,
    thread: JoinHandle<io::Result<()>>,
}

impl Ear {
    fn open(mut listener: Box<dyn Listener>, backlog: usize) -> io::Result<Self> {
        let (queue, heard) = unbounded::<HeardEvent>();
        let listen = move || {
            for (event, at) in heard {
                listener.hear(&event, at);
            }
            listener.end();
            listener.output()
        };
        let thread = thread::Builder::new()
            .name("listener".into())
            .spawn(listen)?;
        Ok(Self {
            queue,
            backlog,
            dropped: 0,
            thread,
        })
    }

    /// Hands an event on; never waits.
    fn tell(&mut self, heard: HeardEvent) {
        if heard.0.is_detail() && self.queue.len() >= self.backlog {
            self.dropped += 1;
        } else {
            // A listener that panicked is found out at the end.
            let _ = self.queue.send(heard);
        }
    }

    /// Waits until the listener has shown all, and returns what kept data from stdout.
    fn close(self, at: Duration) -> io::Result<()> {
        if self.dropped > 0 {
            let events = self.dropped;
            let (job, warning) = (None, Warning::EventsDropped { events });
            let _ = self
                .queue
                .send((Arc::new(Event::Warned { job, warning }), at));
        }
        drop(self.queue);
        self.thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn listen(events: &Receiver<Event>, ears: &mut [Ear]) -> Performance {
    let begun = Instant::now();
    let mut performance = Performance::default();
    for event in events {
        let at = begun.elapsed();
        performance.hear(&event, at);
        let event = Arc::new(event);
        for ear in &mut *ears {
            ear.tell((Arc::clone(&event), at));
        }
    }
    performance
}

/// Closes all listeners and returns the first failure.
fn finish(ears: Vec<Ear>, at: Duration) -> io::Result<()> {
    let ends: Vec<_> = ears.into_iter().map(|ear| ear.close(at)).collect();
    ends.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Stage;

    #[test]
    fn the_reporter_ends_with_its_last_sender() {
        let options = ReporterOptions {
            format: OutputFormat::Text,
            verbosity: Verbosity::Quiet,
            style: Style::default(),
            terminal: false,
        };
        let (events, reporter) = Reporter::start(options, ReporterFiles::default()).unwrap();
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

    /// Hears nothing before it is told to.
    struct Slow(Receiver<()>, Sender<String>);

    impl Listener for Slow {
        fn hear(&mut self, event: &Event, _: Duration) {
            // Once the gate is gone it hears as fast as it can.
            let _ = self.0.recv();
            if let Event::Warned { warning, .. } = event {
                self.1.send(warning.to_string()).unwrap();
            }
        }
    }

    struct Counts(Sender<()>);

    impl Listener for Counts {
        fn hear(&mut self, _: &Event, _: Duration) {
            self.0.send(()).unwrap();
        }
    }

    #[test]
    fn a_slow_listener_holds_up_itself_alone_and_is_told_what_it_missed() {
        let (gate, closed) = bounded(0);
        let (told, warnings) = unbounded();
        let (counted, counts) = unbounded();
        let mut slow = Ear::open(Box::new(Slow(closed, told)), 16).unwrap();
        let mut quick = Ear::open(Box::new(Counts(counted)), 16).unwrap();
        let detail = Arc::new(Event::JobProgress {
            job: "a".into(),
            stage: Stage::Decode,
            seconds: 1.0,
        });
        for _ in 0..16 + 10 {
            slow.tell((Arc::clone(&detail), Duration::ZERO));
            quick.tell((Arc::clone(&detail), Duration::ZERO));
            counts.recv().unwrap();
        }
        // The slow one may have taken one event off its queue.
        assert!((9..=10).contains(&slow.dropped), "{}", slow.dropped);
        let missed = slow.dropped;
        let job = Arc::new(Event::JobWaits { job: "a".into() });
        slow.tell((job, Duration::ZERO));
        assert_eq!(slow.dropped, missed, "only details are left out");
        drop(gate);
        finish(vec![slow, quick], Duration::ZERO).unwrap();
        let expected = Warning::EventsDropped { events: missed }.to_string();
        assert_eq!(warnings.iter().collect::<Vec<_>>(), [expected]);
    }
}
