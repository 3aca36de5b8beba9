//! Trace of a run for Perfetto and Chrome: a lane for each thread, memory and cores above them.
//!
//! The format is the Trace Event Format: complete events (`X`) in microseconds, names of threads (`M`), counters (`C`).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::event::Event;
use super::listener::Listener;
use super::span::{Span, UsageSample};
use crate::export::{self, Draft};

/// Bytes that are written at once.
const CHUNK: usize = 1 << 16;

/// Writes a trace while the run goes on; the file has its name when it is whole.
#[derive(Debug)]
pub struct TraceFile {
    draft: Option<Draft>,
    waiting: Vec<u8>,
    lanes: BTreeMap<String, usize>,
    before: Option<UsageSample>,
    failed: Option<export::Error>,
    path: PathBuf,
}

impl TraceFile {
    /// Returns the trace of a run that begins.
    ///
    /// # Errors
    /// When there can be no such file.
    pub fn create(path: &Path) -> Result<Self, export::Error> {
        Ok(Self {
            draft: Some(Draft::create(path)?),
            waiting: b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n".to_vec(),
            lanes: BTreeMap::new(),
            before: None,
            failed: None,
            path: path.to_owned(),
        })
    }

    fn worked(&mut self, span: &Span) {
        let lane = self.lane(&span.lane);
        // The wait for something to work on comes first, and is left blank.
        let begun = span.begun + span.wait.saturating_sub(span.wait_room);
        self.add(&json!({
            "ph": "X", "name": span.stage.name(), "cat": "stage", "pid": 1, "tid": lane,
            "ts": micros(begun), "dur": micros(span.ended.saturating_sub(begun)),
            "args": {
                "job": span.job, "items": span.items, "bytes": span.bytes,
                "cpu_ms": millis(span.cpu), "wait_for_room_ms": millis(span.wait_room),
            },
        }));
    }

    fn sampled(&mut self, sample: &UsageSample) {
        let at = micros(sample.time);
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let held = &sample.held;
        let memory = json!({ "resident MiB": mib(sample.rss_bytes) });
        let in_flight = json!({
            "pictures MiB": mib(held.pictures), "windows MiB": mib(held.windows),
            "analyses MiB": mib(held.waiting),
        });
        self.count("memory", at, &memory);
        self.count("in flight", at, &in_flight);
        if let Some(before) = self.before.replace(*sample) {
            let passed = sample.time.saturating_sub(before.time).as_secs_f64();
            let worked = sample.cpu.saturating_sub(before.cpu).as_secs_f64();
            let cores = if passed > 0.0 { worked / passed } else { 0.0 };
            self.count("cores", at, &json!({ "at work": cores }));
        }
    }

    fn count(&mut self, name: &str, at: u64, values: &Value) {
        self.add(&json!({ "ph": "C", "name": name, "pid": 1, "tid": 0, "ts": at, "args": values }));
    }

    /// Returns the number of a thread, and names it when it is first heard of.
    fn lane(&mut self, name: &str) -> usize {
        if let Some(&number) = self.lanes.get(name) {
            return number;
        }
        let number = self.lanes.len() + 1;
        self.lanes.insert(name.to_owned(), number);
        let args = json!({ "name": name });
        self.add(
            &json!({ "ph": "M", "name": "thread_name", "pid": 1, "tid": number, "args": args }),
        );
        number
    }

    fn add(&mut self, event: &Value) {
        self.waiting.extend(event.to_string().as_bytes());
        self.waiting.extend(b",\n");
        if self.waiting.len() >= CHUNK {
            self.write();
        }
    }

    fn write(&mut self) {
        let bytes = std::mem::take(&mut self.waiting);
        if let Some(draft) = &mut self.draft
            && let Err(error) = draft.write(&bytes)
        {
            self.failed = Some(error);
            self.draft = None;
        }
    }
}

impl Listener for TraceFile {
    fn hear(&mut self, event: &Event, _: Duration) {
        match event {
            Event::Span(span) => self.worked(span),
            Event::Sampled(sample) => self.sampled(sample),
            _ => {}
        }
    }

    fn end(&mut self) {
        // An event without a comma behind it ends the list.
        let name =
            json!({ "ph": "M", "name": "process_name", "pid": 1, "args": { "name": "opusclip" } });
        self.waiting.extend(format!("{name}\n]}}\n").as_bytes());
        self.write();
        if let Some(Err(error)) = self.draft.take().map(Draft::publish) {
            self.failed = Some(error);
        }
    }

    fn output(&mut self) -> io::Result<()> {
        let place = self.path.display();
        let told = |error| io::Error::other(format!("{place}: no trace was written: {error}"));
        self.failed.take().map_or(Ok(()), |error| Err(told(error)))
    }
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}

fn millis(length: Duration) -> f64 {
    length.as_micros() as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Stage;

    #[test]
    fn a_trace_is_loaded_back_with_a_lane_for_each_thread() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("trace.json");
        let mut trace = TraceFile::create(&path).unwrap();
        let span = |lane: &str| Span {
            lane: lane.into(),
            begun: Duration::from_secs(2),
            ended: Duration::from_secs(5),
            ..Span::of(
                "a \"job\"",
                Stage::Shots,
                3,
                Duration::from_secs(2),
                Duration::from_secs(1),
            )
        };
        for lane in ["shots-0", "job-0", "shots-0"] {
            trace.hear(&Event::Span(span(lane)), Duration::ZERO);
        }
        for second in 0..2 {
            let sample = UsageSample {
                time: Duration::from_secs(second),
                cpu: Duration::from_secs(2 * second),
                ..UsageSample::default()
            };
            trace.hear(&Event::Sampled(sample), Duration::ZERO);
        }
        assert!(!path.exists(), "it has its name when it is whole");
        trace.end();
        trace.output().unwrap();
        let read: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let events = read["traceEvents"].as_array().unwrap();
        let of = |kind: &str| -> Vec<&Value> {
            events.iter().filter(|event| event["ph"] == kind).collect()
        };
        let spans = of("X");
        assert_eq!(spans.len(), 3);
        assert_eq!(
            (&spans[0]["ts"], &spans[0]["dur"]),
            (&json!(3_000_000), &json!(2_000_000))
        );
        assert_eq!(
            (&spans[0]["tid"], &spans[1]["tid"]),
            (&spans[2]["tid"], &json!(2))
        );
        assert_eq!(spans[0]["args"]["job"], "a \"job\"");
        let names: Vec<&Value> = of("M").iter().map(|event| &event["args"]["name"]).collect();
        assert_eq!(names, ["shots-0", "job-0", "opusclip"]);
        let cores = of("C")
            .into_iter()
            .find(|event| event["name"] == "cores")
            .unwrap();
        assert_eq!(cores["args"]["at work"], 2.0);
    }

    #[test]
    fn a_trace_that_cannot_be_written_is_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.json");
        let mut trace = TraceFile::create(&path).unwrap();
        drop(folder);
        trace.end();
        let told = trace.output().unwrap_err().to_string();
        assert!(
            told.starts_with(&format!("{}: no trace", path.display())),
            "{told}"
        );
    }
}
