//! `opusclip bench`: how fast is it here, and is it slower than it was?
//!
//! Every figure is measured several times, and what is compared is measured in turn in the same process.

mod against;
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
    BenchMachine, BenchResult, Change, Floors, Saved, Series, compare, comparison_table, junit,
    markdown, series_table,
};
use crate::report::{self, ExitCode};
use crate::settings::{Layers, Machine, Sources};
use subject::BenchSubject;

/// A change below this is not worth a word, when no other limit is given, in per cent.
const USUAL_LIMIT: f64 = 3.0;

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
    if args.fail_above.is_some() && args.compare.is_none() && args.against.is_none() {
        bail!("--fail-above needs something to compare with: --compare FILE or --against PROGRAM");
    }
    // What cannot be compared in the end is not measured first.
    let base = args.compare.as_deref().map(load).transpose()?;
    let floors = args.require.as_deref().map(load_floors).transpose()?;
    let (base, saved) = match &args.against {
        Some(other) => {
            let (theirs, ours) = against::measure_in_turn(args, other)?;
            (Some(theirs), ours)
        }
        None => (base, Saved::new(machine(), measure(args)?)),
    };
    let limit = args.fail_above.unwrap_or(USUAL_LIMIT);
    let comparisons = base
        .as_ref()
        .map(|base| compare(&base.series, &saved.series, limit));
    let comparisons = comparisons.unwrap_or_default();
    let floors = floors.map_or_else(Vec::new, |floors| floors.check(&saved.series));
    let result = BenchResult {
        saved: &saved,
        comparisons: &comparisons,
        floors: &floors,
    };
    let faults = faults(args, &result, base.as_ref());
    let text = text(args, &result)?;
    write_files(args, &result)?;
    let said = shown(&text);
    faults
        .iter()
        .for_each(|fault| report::say(&format!("error: {fault}")));
    Ok(match said {
        ExitCode::Done if !faults.is_empty() => ExitCode::SomeFailed,
        said => said,
    })
}

/// Writes the files that were asked for.
fn write_files(args: &BenchArgs, result: &BenchResult<'_>) -> anyhow::Result<()> {
    for (path, content) in [
        (&args.save, export::to_json(result.saved)?),
        (&args.markdown, markdown(result).into_bytes()),
        (&args.junit, junit(result).into_bytes()),
    ] {
        if let Some(path) = path {
            export::write_atomic(path, &content)?;
        }
    }
    Ok(())
}

/// Measures what was asked for, in this process.
fn measure(args: &BenchArgs) -> anyhow::Result<Vec<Series>> {
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
            may_be_empty: false,
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
    series(&subject, args.what)
}

/// Returns what stdout gets: the figures with their comparison and floors, or all of it as JSON.
fn text(args: &BenchArgs, result: &BenchResult<'_>) -> anyhow::Result<String> {
    let mut told = String::new();
    if !result.comparisons.is_empty() {
        told += &comparison_table(result.comparisons);
    }
    for floor in result.floors {
        told += &format!("{floor}\n");
    }
    if args.json {
        // What people read goes beside it.
        report::say(told.trim_end());
        return Ok(serde_json::to_string_pretty(result.saved)? + "\n");
    }
    Ok(series_table(&result.saved.series) + &told)
}

/// Returns why the program ends with exit code 1: what is worse, cannot be compared, or is below its floor.
fn faults(args: &BenchArgs, result: &BenchResult<'_>, base: Option<&Saved>) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(base) = base {
        let differences = result.saved.machine.differences(&base.machine);
        faults.extend(
            differences
                .into_iter()
                .map(|what| format!("not comparable: {what}")),
        );
        if !result.comparisons.iter().any(|one| one.ratio.is_some()) {
            faults.push("nothing was measured on both sides".to_owned());
        }
    }
    let fails = |verdict: Change| match verdict {
        Change::Worse | Change::Missing => args.fail_above.is_some(),
        Change::Inconclusive => args.fail_on_inconclusive,
        Change::Same | Change::Better | Change::New => false,
    };
    let worse = result.comparisons.iter().filter(|one| fails(one.verdict));
    faults.extend(worse.map(|one| format!("{}: {}", one.name, one.verdict)));
    let below = result.floors.iter().filter(|floor| !floor.ok);
    faults.extend(below.map(ToString::to_string));
    faults
}

fn load_floors(path: &Path) -> anyhow::Result<Floors> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let floors = Floors::parse(&text).map_err(anyhow::Error::msg);
    floors.with_context(|| format!("{}: not a list of floors", path.display()))
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
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
    }
}
