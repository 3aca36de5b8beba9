//! Run history: a line a run, trends, and one run against another. Pure.

use super::bench::{Better, Comparison, Series, compare, comparison_table};
use super::json::{RunOutcome, RunReport};
use super::table::table;
use super::text::time;

/// A change of fewer per cent is none.
const ALLOWED_PERCENT: f64 = 5.0;

/// Returns a line a run, in the order given.
pub fn history_table(runs: &[RunReport]) -> String {
    let titles = [
        "run", "outcome", "jobs", "video", "wall", "realtime", "peak MiB", "hits",
    ];
    let rows = runs.iter().map(|run| {
        let failed = run.count(RunOutcome::Failed);
        let jobs = match failed {
            0 => run.jobs.len().to_string(),
            _ => format!("{} ({failed} failed)", run.jobs.len()),
        };
        [
            run.run_id.clone(),
            format!("{:?}", run.outcome).to_lowercase(),
            jobs,
            time(run.video_seconds),
            time(run.wall_seconds),
            shown(run.realtime_factor, "x"),
            (run.memory.peak_rss_bytes >> 20).to_string(),
            shown(hit_share(run).map(|share| 100.0 * share), " %"),
        ]
    });
    let titles = titles.map(str::to_owned);
    table(&[titles].into_iter().chain(rows).collect::<Vec<_>>())
}

/// Returns how the later half of the runs differs from the earlier half; the runs stand by time.
///
/// Fewer than three runs in a half have no noise to tell from change.
pub fn trend(runs: &[RunReport]) -> Vec<Comparison> {
    let (earlier, later) = runs.split_at(runs.len() / 2);
    let both = [quantities(earlier), quantities(later)];
    compare(&both[0], &both[1], ALLOWED_PERCENT)
}

/// Returns the [`trend`] as a table.
pub fn trend_table(runs: &[RunReport]) -> String {
    comparison_table(&trend(runs))
}

/// Returns what one run took and used against another, stage by stage, and whether they did the same jobs.
pub fn difference_table(before: &RunReport, now: &RunReport) -> String {
    let titles = ["", "before", "now", "change"].map(str::to_owned);
    let latest = figures(now);
    let rows = figures(before).into_iter().filter_map(|(name, old)| {
        let (_, new) = latest.iter().find(|(other, _)| *other == name)?;
        let change = if old > 0.0 {
            format!("{:+.1} %", 100.0 * (new / old - 1.0))
        } else {
            "-".to_owned()
        };
        Some([name, format!("{old:.2}"), format!("{new:.2}"), change])
    });
    let mut text = table(&[titles].into_iter().chain(rows).collect::<Vec<_>>());
    let inputs =
        |run: &RunReport| -> Vec<_> { run.jobs.iter().map(|job| job.input.clone()).collect() };
    if inputs(before) != inputs(now) {
        text.push_str("the runs did not work on the same videos\n");
    }
    if (&before.devices, before.cores) != (&now.devices, now.cores) {
        text.push_str("the runs were on different machines or devices\n");
    }
    text
}

/// Returns the figures of a run by name: those of the whole, then the processor time of each stage.
fn figures(run: &RunReport) -> Vec<(String, f64)> {
    let whole = [
        ("wall s", Some(run.wall_seconds)),
        ("realtime x", run.realtime_factor),
        ("peak MiB", Some((run.memory.peak_rss_bytes >> 20) as f64)),
        ("hits %", hit_share(run).map(|share| 100.0 * share)),
        ("score", run.score),
    ];
    let whole = whole
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let stages = run.stages.iter();
    let stages = stages.map(|stage| (format!("{} cpu s", stage.name), stage.cpu_seconds));
    whole.chain(stages).collect()
}

/// Returns what is followed from run to run; a run without one of them has no part in it.
fn quantities(runs: &[RunReport]) -> Vec<Series> {
    let of = |name: &str, better, value: fn(&RunReport) -> Option<f64>| {
        let values = runs.iter().filter_map(value).collect();
        Series::new(name, "", better, values)
    };
    vec![
        of("realtime x", Better::Higher, |run| run.realtime_factor),
        of("peak MiB", Better::Lower, |run| {
            Some((run.memory.peak_rss_bytes >> 20) as f64)
        }),
        of("hits", Better::Higher, hit_share),
    ]
}

/// Returns the share of the questions to the cache that it answered, 0..1; `None` where nothing was asked.
fn hit_share(run: &RunReport) -> Option<f64> {
    let sum = |count: fn(&super::StageRow) -> u64| run.stages.iter().map(count).sum::<u64>() as f64;
    let (hits, misses) = (
        sum(|stage| stage.cache_hits),
        sum(|stage| stage.cache_misses),
    );
    (hits + misses > 0.0).then(|| hits / (hits + misses))
}

fn shown(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CacheAsked, Event, JobOutcome, MemoryUse, Performance, RunFacts, Span};
    use crate::timeline::Stage;
    use std::time::Duration;

    /// A run over a minute of video that takes so many seconds, all of them decoding.
    fn run(id: &str, seconds: u64) -> RunReport {
        let wall = Duration::from_secs(seconds);
        let mut performance = Performance::default();
        performance.run_id = id.to_owned();
        let span = Span::of("talk", Stage::Decode, 1500, wall, Duration::ZERO);
        let asked = CacheAsked::of("talk", Stage::Decode, false);
        let done = Event::JobDone {
            job: "talk".into(),
            outcome: JobOutcome::Done,
            attempts: 1,
            wall,
            video_seconds: 60.0,
            clips: 0,
            folder: "out".into(),
        };
        [Event::Span(span), Event::CacheAsked(asked), done]
            .iter()
            .for_each(|event| performance.hear(event, wall));
        performance.wall = wall;
        let memory = MemoryUse {
            peak_rss_bytes: 900 << 20,
            ..MemoryUse::default()
        };
        RunReport::new(
            &performance,
            RunFacts {
                memory,
                ..RunFacts::default()
            },
        )
    }

    #[test]
    fn a_run_is_a_line() {
        let table = history_table(&[run("a", 30), run("b", 60)]);
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let row = [
            "a", "done", "1", "00:01:00", "30.0", "s", "2.0x", "900", "0.0", "%",
        ];
        assert_eq!((lines.len(), &lines[1][..]), (3, &row[..]));
    }

    #[test]
    fn half_as_fast_is_told_and_no_change_is_not() {
        let runs: Vec<RunReport> = [30, 30, 30, 60, 60, 60]
            .map(|seconds| run("x", seconds))
            .into();
        let text = trend_table(&runs);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[1].contains("-50.0 %") && lines[1].ends_with("worse"),
            "{text}"
        );
        assert!(lines[2].ends_with("same"), "{text}");
        assert!(
            trend_table(&[])
                .lines()
                .skip(1)
                .all(|line| line.ends_with("same"))
        );
    }

    #[test]
    fn a_run_stands_against_another_stage_by_stage() {
        let (before, mut now) = (run("a", 30), run("b", 60));
        let text = difference_table(&before, &now);
        let change = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(change("decode cpu s").ends_with("+100.0 %"), "{text}");
        assert!(change("realtime x").ends_with("-50.0 %"), "{text}");
        assert!(!text.contains("same videos"));
        now.jobs[0].input = Some("other.mp4".into());
        assert!(difference_table(&before, &now).ends_with("did not work on the same videos\n"));
    }
}
