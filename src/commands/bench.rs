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
mod subject;
mod text;
mod trial;
mod word_errors;

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use super::answer::shown;
use super::args::{BenchArgs, Measurement};
use crate::export;
use crate::manifest;
use crate::media;
use crate::report::bench::{
    BenchMachine, Change, Saved, Series, compare, comparison_table, series_table,
};
use crate::report::{self, ExitCode};
use crate::settings::{Layers, Machine, Sources};
use subject::BenchSubject;

/// A change below this is not worth a word, when no other limit is given, in per cent.
const USUAL_LIMIT: f64 = 5.0;

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
    let (layers, jobs) = if args.videos.is_empty() {
        (Layers::load(&sources)?, Vec::new())
    } else {
        let inputs = args.videos.clone();
        let plan = manifest::BatchPlan::load(&manifest::PlanRequest {
            inputs,
            output: None,
            sources,
            trust: manifest::Trust::Trusted,
        })?;
        (plan.layers, plan.jobs)
    };
    let settings = layers.settings(&Machine::detect(), jobs.len());
    let subject = BenchSubject {
        settings: &settings,
        jobs: &jobs,
        reference: args.reference.as_deref(),
        runs: args.runs,
        dedup_jobs: args.dedup_jobs,
    };
    let saved = Saved::new(machine(), series(&subject, args.what)?);
    let (text, code) = told(args, &saved, base.as_ref())?;
    if let Some(path) = &args.save {
        export::write_atomic(path, &export::to_json(&saved)?)?;
    }
    Ok(match shown(&text) {
        ExitCode::Done => code,
        unwritten => unwritten,
    })
}

/// Returns what stdout gets of the measurements, with their comparison, and how the program ends.
fn told(
    args: &BenchArgs,
    saved: &Saved,
    base: Option<&Saved>,
) -> anyhow::Result<(String, ExitCode)> {
    let mut text = if args.json {
        serde_json::to_string_pretty(saved)? + "\n"
    } else {
        series_table(&saved.series)
    };
    let Some(base) = base else {
        return Ok((text, ExitCode::Done));
    };
    let limit = args.fail_above.unwrap_or(USUAL_LIMIT);
    let comparisons = compare(&base.series, &saved.series, limit);
    if args.json {
        report::say(&comparison_table(&comparisons));
    } else {
        text.push_str(&comparison_table(&comparisons));
    }
    let worse = comparisons.iter().any(|one| one.verdict == Change::Worse);
    let code = if worse && args.fail_above.is_some() {
        ExitCode::SomeFailed
    } else {
        ExitCode::Done
    };
    Ok((text, code))
}

fn load(path: &Path) -> anyhow::Result<Saved> {
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{}: not a saved bench", path.display()))
}

/// Measures one thing, several times.
type Measure = fn(&BenchSubject<'_>) -> anyhow::Result<Vec<Series>>;

fn series(subject: &BenchSubject<'_>, what: Option<Measurement>) -> anyhow::Result<Vec<Series>> {
    let needs_none = |one| {
        matches!(
            one,
            Measurement::Cache | Measurement::Dedup | Measurement::Rank
        )
    };
    if subject.jobs.is_empty() && what.is_some_and(|what| !needs_none(what)) {
        bail!("name a video to measure with: opusclip bench decode VIDEO");
    }
    let wanted =
        |one| what.is_none_or(|what| what == one) && (needs_none(one) || !subject.jobs.is_empty());
    let measures: [(Measurement, Measure); 9] = [
        (Measurement::Decode, decode::measure),
        (Measurement::Shots, shots::measure),
        (Measurement::Encoder, encoder::measure),
        (Measurement::Text, text::measure),
        (Measurement::Render, render::measure),
        (Measurement::Rank, rank::measure),
        (Measurement::Dedup, dedup::measure),
        (Measurement::Cache, cache::measure),
        (Measurement::EndToEnd, end_to_end::measure),
    ];
    let mut all = Vec::new();
    for (_, measure) in measures.into_iter().filter(|(one, _)| wanted(*one)) {
        all.extend(measure(subject)?);
    }
    Ok(all)
}

fn machine() -> BenchMachine {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    BenchMachine {
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        cpu: name.map_or("unknown", |(_, name)| name).to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
