//! Recommendations: one rule, one setting that would make the next run better. Pure.

use super::facts::RunFacts;
use super::json::{Recommendation, RunReport, StageRow};

/// Below this share of busy cores a run could be faster without less work.
const BUSY: f64 = 0.7;
/// From this share of its time on a stage's waiting is worth a word.
const MUCH_WAITING: f64 = 0.2;
/// From this share of all work on a stage is worth making cheaper.
const MOST_WORK: f64 = 0.5;
/// From this share on the memory budget counts as used up.
const USED_UP: f64 = 0.95;
/// Analysis of less than this is not worth keeping.
const WORTH_KEEPING_SECONDS: f64 = 1.0;
/// A run shorter than this mostly starts and stops.
const SHORT_RUN_SECONDS: f64 = 1.0;
/// x264's speeds, slowest first, as far as the picture stays good.
const PRESETS: [&str; 7] = [
    "veryslow", "slower", "slow", "medium", "fast", "faster", "veryfast",
];

type Rule = fn(&RunReport, &RunFacts) -> Option<Recommendation>;

const RULES: [Rule; 7] = [
    too_few_jobs,
    too_few_decode_threads,
    too_few_session_threads,
    too_little_memory,
    slow_preset,
    cache_off,
    cache_too_small,
];

/// Returns the recommendations for a run.
pub(super) fn recommend(report: &RunReport, facts: &RunFacts) -> Vec<Recommendation> {
    let found = RULES.iter().filter_map(|rule| rule(report, facts));
    found.collect()
}

fn too_few_jobs(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let useful = facts.cores.min(report.jobs.len());
    (idle(report) && facts.applied.jobs < useful).then(|| Recommendation {
        finding: "cores were idle while jobs waited".into(),
        evidence: format!(
            "{}, {} jobs at once of {}",
            busy(report),
            facts.applied.jobs,
            report.jobs.len()
        ),
        setting: format!("jobs = {useful}"),
    })
}

fn too_few_decode_threads(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let few_videos = report.jobs.len() < facts.cores;
    let single = facts.applied.decode_threads < facts.cores;
    (idle(report) && share_of(report, "decode").is_some() && few_videos && single).then(|| {
        Recommendation {
            finding: "decoding holds the other stages up".into(),
            evidence: format!("{}, {}", work(report), busy(report)),
            setting: format!("decode-threads = {}", facts.cores),
        }
    })
}

fn too_few_session_threads(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let (sessions, threads) = (facts.applied.sessions.max(1), facts.applied.session_threads);
    let useful = facts.cores / sessions;
    let on_cpu = report.batches.iter().all(|batch| batch.device == "cpu");
    (idle(report) && share_of(report, "shots").is_some() && on_cpu && threads < useful).then(|| {
        Recommendation {
            finding: "the shot model holds the other stages up".into(),
            evidence: format!("{}, {}", work(report), busy(report)),
            setting: format!("inference.threads = {useful}"),
        }
    })
}

fn too_little_memory(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let memory = &report.memory;
    let decode = stage(report, "decode")?;
    let pressed = memory.peak_held_bytes as f64 >= USED_UP * memory.budget_bytes as f64;
    let doubled = memory.budget_bytes.saturating_mul(2);
    let fits = facts.machine_bytes == 0 || doubled <= facts.machine_bytes / 2;
    (pressed && fits && memory.budget_bytes > 0 && decode.wait_share() > MUCH_WAITING).then(|| {
        Recommendation {
            finding: "decoding waited with the memory budget used up".into(),
            evidence: format!(
                "{:.0} % of its time, {} of {} MiB held",
                decode.wait_share() * 100.0,
                memory.peak_held_bytes >> 20,
                memory.budget_bytes >> 20
            ),
            setting: format!("memory-budget = \"{}MiB\"", (doubled >> 20).max(1)),
        }
    })
}

fn slow_preset(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let share = share_of(report, "render")?;
    let place = PRESETS
        .iter()
        .position(|preset| *preset == facts.applied.render_preset)?;
    let faster = PRESETS.get(place + 1)?;
    (share > MOST_WORK).then(|| Recommendation {
        finding: "encoding is most of the work; a faster preset makes somewhat larger files".into(),
        evidence: work(report),
        setting: format!("render.preset = \"{faster}\""),
    })
}

fn cache_off(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let seconds: f64 = ["decode", "shots"]
        .iter()
        .filter_map(|name| stage(report, name))
        .map(StageRow::work)
        .sum();
    (!facts.applied.cache_enabled && seconds > WORTH_KEEPING_SECONDS).then(|| Recommendation {
        finding: "the cache is off: the next run over these videos analyses them again".into(),
        evidence: format!("{seconds:.1} s of analysis were not kept"),
        setting: "cache.enabled = true".into(),
    })
}

fn cache_too_small(report: &RunReport, facts: &RunFacts) -> Option<Recommendation> {
    let level = report
        .cache
        .levels
        .iter()
        .find(|level| level.evictions > 0 && level.misses > level.hits)?;
    (facts.applied.cache_max_bytes > 0).then(|| Recommendation {
        finding: format!(
            "the {} cache gave up records and missed more than it hit",
            level.name
        ),
        evidence: format!(
            "{} evictions, {} misses, {} hits",
            level.evictions, level.misses, level.hits
        ),
        setting: format!(
            "cache.max-bytes = \"{}MiB\"",
            facts.applied.cache_max_bytes >> 19
        ), // twice, in MiB
    })
}

fn idle(report: &RunReport) -> bool {
    report.wall_seconds >= SHORT_RUN_SECONDS && report.score.is_some_and(|score| score < BUSY)
}

fn stage<'r>(report: &'r RunReport, name: &str) -> Option<&'r StageRow> {
    report.stages.iter().find(|stage| stage.name == name)
}

/// The share of the bottleneck, when it is this stage.
fn share_of(report: &RunReport, stage: &str) -> Option<f64> {
    let most = report.bottleneck.as_ref()?;
    (most.stage == stage).then_some(most.share)
}

fn work(report: &RunReport) -> String {
    report.bottleneck.as_ref().map_or_else(String::new, |most| {
        format!("{} is {:.0} % of the work", most.stage, most.share * 100.0)
    })
}

fn busy(report: &RunReport) -> String {
    format!("cores {:.0} % busy", report.score.unwrap_or(0.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Applied, CacheLevel, Event, JobOutcome, MemoryUse, Performance, Span};
    use crate::timeline::Stage;
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    /// What is said about a ten-second run on four cores in which each stage worked and waited for so many seconds.
    fn settings(jobs: usize, cpu: u32, work: &[(Stage, u32, u32)], facts: RunFacts) -> Vec<String> {
        let mut performance = Performance::default();
        for job in 0..jobs {
            let (job, outcome) = (job.to_string(), JobOutcome::Done);
            let (wall, video_seconds) = (SECOND, 1.0);
            let done = Event::JobDone {
                job,
                outcome,
                attempts: 1,
                wall,
                video_seconds,
                clips: 0,
            };
            performance.hear(&done, SECOND * 10);
        }
        for &(stage, wall, wait) in work {
            let span = Span::of("0", stage, 1, SECOND * wall, SECOND * wait);
            performance.hear(&Event::Span(span), SECOND * 10);
        }
        let facts = RunFacts {
            cores: 4,
            cpu: SECOND * cpu,
            ..facts
        };
        let found = RunReport::new(&performance, facts).recommendations;
        found.into_iter().map(|advice| advice.setting).collect()
    }

    fn facts(change: impl FnOnce(&mut Applied)) -> RunFacts {
        let mut applied = Applied {
            jobs: 4,
            decode_threads: 4,
            sessions: 1,
            session_threads: 4,
            cache_enabled: true,
            cache_max_bytes: 10 << 20,
            render_preset: "veryfast".into(),
        };
        change(&mut applied);
        RunFacts {
            applied,
            ..RunFacts::default()
        }
    }

    #[test]
    fn a_run_that_keeps_the_cores_busy_has_nothing_to_change() {
        let work = [(Stage::Decode, 20, 0), (Stage::Shots, 18, 0)];
        assert!(settings(8, 38, &work, facts(|_| {})).is_empty());
    }

    #[test]
    fn idle_cores_and_waiting_jobs_ask_for_more_at_once() {
        let found = settings(
            8,
            10,
            &[(Stage::Decode, 10, 0)],
            facts(|applied| applied.jobs = 1),
        );
        assert_eq!(found, ["jobs = 4"]);
    }

    #[test]
    fn a_single_video_asks_for_threads_where_the_work_is() {
        let few =
            |applied: &mut Applied| (applied.decode_threads, applied.session_threads) = (1, 1);
        let decode = settings(
            1,
            10,
            &[(Stage::Decode, 9, 0), (Stage::Shots, 1, 8)],
            facts(few),
        );
        assert_eq!(decode, ["decode-threads = 4"]);
        let shots = settings(
            1,
            10,
            &[(Stage::Decode, 1, 8), (Stage::Shots, 9, 0)],
            facts(few),
        );
        assert_eq!(shots, ["inference.threads = 4"]);
    }

    #[test]
    fn a_full_budget_asks_for_memory_where_the_machine_has_it() {
        let pressed = |machine_bytes| {
            let memory = MemoryUse {
                peak_rss_bytes: 0,
                budget_bytes: 256 << 20,
                peak_held_bytes: 250 << 20,
                ..MemoryUse::default()
            };
            let facts = RunFacts {
                memory,
                machine_bytes,
                ..facts(|_| {})
            };
            settings(4, 40, &[(Stage::Decode, 6, 4)], facts)
        };
        assert_eq!(pressed(8 << 30), ["memory-budget = \"512MiB\""]);
        assert!(pressed(512 << 20).is_empty());
    }

    #[test]
    fn encoding_most_of_the_time_asks_for_a_faster_preset_while_there_is_one() {
        let preset = |name: &str| {
            let slow = facts(|applied| applied.render_preset = name.into());
            settings(
                4,
                40,
                &[(Stage::Render, 35, 0), (Stage::Decode, 5, 0)],
                slow,
            )
        };
        assert_eq!(preset("slow"), ["render.preset = \"medium\""]);
        assert!(preset("veryfast").is_empty());
    }

    #[test]
    fn analysis_that_is_not_kept_asks_for_the_cache() {
        let off = facts(|applied| applied.cache_enabled = false);
        assert_eq!(
            settings(4, 40, &[(Stage::Decode, 40, 0)], off),
            ["cache.enabled = true"]
        );
    }

    #[test]
    fn a_cache_that_gives_up_what_is_needed_asks_for_room() {
        let level = CacheLevel {
            name: "disk".into(),
            hits: 1,
            misses: 9,
            bytes: 0,
            entries: 0,
            evictions: 3,
        };
        let facts = RunFacts {
            cache: vec![level],
            ..facts(|_| {})
        };
        assert_eq!(settings(4, 40, &[], facts), ["cache.max-bytes = \"20MiB\""]);
    }
}
