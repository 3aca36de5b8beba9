//! Run report, made of the sums of its events.

use std::time::Duration;

use super::alert::alerts;
use super::facts::RunFacts;
use super::json::{Bottleneck, CacheUse, RunOutcome, RunReport, StageRow};
use super::lanes::accounted;
use super::performance::Performance;
use super::recommend::recommend;
use crate::export::path_text;
use crate::timeline::Stage;

/// How a score is found: what the process computed, over what it could have: all cores all the time, or what others left of them.
const SCORE_FORMULA: &str = "cpu_seconds / min(cores * wall_seconds, cpu_seconds + seconds that cores of the machine were idle)";

impl RunReport {
    /// Returns the report of a finished run.
    pub fn new(performance: &Performance, facts: RunFacts) -> Self {
        let heard = Self::heard(performance);
        // Of a run that failed on its input there is nothing to learn about speed.
        let worked = heard.outcome != RunOutcome::Failed;
        let video = heard.video_seconds;
        let cost = facts.price_per_hour * heard.wall_seconds / video;
        let mut report = Self {
            started: facts.started.clone(),
            output: facts.output.as_deref().map(path_text),
            cpu_seconds: facts.cpu.as_secs_f64(),
            cores: facts.cores,
            cost_per_video_hour: (facts.price_per_hour > 0.0 && video > 0.0).then_some(cost),
            bottleneck: bottleneck(&heard.stages).filter(|_| worked),
            cache: CacheUse {
                levels: facts.cache.clone(),
                ..heard.cache
            },
            memory: facts.memory.clone(),
            devices: facts.devices.clone(),
            score: score(&facts, performance.wall).filter(|_| worked),
            score_formula: SCORE_FORMULA.to_owned(),
            ..heard
        };
        report.recommendations = recommend(&report, &facts);
        report.alerts = alerts(&report, &facts);
        report
    }

    /// Returns what follows from the events alone.
    fn heard(performance: &Performance) -> Self {
        let (wall, video) = (performance.wall.as_secs_f64(), performance.video_seconds());
        let (stages, lanes) = (performance.stages(), performance.lanes.rows());
        let rate = |items: u64| (wall > 0.0 && items > 0).then(|| items as f64 / wall);
        let given_up = performance.degradations.iter();
        Self {
            schema: 1,
            run_id: performance.run_id.clone(),
            wall_seconds: wall,
            video_seconds: video,
            realtime_factor: (wall > 0.0 && video > 0.0).then(|| video / wall),
            outcome: performance.outcome(),
            jobs: performance.jobs().to_vec(),
            decoded_per_second: rate(items_of(&stages, &[Stage::Decode])),
            inferred_per_second: rate(items_of(&stages, &PICTURE_MODELS)),
            accounted_share: accounted(&lanes),
            timeline: performance.lanes.timeline(),
            samples: performance.samples.rows(),
            slowest: performance.slowest.rows(),
            cache: CacheUse {
                levels: Vec::new(),
                records: performance.look_ups.rows(),
            },
            batches: performance.batches(),
            degradations: given_up.map(ToString::to_string).collect(),
            stages,
            lanes,
            ..Self::default()
        }
    }
}

/// The models that are shown pictures.
const PICTURE_MODELS: [Stage; 8] = [
    Stage::Shots,
    Stage::Faces,
    Stage::Persons,
    Stage::Embed,
    Stage::PictureText,
    Stage::Saliency,
    Stage::ReadText,
    Stage::Eyes,
];

fn items_of(stages: &[StageRow], wanted: &[Stage]) -> u64 {
    let is_wanted = |row: &&StageRow| wanted.iter().any(|stage| stage.name() == row.name);
    stages.iter().filter(is_wanted).map(|row| row.items).sum()
}

fn bottleneck(stages: &[StageRow]) -> Option<Bottleneck> {
    let whole: f64 = stages.iter().map(StageRow::work).sum();
    let most = stages.iter().max_by(|a, b| a.work().total_cmp(&b.work()))?;
    (whole > 0.0).then(|| Bottleneck {
        stage: most.name.clone(),
        share: most.work() / whole,
    })
}

fn score(facts: &RunFacts, wall: Duration) -> Option<f64> {
    let cpu = facts.cpu.as_secs_f64();
    let all = wall.as_secs_f64() * facts.cores as f64;
    let left = facts.idle.map_or(all, |idle| cpu + idle.as_secs_f64());
    let possible = all.min(left);
    (possible > 0.0).then(|| (cpu / possible).min(1.0))
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
            folder: "out".into(),
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
            r#"{"schema":1,"run_id":"","started":"2026-01-14T10:15:30Z","wall_seconds":4.0,"video_seconds":0.0,"realtime_factor":null,"outcome":"failed","output":null,"jobs":[{"id":"a","input":null,"status":"failed","error":{"class":"no_video","message":"no video stream"},"attempts":2,"wall_seconds":1.0,"video_seconds":0.0,"clips":0,"no_clips":null}],"stages":[],"cpu_seconds":6.0,"cores":2,"decoded_per_second":null,"inferred_per_second":null,"cost_per_video_hour":null,"lanes":[],"accounted_share":null,"timeline":{"step_seconds":0.05,"rows":[]},"samples":[],"slowest":[],"cache":{"levels":[],"records":[]},"batches":[],"memory":{"peak_rss_bytes":0,"budget_bytes":0,"peak_held_bytes":0,"limit_bytes":0,"models_peak_bytes":0,"unloads":0,"cleanups":0,"owners":[]},"devices":[],"degradations":[],"bottleneck":null,"score":null,"score_formula":"cpu_seconds / min(cores * wall_seconds, cpu_seconds + seconds that cores of the machine were idle)","recommendations":[],"alerts":[]}"#
        );
    }

    #[test]
    fn a_report_is_read_again() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&text).unwrap(), report());
    }

    #[test]
    fn the_report_of_an_older_program_is_read_as_far_as_it_goes() {
        let mut old = serde_json::to_value(report()).unwrap();
        let fields = old.as_object_mut().unwrap();
        for new in [
            "lanes",
            "timeline",
            "samples",
            "slowest",
            "cpu_seconds",
            "score_formula",
        ] {
            fields.remove(new);
        }
        assert!(serde_json::from_value::<RunReport>(old).is_ok());
    }

    #[test]
    fn the_score_is_what_was_done_of_what_others_left_to_do() {
        let score = |cpu, cores, idle: Option<u64>| {
            let facts = RunFacts {
                cpu: Duration::from_secs(cpu),
                cores,
                idle: idle.map(Duration::from_secs),
                ..RunFacts::default()
            };
            score(&facts, Duration::from_secs(10))
        };
        assert_eq!(score(10, 2, None), Some(0.5));
        assert_eq!(score(30, 2, None), Some(1.0), "never above one");
        assert_eq!(score(10, 0, None), None);
        // A neighbour took half of the machine.
        assert_eq!(score(10, 2, Some(0)), Some(1.0));
        assert_eq!(score(8, 2, Some(2)), Some(0.8));
        // A large machine, of which the process may use two cores.
        assert_eq!(score(10, 2, Some(600)), Some(0.5));
    }
}
