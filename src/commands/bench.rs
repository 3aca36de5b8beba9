//! `opusclip bench`: how fast is it here, and is it slower than it was?
//!
//! Every figure is measured several times, and what is compared is measured in turn in the same process.

mod cache;
mod decode;
mod dedup;
mod encoder;
mod end_to_end;
mod rank;
mod render;
mod shots;
mod text;
mod word_errors;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::{Bench, BenchArgs, ExitCode, shown};
use crate::clock::children_cpu;
use crate::export;
use crate::manifest::{self, Job};
use crate::media;
use crate::report;
use crate::report::bench::{
    Better, Machine, Saved, Series, Verdict, compare, comparison_table, series_table,
};
use crate::settings::{Settings, Sources};

/// A change below this is not worth a word, when no other limit is given, in per cent.
const USUAL_LIMIT: f64 = 5.0;

/// What the measurements work with.
struct Subject<'a> {
    settings: &'a Settings,
    jobs: &'a [Job],
    reference: Option<&'a Path>,
    runs: u32,
    /// Made-up jobs to de-duplicate.
    dedup_jobs: u32,
}

/// Measures what was asked for; ends with 1 when it is slower than what it is compared with.
pub(super) fn run(args: &BenchArgs) -> ExitCode {
    media::init();
    match measured(args) {
        Ok(code) => code,
        Err(e) => {
            report::say(&format!("error: {e:#}"));
            match e.downcast_ref::<export::Error>() {
                Some(_) => ExitCode::CannotWrite,
                None => ExitCode::Usage,
            }
        }
    }
}

fn measured(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    // What cannot be compared in the end is not measured first.
    let base = args.compare.as_deref().map(load).transpose()?;
    let sources = Sources::of_this_process(args.overrides.clone());
    let (layers, jobs) = match args.videos.is_empty() {
        true => (crate::settings::Layers::load(&sources)?, Vec::new()),
        false => {
            let inputs = args.videos.clone();
            let plan = manifest::Plan::load(&manifest::Request {
                inputs,
                output: None,
                sources,
            })?;
            (plan.layers, plan.jobs)
        }
    };
    let settings = layers.settings(&crate::settings::Machine::detect(), jobs.len());
    let subject = Subject {
        settings: &settings,
        jobs: &jobs,
        reference: args.reference.as_deref(),
        runs: args.runs,
        dedup_jobs: args.dedup_jobs,
    };
    let saved = Saved::new(machine(), series(&subject, args.what)?);
    let mut text = match args.json {
        true => serde_json::to_string_pretty(&saved)? + "\n",
        false => series_table(&saved.series),
    };
    let mut code = ExitCode::Done;
    if let Some(base) = base {
        let limit = args.fail_above.unwrap_or(USUAL_LIMIT);
        let comparisons = compare(&base.series, &saved.series, limit);
        let worse = comparisons.iter().any(|c| c.verdict == Verdict::Worse);
        if worse && args.fail_above.is_some() {
            code = ExitCode::SomeFailed;
        }
        match args.json {
            true => report::say(&comparison_table(&comparisons)),
            false => text.push_str(&comparison_table(&comparisons)),
        }
    }
    if let Some(path) = &args.save {
        export::write_atomic(path, &export::to_json(&saved)?)?;
    }
    Ok(match shown(&text) {
        ExitCode::Done => code,
        unwritten => unwritten,
    })
}

fn load(path: &Path) -> anyhow::Result<Saved> {
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{}: not a saved bench", path.display()))
}

fn series(subject: &Subject<'_>, what: Option<Bench>) -> anyhow::Result<Vec<Series>> {
    let needs_none = |one| matches!(one, Bench::Cache | Bench::Dedup | Bench::Rank);
    if subject.jobs.is_empty() && what.is_some_and(|what| !needs_none(what)) {
        bail!("name a video to measure with: opusclip bench decode VIDEO");
    }
    let wanted =
        |one| what.is_none_or(|what| what == one) && (needs_none(one) || !subject.jobs.is_empty());
    let mut all = Vec::new();
    if wanted(Bench::Decode) {
        all.extend(decode::measure(subject)?);
    }
    if wanted(Bench::Shots) {
        all.extend(shots::measure(subject)?);
    }
    if wanted(Bench::Encoder) {
        all.extend(encoder::measure(subject)?);
    }
    if wanted(Bench::Text) {
        all.extend(text::measure(subject)?);
    }
    if wanted(Bench::Render) {
        all.extend(render::measure(subject)?);
    }
    if wanted(Bench::Rank) {
        all.extend(rank::measure(subject)?);
    }
    if wanted(Bench::Cache) {
        all.extend(cache::measure(subject)?);
    }
    if wanted(Bench::Dedup) {
        all.extend(dedup::measure(subject)?);
    }
    if wanted(Bench::EndToEnd) {
        all.extend(end_to_end::measure(subject)?);
    }
    Ok(all)
}

/// Returns the processor time of another program, run in silence; `None` where it is not there or does not end well.
fn cpu_of(command: &mut Command) -> Option<Duration> {
    let before = children_cpu();
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = silent.status().ok()?;
    status.success().then(|| children_cpu() - before)
}

fn machine() -> Machine {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Machine {
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        cpu: name.map_or("unknown", |(_, name)| name).to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Collects the values of several quantities, run by run.
#[derive(Default)]
struct Table(Vec<Series>);

impl Table {
    fn add(&mut self, name: &str, unit: &str, better: Better, value: f64) {
        match self.0.iter_mut().find(|series| series.name == name) {
            Some(series) => series.values.push(value),
            None => self.0.push(Series {
                name: name.to_owned(),
                unit: unit.to_owned(),
                better,
                values: vec![value],
            }),
        }
    }
}
