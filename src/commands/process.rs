//! `opusclip process`: a batch from its manifest to its report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use crossbeam_channel::Sender;

use super::answer::shown;
use super::args::ProcessArgs;
use super::history;
use super::preflight::{self, OutputLock, TooFewAddresses};
use super::run_cache::{NO_THREAD, cache_levels, of_cache, open_cache};
use super::session::{RunSession, find_models};
use super::status::RunMark;
use crate::cache;
use crate::clock;
use crate::export;
use crate::inference;
use crate::manifest::BatchPlan;
use crate::media;
use crate::pipeline::{Faults, RunConfig, SignalWatch};
use crate::report::{
    self, Event, ExitCode, Level, MetricsFile, OutputFormat, Reporter, ReporterOptions, RunReport,
    RunTimes, Start, StatusFile, Style, Verbosity, Warning, metrics_text,
};
use crate::settings::{AlertSettings, Folders, LogLevel, Machine, Problems, Settings};
use crate::timeline::Stage;

/// Why a run without a cache cannot choose among all videos.
const NO_ARCHIVE: &str =
    "the best of all videos are made from what the cache holds of them, and the cache is off";

/// Does the batch and returns how it ended; everything that can be refused is refused before the first frame.
pub(super) fn run(args: &ProcessArgs) -> ExitCode {
    media::init();
    let plan = BatchPlan::load(&args.request());
    let plan = match plan.and_then(|plan| drawable(plan, args.until)) {
        Ok(plan) => plan,
        Err(problems) => {
            problems.iter().for_each(|problem| {
                let what = format!("{}: {}", problem.place, problem.message);
                report::complain(style(args), &what, problem.hint.as_deref());
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

/// Returns a plan whose captions can be drawn in the fonts that it names; where no clip is made none is needed.
fn drawable(plan: BatchPlan, until: Stage) -> Result<BatchPlan, Problems> {
    let missing = if until >= Stage::Render {
        preflight::missing_fonts(&plan.jobs)
    } else {
        Vec::new()
    };
    Problems::none_or(missing, plan)
}

fn style(args: &ProcessArgs) -> Style {
    Style::of_stderr(args.color)
}

/// What the exit code is when a run cannot begin, or its report cannot be written.
fn refusal(error: &anyhow::Error) -> ExitCode {
    if error.is::<export::Error>() || error.is::<NoOutput>() {
        return ExitCode::CannotWrite;
    }
    if error.is::<TooFewAddresses>() {
        return ExitCode::TryAgain;
    }
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        // No thread, no file handle, no memory: another time there may be.
        return match error.raw_os_error() {
            Some(_) => ExitCode::TryAgain,
            None => ExitCode::Unavailable,
        };
    }
    match error.downcast_ref::<inference::Error>() {
        Some(inference::Error::Library { .. }) => ExitCode::Installation,
        Some(inference::Error::OutOfMemory(_)) => ExitCode::TryAgain,
        _ => ExitCode::Unavailable,
    }
}

/// Data cannot be written to stdout.
#[derive(Debug, thiserror::Error)]
#[error("standard output: {0}")]
struct NoOutput(String);

fn prepared(args: &ProcessArgs, plan: &BatchPlan) -> anyhow::Result<ExitCode> {
    let machine = Machine::detect();
    preflight::check_addresses(&machine, args.until)?;
    let settings = plan.layers.settings(&machine, plan.jobs.len());
    if plan.archive.is_some() && !settings.cache.enabled {
        let hint = "leave the cache on, or [archive] out";
        report::complain(style(args), &NO_ARCHIVE, Some(hint));
        return Ok(ExitCode::Usage);
    }
    let folders = Folders::of_this_process();
    let registry = find_models(&folders, &settings)?;
    preflight::check_output(&plan.output).context("output folder")?;
    let (cache, warning) = open_cache(&folders, &settings)?;
    let session = RunSession {
        faults: Arc::new(Faults::new(&args.faults)),
        ..RunSession::new(&settings, &registry, &cache)
    };
    let batch = PreparedBatch {
        args,
        config: RunConfig {
            fresh: args.fresh,
            archive: plan.archive,
            ..session.config(&plan.jobs, &plan.output, args.until)
        },
        folders: &folders,
        session: &session,
    };
    let told = told_first(plan, warning);
    if args.dry_run {
        return batch.show_plan(told);
    }
    batch.run(told)
}

/// Returns what is told before anything is done: settings that have no effect, the cache, what was passed over.
fn told_first(plan: &BatchPlan, cache: Option<cache::CacheWarning>) -> Vec<Event> {
    let unheeded = plan.layers.warnings.iter().cloned();
    let unheeded = unheeded.map(|reason| Warning::Setting { reason });
    let warnings = unheeded.chain(cache.map(of_cache));
    let told = warnings.map(|warning| Event::Warned { job: None, warning });
    told.chain(notes(&plan.notes)).collect()
}

/// Returns what is told of the search for videos: of many inputs the first, and how many more.
fn notes(notes: &[String]) -> impl Iterator<Item = Event> {
    const MOST: usize = 10;
    let more = notes.len().saturating_sub(MOST);
    let rest = (more > 0).then(|| format!("something was passed over in {more} more inputs"));
    let shown = notes.iter().take(MOST).cloned().chain(rest);
    let message = |text| Event::Message {
        level: Level::Info,
        job: None,
        text,
    };
    shown.map(message)
}

/// A batch that is ready to run.
struct PreparedBatch<'a> {
    args: &'a ProcessArgs,
    config: RunConfig<'a>,
    folders: &'a Folders,
    session: &'a RunSession<'a>,
}

impl PreparedBatch<'_> {
    /// Runs the batch on the device that was asked for; where work was left behind, the process ends with it.
    fn run(&self, told: Vec<Event>) -> anyhow::Result<ExitCode> {
        let registry = self.session.registry;
        registry.runtime()?;
        let proof = registry.prove_device();
        proof.context("the device that was asked for")?;
        let code = self.process(told)?;
        if self.session.watchdog.has_left_work() {
            // All is written; the locks go with the process.
            code.end_process();
        }
        Ok(code)
    }

    /// Runs the batch and writes its report; `told` is told first.
    fn process(&self, told: Vec<Event>) -> anyhow::Result<ExitCode> {
        let (args, settings) = (self.args, self.config.settings);
        let options = ReporterOptions::new(args.format, verbosity(settings), args.color);
        export::create_folder(self.config.output).context("output folder")?;
        let start = Start::now();
        let (_mark, status) = self.mark(&start).unzip();
        let metrics = args.metrics.clone().map(MetricsFile::new);
        let (events, reporter) = Reporter::start(options, (status, metrics)).context(NO_THREAD)?;
        let _ours = OutputLock::sweep(self.config.output);
        let cancel = &self.session.cancel;
        let _watch = SignalWatch::start(cancel, settings.grace).context("listen for signals")?;
        told.into_iter().for_each(|event| drop(events.send(event)));
        let code = self
            .session
            .run(&self.config, events.clone(), &start.run_id);
        let cache = self.session.cache;
        cache.flush();
        for warning in cache.take_warnings() {
            warn(&events, of_cache(warning));
        }
        drop(events);
        let facts = self.facts(&start);
        let (performance, shown) = reporter.finish();
        let report = RunReport::new(&performance, facts);
        if verbosity(settings) > Verbosity::Quiet && args.format == OutputFormat::Text {
            report::say(&report::report_text(&report, style(args)));
        }
        if let Err(e) = history::keep(&self.folders.history, &report) {
            report::say(&format!("warning: this run is not in the history: {e}"));
        }
        let file = args.report.clone().unwrap_or_else(|| self.report_file());
        write_report(&report, &file)?;
        if let Some(path) = &args.metrics {
            write_metrics(&report, path, code)?;
        }
        shown.map_err(|error| NoOutput(error.to_string()))?;
        Ok(self.judged(&report, code))
    }

    /// Returns how the program ends when what the flags forbid has happened to a run that went well otherwise.
    fn judged(&self, report: &RunReport, code: ExitCode) -> ExitCode {
        if code != ExitCode::Done {
            return code;
        }
        let makes_clips = self.config.until >= Stage::Render && self.config.archive.is_none();
        let barren = report
            .jobs
            .iter()
            .filter(|job| makes_clips && job.clips == 0);
        let barren: Vec<&str> = barren.map(|job| job.id.as_str()).collect();
        if self.args.fail_on_no_clips && !barren.is_empty() {
            report::say(&format!("error: no clips of {}", barren.join(", ")));
            return ExitCode::SomeFailed;
        }
        if self.args.fail_on_alert && !report.alerts.is_empty() {
            return ExitCode::SomeFailed;
        }
        code
    }

    /// Marks the run as under way; one that cannot be marked cannot be asked about, and goes on all the same.
    fn mark(&self, start: &Start) -> Option<(RunMark, StatusFile)> {
        let (mark, file) = RunMark::set(&self.folders.history, start).ok()?;
        let output = self.config.output;
        let output = output.canonicalize().unwrap_or_else(|_| output.to_owned());
        Some((mark, StatusFile::new(file, start, output)))
    }

    fn report_file(&self) -> PathBuf {
        self.config.output.join("report.json")
    }

    /// Says what would be done; not all of it can be where an input is at fault.
    fn show_plan(&self, told: Vec<Event>) -> anyhow::Result<ExitCode> {
        let verbosity = verbosity(self.config.settings);
        for event in told {
            let line = report::notice(&event, verbosity, style(self.args));
            line.iter().for_each(|line| report::say(line));
        }
        let plan = self.session.plan(&self.config);
        let text = match self.args.format {
            OutputFormat::Text => plan.to_string(),
            OutputFormat::Ndjson => serde_json::to_string(&plan)? + "\n",
        };
        Ok(match (shown(&text), plan.problems()) {
            (ExitCode::Done, 0) => ExitCode::Done,
            (ExitCode::Done, some) if some == plan.jobs.len() => ExitCode::BadInput,
            (ExitCode::Done, _) => ExitCode::SomeFailed,
            (code, _) => code,
        })
    }

    fn facts(&self, start: &Start) -> report::RunFacts {
        let settings = self.config.settings;
        let machine = Machine::detect();
        report::RunFacts {
            started: start.started.clone(),
            cores: machine.cores,
            cpu: clock::process_cpu(),
            machine_bytes: machine.usable_memory(),
            memory: report::MemoryUse {
                peak_rss_bytes: clock::peak_rss(),
                budget_bytes: settings.memory_budget,
                peak_held_bytes: self.session.memory.peak(),
            },
            devices: self.session.registry.devices(),
            cache: cache_levels(self.session.cache),
            free_bytes: cache::free_bytes(self.config.output).ok(),
            alerts: alert_limits(&settings.alerts),
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
}

fn alert_limits(settings: &AlertSettings) -> report::AlertLimits {
    // As written: 0.05 and not the nearest number of half the precision.
    let share = |share: f32| (f64::from(share) * 1e6).round() / 1e6;
    report::AlertLimits {
        memory: share(settings.memory),
        errors: share(settings.errors),
        hits: share(settings.hits),
        free_disk: settings.free_disk.0,
    }
}

fn verbosity(settings: &Settings) -> Verbosity {
    match settings.log_level {
        LogLevel::Error | LogLevel::Warn => Verbosity::Quiet,
        LogLevel::Info => Verbosity::Normal,
        LogLevel::Debug | LogLevel::Trace => Verbosity::Verbose,
    }
}

fn warn(events: &Sender<Event>, warning: Warning) {
    // Without a listener there is nobody to warn.
    let _ = events.send(Event::Warned { job: None, warning });
}

/// Writes the metrics of a run that has ended.
fn write_metrics(report: &RunReport, path: &Path, code: ExitCode) -> anyhow::Result<()> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = Some(now.as_secs_f64());
    let before = RunTimes::read(path);
    let times = RunTimes {
        last_run: now,
        last_success: if code == ExitCode::Done {
            now
        } else {
            before.last_success
        },
    };
    export::write_atomic(path, metrics_text(report, &times).as_bytes())?;
    Ok(())
}

fn write_report(report: &RunReport, path: &Path) -> anyhow::Result<()> {
    export::write_atomic(path, &export::to_json(report)?)?;
    Ok(())
}
