//! Vision stage as in a run (faces, embeddings, statistics), against its parts alone.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::subject::{BenchSubject, Figures};
use super::trial::trial;
use crate::analysis::faces::DetectRules;
use crate::cache::{Cache, CacheOptions};
use crate::clock::process_cpu;
use crate::commands::session::find_models;
use crate::frame::Picture;
use crate::inference::BatchSizer;
use crate::manifest::Job;
use crate::media::{self, DecodePlan, Limits, Pictures};
use crate::pipeline::{ANALYSIS_WIDTH, Lost, Registry};
use crate::report::bench::{Better, Series};
use crate::settings::Folders;
use crate::timeline::Stage;

/// Pictures that are kept to run the models on alone: half a megabyte each.
const MOST_PICTURES: usize = 2000;

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let registry = find_models(&Folders::of_this_process(), subject.settings)?;
    for _ in 0..subject.runs {
        for job in subject.jobs {
            let name = |what: &str| format!("encoder {} {what}", job.id);
            let every = subject.settings.faces.at(job.settings.quality).interval;
            let (decode, _) = decoded(subject, job, None)?;
            let (_, pictures) = decoded(subject, job, Some(every))?;
            let alone = Alone::measure(&registry, subject, &pictures, every)?;
            table.add(&name("faces"), "pictures/s", Better::Higher, alone.faces);
            table.add(
                &name("likeness"),
                "pictures/s",
                Better::Higher,
                alone.likeness,
            );
            let inside = cost_inside(subject, job, &registry)?;
            let ratio = inside.as_secs_f64() / (decode + alone.cpu).as_secs_f64();
            let what = name("cpu / (decode + models)");
            table.add(&what, "ratio", Better::Lower, ratio);
        }
    }
    Ok(table.0)
}

/// Returns the processor time of decoding a video alone, and its larger pictures where some are wanted.
fn decoded(
    subject: &BenchSubject<'_>,
    job: &Job,
    every: Option<Duration>,
) -> anyhow::Result<(Duration, Vec<Picture>)> {
    let limits = Limits::default();
    let media = media::probe(&job.input, &limits)?;
    let plan = DecodePlan {
        threads: subject.settings.decode_threads,
        pictures: every.map(|every| Pictures {
            interval: every,
            width: ANALYSIS_WIDTH,
        }),
    };
    let (mut pictures, cpu) = (Vec::new(), process_cpu());
    media::decode(&job.input, &media, &plan, &limits, &mut |frame| {
        pictures.extend(frame.picture);
        if pictures.len() < MOST_PICTURES {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok((process_cpu() - cpu, pictures))
}

/// What the models cost alone, their loading counted as a run counts it.
struct Alone {
    cpu: Duration,
    /// Pictures a second.
    faces: f64,
    likeness: f64,
}

impl Alone {
    fn measure(
        registry: &Registry,
        subject: &BenchSubject<'_>,
        pictures: &[Picture],
        every: Duration,
    ) -> anyhow::Result<Self> {
        let threads = subject.settings.inference.threads;
        let pictures: Vec<&Picture> = pictures.iter().collect();
        let step = (1.0 / every.as_secs_f64()).round().max(1.0) as usize;
        let some: Vec<&Picture> = pictures.iter().step_by(step).copied().collect();
        let cpu = process_cpu();
        let (mut faces, mut embed) = (
            registry.open_faces(threads, Lost::Nothing)?,
            registry.open_embed(threads, Lost::Nothing)?,
        );
        let sizer = &mut BatchSizer::fixed(1);
        let begun = Instant::now();
        faces.detect(&pictures, &DetectRules::default(), sizer)?;
        let detecting = begun.elapsed();
        let begun = Instant::now();
        embed.embed(&some, sizer)?;
        let embedding = begun.elapsed();
        Ok(Self {
            cpu: process_cpu() - cpu,
            faces: pictures.len() as f64 / detecting.as_secs_f64(),
            likeness: some.len() as f64 / embedding.as_secs_f64(),
        })
    }
}

/// Returns the processor time of a run in which all is known but what is seen in larger pictures.
fn cost_inside(
    subject: &BenchSubject<'_>,
    job: &Job,
    registry: &Registry,
) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let cache = Cache::open(&folder.path().join("cache"), &CacheOptions::default()).cache;
    let out = folder.path().join("out");
    let jobs = std::slice::from_ref(job);
    for known in [Stage::Text, Stage::Shots] {
        trial(subject, jobs, registry, &cache, &out, known)?;
    }
    Ok(trial(subject, jobs, registry, &cache, &out, Stage::Select)?.cpu)
}
