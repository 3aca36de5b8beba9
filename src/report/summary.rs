//! Run report, made of the sums of its events.

use std::time::Duration;

use super::alert::alerts;
use super::facts::RunFacts;
use super::json::{Bottleneck, CacheUse, RunReport, StageRow};
use super::performance::Performance;
use super::recommend::recommend;

impl RunReport {
    /// Returns the report of a finished run.
    pub fn new(performance: &Performance, facts: RunFacts) -> Self {
        let wall = performance.wall.as_secs_f64();
        let video = performance.video_seconds();
        let stages = performance.stages();
        let mut report = Self {
            schema: 1,
            run_id: performance.run_id.clone(),
            started: facts.started.clone(),
            wall_seconds: wall,
            video_seconds: video,
            realtime_factor: (wall > 0.0 && video > 0.0).then(|| video / wall),
            outcome: performance.outcome(),
            jobs: performance.jobs().to_vec(),
            bottleneck: bottleneck(&stages),
            stages,
            cache: CacheUse {
                levels: facts.cache.clone(),
            },
            batches: performance.batches(),
            memory: facts.memory.clone(),
            devices: facts.devices.clone(),
            degradations: performance
                .degradations
                .iter()
                .map(ToString::to_string)
                .collect(),
            score: score(facts.cpu, performance.wall, facts.cores),
            recommendations: Vec::new(),
            alerts: Vec::new(),
        };
        report.recommendations = recommend(&report, &facts);
        report.alerts = alerts(&report, &facts);
        report
    }
}

fn bottleneck(stages: &[StageRow]) -> Option<Bottleneck> {
    let whole: f64 = stages.iter().map(StageRow::work).sum();
    let most = stages.iter().max_by(|a, b| a.work().total_cmp(&b.work()))?;
    (whole > 0.0).then(|| Bottleneck {
        stage: most.name.clone(),
        share: most.work() / whole,
    })
}

fn score(cpu: Duration, wall: Duration, cores: usize) -> Option<f64> {
    let possible = wall.as_secs_f64() * cores as f64;
    (possible > 0.0).then(|| (cpu.as_secs_f64() / possible).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Event, JobOutcome};

    fn report() -> RunReport {
        let mut performance = Performance::default();
        let outcome = JobOutcome::Failed {
            class: "no_video".into(),
            message: "no video stream".into(),
        };
        let (job, wall) = ("a".into(), Duration::from_secs(1));
        let done = Event::JobDone {
            job,
            outcome,
            attempts: 2,
            wall,
            video_seconds: f64::NAN,
            clips: 0,
        };
        performance.hear(&done, Duration::from_secs(4));
        let facts = RunFacts {
            started: "2026-01-14T10:15:30Z".into(),
            cores: 2,
            cpu: Duration::from_secs(6),
            ..RunFacts::default()
        };
        RunReport::new(&performance, facts)
    }

    #[test]
    fn the_layout_is_what_other_programs_read() {
        assert_eq!(
            serde_json::to_string(&report()).unwrap(),
            r#"{"schema":1,"run_id":"","started":"2026-01-14T10:15:30Z","wall_seconds":4.0,"video_seconds":0.0,"realtime_factor":null,"outcome":"failed","jobs":[{"id":"a","input":null,"status":"failed","error":{"class":"no_video","message":"no video stream"},"attempts":2,"wall_seconds":1.0,"video_seconds":0.0,"clips":0}],"stages":[],"cache":{"levels":[]},"batches":[],"memory":{"peak_rss_bytes":0,"budget_bytes":0,"peak_held_bytes":0,"limit_bytes":0,"models_peak_bytes":0,"unloads":0,"cleanups":0,"owners":[]},"devices":[],"degradations":[],"bottleneck":null,"score":0.75,"recommendations":[],"alerts":[]}"#
        );
    }

    #[test]
    fn a_report_is_read_again() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&text).unwrap(), report());
    }

    #[test]
    fn the_score_is_never_above_one() {
        let score = |cpu, cores| score(Duration::from_secs(cpu), Duration::from_secs(1), cores);
        assert_eq!(
            (score(1, 2), score(3, 2), score(1, 0)),
            (Some(0.5), Some(1.0), None)
        );
    }
}
