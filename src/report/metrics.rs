//! Metrics of a run as Prometheus reads them from a text file: no time stamps, written whole or not at all.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::event::Event;
use super::facts::RunFacts;
use super::json::{CacheLevel, RunOutcome, RunReport, StageRow};
use super::listener::Listener;
use super::performance::Performance;
use crate::clock;
use crate::export;

/// Between two versions of the file.
const PAUSE: Duration = Duration::from_secs(15);
/// The metric that is carried on from run to run.
const LAST_SUCCESS: &str = "opusclip_last_success_timestamp_seconds";

/// When runs ended, in seconds since 1970; none while the first goes on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RunTimes {
    /// The last run.
    pub last_run: Option<f64>,
    /// The last that went well.
    pub last_success: Option<f64>,
}

impl RunTimes {
    /// Returns the times that a metrics file tells; none where there is no such file.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.parse().ok())
        };
        Self {
            last_run: value("opusclip_last_run_timestamp_seconds"),
            last_success: value(LAST_SUCCESS),
        }
    }
}

/// Writes the metrics of a run under way, every 15 s.
pub struct MetricsFile {
    path: PathBuf,
    times: RunTimes,
    performance: Performance,
    written: Duration,
}

impl MetricsFile {
    /// Returns the metrics of a run that begins, in the file at `path`.
    pub fn new(path: PathBuf) -> Self {
        Self {
            times: RunTimes::read(&path),
            path,
            performance: Performance::default(),
            written: Duration::ZERO,
        }
    }
}

impl Listener for MetricsFile {
    fn hear(&mut self, event: &Event, at: Duration) {
        self.performance.hear(event, at);
        if at < self.written + PAUSE {
            return;
        }
        self.written = at;
        let mut facts = RunFacts::default();
        facts.memory.peak_rss_bytes = clock::peak_rss();
        let text = metrics_text(&RunReport::new(&self.performance, facts), &self.times);
        // The next version may be written again.
        let _ = export::write_atomic(&self.path, text.as_bytes());
    }
}

/// Returns the metrics of a run.
pub fn metrics_text(report: &RunReport, times: &RunTimes) -> String {
    let mut page = MetricsPage::default();
    page.jobs(report);
    page.stages(&report.stages);
    page.answers(&report.stages);
    page.cache(report);
    page.machine(report);
    let ended = [
        (
            "last_run_timestamp_seconds",
            "When the last run ended.",
            times.last_run,
        ),
        (
            "last_success_timestamp_seconds",
            "When the last run ended that did all its jobs.",
            times.last_success,
        ),
    ];
    for (name, help, time) in ended {
        page.metric(name, "gauge", help, time.map(|time| (vec![], time)));
    }
    page.0
}

/// The text, metric by metric.
#[derive(Default)]
struct MetricsPage(String);

type Labels<'a> = Vec<(&'a str, &'a str)>;

impl MetricsPage {
    fn jobs(&mut self, report: &RunReport) {
        let ends = [
            ("done", RunOutcome::Done),
            ("failed", RunOutcome::Failed),
            ("cancelled", RunOutcome::Cancelled),
        ];
        let jobs = ends.map(|(name, end)| (vec![("status", name)], report.count(end) as f64));
        self.metric(
            "jobs_total",
            "counter",
            "Jobs of the run by how they ended.",
            jobs,
        );
        let clips = report.clips() as f64;
        self.one("clips_total", "counter", "Clips of the run.", clips);
        let help = "Seconds of video of the jobs that are done.";
        self.one("video_seconds_total", "counter", help, report.video_seconds);
        let tries: u32 = report
            .jobs
            .iter()
            .map(|job| job.attempts.saturating_sub(1))
            .sum();
        self.one(
            "retries_total",
            "counter",
            "Jobs tried again.",
            f64::from(tries),
        );
        let help = "What was done otherwise than asked.";
        self.one(
            "degradations_total",
            "counter",
            help,
            report.degradations.len() as f64,
        );
        let help = "Limits of [alerts] that the run has passed.";
        self.one("alerts", "gauge", help, report.alerts.len() as f64);
    }

    fn stages(&mut self, stages: &[StageRow]) {
        let of = |value| by_stage(stages, value);
        let help = "Items that went through a stage.";
        self.metric(
            "async_operations_total",
            "counter",
            help,
            of(|stage| stage.items as f64),
        );
        let kinds = stages.iter().flat_map(|stage| {
            [
                ("wall", stage.wall_seconds),
                ("cpu", stage.cpu_seconds),
                ("wait", stage.wait_seconds),
            ]
            .map(|(kind, seconds)| (vec![("stage", name_of(stage)), ("kind", kind)], seconds))
        });
        let help = "Seconds that the threads of a stage worked, computed and waited.";
        self.metric("processing_time_seconds", "gauge", help, kinds);
    }

    fn answers(&mut self, stages: &[StageRow]) {
        let of = |value| by_stage(stages, value);
        let help = "Answers that the cache knew.";
        self.metric(
            "cache_hits_total",
            "counter",
            help,
            of(|stage| stage.cache_hits as f64),
        );
        let help = "Answers that had to be computed.";
        self.metric(
            "cache_misses_total",
            "counter",
            help,
            of(|stage| stage.cache_misses as f64),
        );
        let help = "Seconds that look-ups in the cache took.";
        self.metric(
            "store_op_time_seconds",
            "gauge",
            help,
            of(|stage| stage.cache_seconds),
        );
    }

    fn cache(&mut self, report: &RunReport) {
        let of = |value: fn(&CacheLevel) -> u64| {
            let row = move |level| (vec![("level", name_of_level(level))], value(level) as f64);
            report.cache.levels.iter().map(row)
        };
        let bytes = of(|level| level.bytes);
        self.metric(
            "cache_size_bytes",
            "gauge",
            "Bytes that a level of the cache holds.",
            bytes,
        );
        let evicted = of(|level| level.evictions);
        self.metric(
            "cleanup_events_total",
            "counter",
            "Records given up for room.",
            evicted,
        );
    }

    fn machine(&mut self, report: &RunReport) {
        let memory = [
            (vec![("kind", "peak")], report.memory.peak_rss_bytes as f64),
            (
                vec![("kind", "pictures")],
                report.memory.peak_held_bytes as f64,
            ),
        ];
        let help = "Bytes of memory that the run used at most, and of them pictures in flight.";
        self.metric("memory_usage_bytes", "gauge", help, memory);
        let busy = report
            .score
            .map(|score| (vec![("resource", "cpu")], 100.0 * score));
        let help = "Share of a resource that the run used.";
        self.metric("resource_usage_percent", "gauge", help, busy);
        self.one(
            "run_seconds",
            "gauge",
            "Seconds that the run took.",
            report.wall_seconds,
        );
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.metric(name, kind, help, [(vec![], value)]);
    }

    /// Adds a metric with its values; one without any is left out.
    fn metric<'a>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        values: impl IntoIterator<Item = (Labels<'a>, f64)>,
    ) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return;
        }
        // Text takes any text.
        let _ = writeln!(self.0, "# HELP opusclip_{name} {help}");
        let _ = writeln!(self.0, "# TYPE opusclip_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(self.0, "opusclip_{name}{} {value}", shown(&labels));
        }
    }
}

/// Returns one value of each stage.
fn by_stage(
    stages: &[StageRow],
    value: fn(&StageRow) -> f64,
) -> impl Iterator<Item = (Labels<'_>, f64)> {
    let row = move |stage| (vec![("stage", name_of(stage))], value(stage));
    stages.iter().map(row)
}

fn name_of_level(level: &CacheLevel) -> &str {
    &level.name
}

fn name_of(stage: &StageRow) -> &str {
    &stage.name
}

fn shown(labels: &Labels<'_>) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let one = |(name, value): &(&str, &str)| {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    let all: Vec<String> = labels.iter().map(one).collect();
    format!("{{{}}}", all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::JobOutcome;
    use tempfile::TempDir;

    fn done() -> Event {
        Event::JobDone {
            job: "a".into(),
            outcome: JobOutcome::Done,
            attempts: 3,
            wall: Duration::ZERO,
            video_seconds: 60.0,
            clips: 2,
            folder: "out".into(),
        }
    }

    fn text(times: &RunTimes) -> String {
        let mut performance = Performance::default();
        performance.hear(&done(), Duration::ZERO);
        metrics_text(&RunReport::new(&performance, RunFacts::default()), times)
    }

    #[test]
    fn every_value_stands_under_its_help_and_type() {
        let text = text(&RunTimes::default());
        assert!(
            text.contains(
                "# TYPE opusclip_jobs_total counter\nopusclip_jobs_total{status=\"done\"} 1\n"
            ),
            "{text}"
        );
        assert!(
            text.contains("opusclip_clips_total 2\n")
                && text.contains("opusclip_retries_total 2\n")
        );
        assert!(!text.contains(LAST_SUCCESS), "nothing is known of it");
        let names = text.lines().filter(|line| !line.starts_with('#'));
        assert!(names.clone().all(|line| line.starts_with("opusclip_")) && names.count() > 8);
    }

    #[test]
    fn labels_are_escaped() {
        assert_eq!(
            shown(&vec![("stage", "a\"b\\c\nd")]),
            "{stage=\"a\\\"b\\\\c\\nd\"}"
        );
    }

    #[test]
    fn the_last_success_is_carried_on_and_the_file_written_now_and_then() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("opusclip.prom");
        let times = RunTimes {
            last_run: Some(20.0),
            last_success: Some(10.5),
        };
        std::fs::write(&path, text(&times)).unwrap();
        assert_eq!(RunTimes::read(&path), times);
        let mut file = MetricsFile::new(path.clone());
        std::fs::remove_file(&path).unwrap();
        file.hear(&done(), Duration::from_secs(14));
        assert!(!path.exists());
        file.hear(&done(), Duration::from_secs(15));
        assert_eq!(RunTimes::read(&path), times);
        assert_eq!(
            RunTimes::read(&folder.path().join("none")),
            RunTimes::default()
        );
    }
}
