//! `opusclip process`: a batch from its manifest to its report.

use std::path::Path;
use std::sync::OnceLock;

use super::{ExitCode, Format, ProcessArgs, history};
use crate::cache::{self, Cache};
use crate::clock;
use crate::export;
use crate::inference::{self, Catalog};
use crate::manifest;
use crate::media;
use crate::memory::MemoryBudget;
use crate::pipeline::{self, Cancel, Models, Renewed, Run, SignalWatch, Tools};
use crate::report::{self, Event, Level, Reporter, Start, Style, Verbosity};
use crate::settings::{Folders, LogLevel, Machine, Settings};
use anyhow::Context;

/// Why a run without a cache cannot choose among all videos.
const NO_ARCHIVE: &str =
    "the best of all videos are made from what the cache holds of them, and the cache is off";

/// Does the batch and returns how it ended; everything that can be refused is refused before the first frame.
pub(super) fn run(args: &ProcessArgs) -> ExitCode {
    media::init();
    let plan = match manifest::Plan::load(&args.request()) {
        Ok(plan) => plan,
        Err(problems) => {
            problems.iter().for_each(|problem| {
                report::complain(style(args), &problem, problem.hint.as_deref());
            });
            return ExitCode::Usage;
        }
    };
    match prepared(args, &plan) {
        Ok(code) => code,
        Err(e) => {
            report::complain(style(args), &format!("{e:#}"), None);
            refusal(&e)
        }
    }
}

fn style(args: &ProcessArgs) -> Style {
    Style::of_stderr(args.color)
}

/// What the exit code is when a run cannot begin, or its report cannot be written.
fn refusal(error: &anyhow::Error) -> ExitCode {
    if error.is::<export::Error>() {
        return ExitCode::CannotWrite;
    }
    match error.downcast_ref::<inference::Error>() {
        Some(inference::Error::Library { .. }) => ExitCode::Installation,
        _ => ExitCode::Unavailable,
    }
}

fn prepared(args: &ProcessArgs, plan: &manifest::Plan) -> anyhow::Result<ExitCode> {
    let settings = plan.layers.settings(&Machine::detect(), plan.jobs.len());
    if plan.archive.is_some() && !settings.cache.enabled {
        let hint = "leave the cache on, or [archive] out";
        report::complain(style(args), &NO_ARCHIVE, Some(hint));
        return Ok(ExitCode::Usage);
    }
    let folders = Folders::of_this_process();
    let tools = tools(&folders, &settings)?;
    let cancel = Cancel::default();
    let (cache, warning) = open_cache(&folders, &settings);
    let options = report::Options::new(args.format, verbosity(&settings), args.color);
    let (events, reporter) = Reporter::start(options)?;
    let [budget, pictures] =
        MemoryBudget::halves(usize::try_from(settings.memory_budget).unwrap_or(usize::MAX));
    let run = Run {
        settings: &settings,
        jobs: &plan.jobs,
        output: &plan.output,
        until: args.until,
        fresh: args.fresh,
        archive: plan.archive,
        renewed: Renewed::default(),
        cache: &cache,
        tools: &tools,
        budget,
        pictures,
        codec: OnceLock::new(),
        events,
        cancel: &cancel,
    };
    if args.dry_run {
        return show_plan(&run, args.format);
    }
    tools
        .prove_device()
        .context("the device that was asked for")?;
    export::create_folder(&plan.output)?;
    drop(export::Draft::create(&plan.output.join("report.json"))?);
    let _watch = SignalWatch::start(&cancel, settings.grace).context("listen for signals")?;
    let start = Start::now();
    warn_all(&run, plan, warning);
    let code = pipeline::run(&run, &start.run_id);
    cache.flush();
    cache
        .take_warnings()
        .iter()
        .for_each(|warning| warn(&run, warning.to_string()));
    let facts = facts(&run, &start);
    drop(run);
    let (performance, shown) = reporter.finish();
    let report = report::Report::new(&performance, facts);
    if verbosity(&settings) > Verbosity::Quiet && args.format == Format::Text {
        report::say(&report::report_text(&report, style(args)));
    }
    if let Err(e) = history::keep(&folders.history, &report) {
        report::say(&format!("warning: this run is not in the history: {e}"));
    }
    write_report(
        &report,
        args.report
            .as_deref()
            .unwrap_or(&plan.output.join("report.json")),
    )?;
    shown.context("standard output")?;
    Ok(code)
}

fn verbosity(settings: &Settings) -> Verbosity {
    match settings.log_level {
        LogLevel::Error | LogLevel::Warn => Verbosity::Quiet,
        LogLevel::Info => Verbosity::Normal,
        LogLevel::Debug | LogLevel::Trace => Verbosity::Verbose,
    }
}

/// Returns the tools of a run; what is not installed is an error now.
pub(super) fn tools(folders: &Folders, settings: &Settings) -> anyhow::Result<Tools> {
    let catalog = Catalog::load(&folders.models)?;
    let models = Models::find(&catalog, settings.device)?;
    Ok(Tools::new(folders.runtime.clone(), models, settings.device))
}

fn open_cache(folders: &Folders, settings: &Settings) -> (Cache, Option<cache::Warning>) {
    if !settings.cache.enabled {
        return (Cache::off(), None);
    }
    let options = cache::Options {
        max_bytes: settings.cache.max_bytes.0,
        compression_level: settings.cache.compression_level,
        ..cache::Options::default()
    };
    let cache::Opened { cache, warning } = Cache::open(&folders.cache, &options);
    (cache, warning)
}

fn warn_all(run: &Run<'_>, plan: &manifest::Plan, cache: Option<cache::Warning>) {
    plan.layers
        .warnings
        .iter()
        .for_each(|warning| warn(run, warning.clone()));
    if let Some(warning) = cache {
        warn(run, warning.to_string());
    }
}

fn warn(run: &Run<'_>, text: String) {
    // Without a listener there is nobody to warn.
    let _ = run.events.send(Event::Message {
        level: Level::Warn,
        job: None,
        text,
    });
}

fn facts(run: &Run<'_>, start: &Start) -> report::RunFacts {
    let settings = run.settings;
    let machine = Machine::detect();
    report::RunFacts {
        started: start.started.clone(),
        cores: machine.cores,
        cpu: clock::process_cpu(),
        machine_bytes: machine.usable_memory(),
        memory: report::Memory {
            peak_rss_bytes: clock::peak_rss(),
            budget_bytes: settings.memory_budget,
            peak_held_bytes: (run.budget.peak() + run.pictures.peak()) as u64,
        },
        devices: run.tools.devices(),
        cache: cache_levels(run.cache),
        applied: report::Applied {
            jobs: settings.jobs,
            decode_threads: settings.decode_threads,
            sessions: settings.inference.sessions,
            session_threads: settings.inference.threads,
            cache_enabled: settings.cache.enabled,
            cache_max_bytes: settings.cache.max_bytes.0,
            render_preset: settings.render.preset.name().to_owned(),
        },
    }
}

fn cache_levels(cache: &Cache) -> Vec<report::CacheLevel> {
    let level = |level: cache::LevelStats| report::CacheLevel {
        name: level.name.to_owned(),
        hits: level.run.hits,
        misses: level.run.misses,
        bytes: level.bytes,
        entries: level.entries,
        evictions: level.run.evictions,
    };
    cache.stats().levels.into_iter().map(level).collect()
}

fn write_report(report: &report::Report, path: &Path) -> anyhow::Result<()> {
    export::write_atomic(path, &export::to_json(report)?)?;
    Ok(())
}

fn show_plan(run: &Run<'_>, format: Format) -> anyhow::Result<ExitCode> {
    let plan = pipeline::plan(run);
    let text = match format {
        Format::Text => plan.to_string(),
        Format::Ndjson => serde_json::to_string(&plan)? + "\n",
    };
    Ok(super::shown(&text))
}
