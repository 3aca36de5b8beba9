//! NDJSON events for programs: one JSON object a line on stdout, and nothing else there.
//!
//! Each line has `schema`, the version of the layout, `at`, the seconds since the beginning, and `type`, the name of the [`Event`] in snake case, then the event's fields.
//! Lengths are float seconds; paths are written by [`crate::export::path_text`]. The last line is of type `run_done`.
//! Programs must pass over types and fields that they do not know.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::event::Event;
use super::listener::Listener;
use super::output::unless_closed;

/// Counts incompatible changes of the lines.
const SCHEMA: u32 = 1;

/// Writes events to `out`.
pub(super) struct Ndjson<O> {
    out: O,
    /// The end of the run, held back until no other event can come.
    last: Option<(Event, Duration)>,
    written: Option<io::Result<()>>,
}

#[derive(Serialize)]
struct EventLine<'e> {
    schema: u32,
    at: f64,
    #[serde(flatten)]
    event: &'e Event,
}

impl<O: Write> Ndjson<O> {
    /// Returns a writer of lines.
    pub(super) fn new(out: O) -> Self {
        Self {
            out,
            last: None,
            written: None,
        }
    }

    fn write(&mut self, event: &Event, at: Duration) {
        if self.written.is_some() {
            return;
        }
        if let Err(error) = line(&mut self.out, event, at) {
            self.written = Some(unless_closed(Err(error)));
        }
    }
}

impl<O: Write + Send> Listener for Ndjson<O> {
    fn hear(&mut self, event: &Event, at: Duration) {
        match event {
            Event::RunDone { .. } => self.last = Some((event.clone(), at)),
            _ => self.write(event, at),
        }
    }

    fn end(&mut self) {
        if let Some((event, at)) = self.last.take() {
            self.write(&event, at);
        }
    }

    fn output(&mut self) -> io::Result<()> {
        let written = self.written.take().unwrap_or(Ok(()));
        written.map_err(|error| io::Error::other(format!("standard output: {error}")))
    }
}

fn line(out: &mut impl Write, event: &Event, at: Duration) -> io::Result<()> {
    let at = at.as_micros() as f64 / 1e6;
    let mut line = serde_json::to_vec(&EventLine {
        schema: SCHEMA,
        at,
        event,
    })?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Degradation, Level, Warning};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn written(events: &[Event]) -> String {
        let mut ndjson = Ndjson::new(Vec::new());
        events
            .iter()
            .for_each(|event| ndjson.hear(event, Duration::from_millis(1500)));
        ndjson.end();
        ndjson.output().unwrap();
        String::from_utf8(ndjson.out).unwrap()
    }

    fn run_done() -> Event {
        let wall = Duration::from_millis(1250);
        Event::RunDone {
            done: 1,
            failed: 0,
            cancelled: 0,
            exit_code: 0,
            wall,
        }
    }

    #[test]
    fn run_done_is_the_last_line_whatever_comes_late() {
        let late = Event::Degraded {
            degradation: Degradation::Device {
                model: "yunet".into(),
                reason: "cpu: no GPU".into(),
            },
        };
        assert_eq!(
            written(&[run_done(), late]),
            "{\"schema\":1,\"at\":1.5,\"type\":\"degraded\",\"message\":\"yunet runs on cpu: no GPU\",\"class\":\"device\",\
             \"model\":\"yunet\",\"reason\":\"cpu: no GPU\"}\n\
             {\"schema\":1,\"at\":1.5,\"type\":\"run_done\",\"done\":1,\"failed\":0,\"cancelled\":0,\"exit_code\":0,\"wall\":1.25}\n"
        );
    }

    #[test]
    fn a_warning_has_its_text_its_class_and_its_data() {
        let warned = Event::Warned {
            job: Some("a".into()),
            warning: Warning::DamagedAudio { segments: 3 },
        };
        assert_eq!(
            written(&[warned]),
            "{\"schema\":1,\"at\":1.5,\"type\":\"message\",\"job\":\"a\",\"level\":\"warn\",\
             \"text\":\"3 damaged segments of sound skipped\",\"class\":\"damaged_audio\",\"segments\":3}\n"
        );
    }

    #[test]
    fn any_name_and_number_makes_a_line_that_parses() {
        let started = Event::JobStarted {
            job: "a".into(),
            input: OsStr::from_bytes(b"caf\xe9\n.mp4").into(),
            video_seconds: Some(f64::NAN),
            clip_seconds: 0.0,
        };
        let said = Event::Message {
            level: Level::Info,
            job: None,
            text: "\u{0}\n\"".into(),
        };
        let out = written(&[started, said]);
        let lines: Vec<serde_json::Value> = out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["input"], "bytes:caf%E9\n.mp4");
    }

    #[test]
    fn a_full_disk_is_told_and_a_closed_pipe_is_not() {
        struct Broken(io::ErrorKind);
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let output = |kind| {
            let mut ndjson = Ndjson::new(Broken(kind));
            let job = "a".into();
            ndjson.hear(&Event::JobWaits { job }, Duration::ZERO);
            ndjson.output()
        };
        assert!(output(io::ErrorKind::StorageFull).is_err());
        assert!(output(io::ErrorKind::BrokenPipe).is_ok());
    }
}
