//! Alerts: limits of the settings that a run has passed. Pure.

use super::facts::{AlertLimits, RunFacts};
use super::json::{Alert, RunOutcome, RunReport};

type AlertRule = fn(&RunReport, &RunFacts, &AlertLimits) -> Option<Alert>;

const RULES: [AlertRule; 4] = [memory, errors, hits, disk];

/// Returns the alerts of a run.
pub(super) fn alerts(report: &RunReport, facts: &RunFacts) -> Vec<Alert> {
    let found = RULES
        .iter()
        .filter_map(|rule| rule(report, facts, &facts.alerts));
    found.collect()
}

fn memory(report: &RunReport, facts: &RunFacts, limits: &AlertLimits) -> Option<Alert> {
    let (peak, machine) = (report.memory.peak_rss_bytes, facts.machine_bytes);
    let share = peak as f64 / machine.max(1) as f64;
    let is_high = machine > 0 && limits.memory < 1.0 && share > limits.memory;
    is_high.then(|| Alert {
        class: "memory".into(),
        message: format!(
            "{} of {} MiB of memory were used",
            peak >> 20,
            machine >> 20
        ),
        value: share,
        limit: limits.memory,
    })
}

fn errors(report: &RunReport, _: &RunFacts, limits: &AlertLimits) -> Option<Alert> {
    let (failed, jobs) = (report.count(RunOutcome::Failed), report.jobs.len());
    let share = failed as f64 / jobs.max(1) as f64;
    (limits.errors < 1.0 && share > limits.errors).then(|| Alert {
        class: "errors".into(),
        message: format!("{failed} of {jobs} jobs failed"),
        value: share,
        limit: limits.errors,
    })
}

fn hits(report: &RunReport, _: &RunFacts, limits: &AlertLimits) -> Option<Alert> {
    let sum = |count: fn(&super::StageRow) -> u64| report.stages.iter().map(count).sum::<u64>();
    let (hits, misses) = (
        sum(|stage| stage.cache_hits),
        sum(|stage| stage.cache_misses),
    );
    let share = hits as f64 / (hits + misses).max(1) as f64;
    (hits + misses > 0 && share < limits.hits).then(|| Alert {
        class: "hits".into(),
        message: format!("the cache knew {hits} of {} answers", hits + misses),
        value: share,
        limit: limits.hits,
    })
}

fn disk(_: &RunReport, facts: &RunFacts, limits: &AlertLimits) -> Option<Alert> {
    let free = facts.free_bytes.filter(|free| *free < limits.free_disk)?;
    Some(Alert {
        class: "disk".into(),
        message: format!("{} MiB are free where the results are", free >> 20),
        value: free as f64,
        limit: limits.free_disk as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Event, JobOutcome, MemoryUse, Performance};
    use std::time::Duration;

    /// A run of one job that went well and one that failed, and used three quarters of the memory.
    fn found(limits: AlertLimits) -> Vec<String> {
        let mut performance = Performance::default();
        for outcome in [
            JobOutcome::Done,
            JobOutcome::Failed {
                class: "x".into(),
                message: "y".into(),
            },
        ] {
            let done = Event::JobDone {
                job: format!("{outcome:?}"),
                outcome,
                attempts: 1,
                wall: Duration::ZERO,
                video_seconds: 1.0,
                clips: 0,
                folder: "out".into(),
            };
            performance.hear(&done, Duration::ZERO);
        }
        let facts = RunFacts {
            machine_bytes: 4 << 20,
            free_bytes: Some(5 << 20),
            memory: MemoryUse {
                peak_rss_bytes: 3 << 20,
                ..MemoryUse::default()
            },
            alerts: limits,
            ..RunFacts::default()
        };
        let alerts = RunReport::new(&performance, facts).alerts;
        alerts.into_iter().map(|alert| alert.message).collect()
    }

    #[test]
    fn a_limit_that_is_passed_is_told_with_its_numbers() {
        let limits = AlertLimits {
            memory: 0.7,
            errors: 0.4,
            hits: 0.9,
            free_disk: 6 << 20,
        };
        let told = [
            "3 of 4 MiB of memory were used",
            "1 of 2 jobs failed",
            "5 MiB are free where the results are",
        ];
        assert_eq!(found(limits), told);
    }

    #[test]
    fn within_its_limits_a_run_raises_none() {
        let limits = AlertLimits {
            memory: 0.8,
            errors: 0.5,
            hits: 0.0,
            free_disk: 4 << 20,
        };
        assert!(found(limits).is_empty());
    }
}
