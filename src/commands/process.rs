//! `opusclip process`: a batch from its manifest to its report.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use crossbeam_channel::Sender;

use super::answer::shown;
use super::args::ProcessArgs;
use super::history;
use super::preflight::{self, OutputLock, TooFewAddresses, TooLittleMemory};
use super::results;
use super::run_cache::{NO_THREAD, of_cache, open_cache};
use super::session::{RunSession, find_models};
use super::status::RunMark;
use crate::cache;
use crate::clock;
use crate::export;
use crate::inference;
use crate::manifest::{BatchPlan, Trust};
use crate::media;
use crate::pipeline::{Faults, RunConfig, SignalWatch};
use crate::report::{
    self, Event, ExitCode, Hooks, Level, MetricsFile, OutputFormat, Reporter, ReporterFiles,
    ReporterOptions, RunReport, Start, StatusFile, Style, TraceFile, Verbosity, Warning,
};
use crate::settings::{Folders, LogLevel, Machine, Problems, Settings};
use crate::timeline::Stage;

/// Runs that the page of a report compares.
const TREND: usize = 20;
/// Why a run without a cache cannot choose among all videos.
const NO_ARCHIVE: &str =
    "the best of all videos are made from what the cache holds of them, and the cache is off";

/// Does the batch and returns how it ended; everything that can be refused is refused before the first frame.
pub(super) fn run(args: &ProcessArgs) -> ExitCode {
    match load(args) {
        Ok(plan) => carry_out(args, &plan),
        Err(code) => code,
    }
}

/// Returns the batch; where it is not right that is told.
pub(super) fn load(args: &ProcessArgs) -> Result<BatchPlan, ExitCode> {
    media::init();
    let plan = BatchPlan::load(&args.request());
    let plan = plan.and_then(|plan| drawable(plan, args.until));
    plan.map_err(|problems| {
        problems.iter().for_each(|problem| {
            let what = format!("{}: {}", problem.place, problem.message);
            report::complain(style(args), &what, problem.hint.as_deref());
        });
        ExitCode::Usage
    })
}

/// Does a batch and returns how it ended.
pub(super) fn carry_out(args: &ProcessArgs, plan: &BatchPlan) -> ExitCode {
    match prepared(args, plan) {
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
    if error.is::<TooFewAddresses>() || error.is::<TooLittleMemory>() {
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

/// Data cannot be written where it was to go.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoOutput(String);

fn prepared(args: &ProcessArgs, plan: &BatchPlan) -> anyhow::Result<ExitCode> {
    let machine = Machine::detect();
    preflight::check_addresses(&machine, args.until)?;
    let settings = plan.layers.settings(&machine, plan.jobs.len());
    preflight::check_memory(&settings, args.until)?;
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
    let told = told_first(plan, &settings, warning);
    if args.dry_run {
        return batch.show_plan(told);
    }
    batch.run(told)
}

/// Returns what is told before anything is done: settings that have no effect, the cache, what was passed over.
fn told_first(
    plan: &BatchPlan,
    settings: &Settings,
    cache: Option<cache::CacheWarning>,
) -> Vec<Event> {
    let grace = preflight::short_grace(settings);
    let unheeded = plan.layers.warnings.iter().chain(&settings.cuts).cloned();
    let unheeded = unheeded.chain(grace);
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
        let _ours = OutputLock::wait(self.config.output);
        let (start, idle) = (Start::now(), clock::machine_idle());
        let (_mark, status) = self.mark(&start).unzip();
        let files = ReporterFiles {
            status,
            metrics: self.metrics_file().map(MetricsFile::new),
            trace: args.trace.as_deref().map(TraceFile::create).transpose()?,
            hooks: self.hooks(),
        };
        let (events, reporter) = Reporter::start(options, files).context(NO_THREAD)?;
        let watch = self.watch_signals(&events)?;
        told.into_iter().for_each(|event| drop(events.send(event)));
        let code = self
            .session
            .run(&self.config, events.clone(), &start.run_id);
        let cache = self.session.cache;
        cache.flush();
        for warning in cache.take_warnings() {
            warn(&events, of_cache(warning));
        }
        // It holds a sender, and the reporter waits for all of them.
        drop((watch, events));
        let facts = results::facts(&self.config, self.session, &start, idle);
        let (performance, shown) = reporter.finish();
        let report = RunReport::new(&performance, facts);
        if verbosity(settings) > Verbosity::Quiet && args.format == OutputFormat::Text {
            report::say(&report::report_text(&report, style(args)));
        }
        if let Err(e) = history::keep(&self.folders.history, &report, settings.history) {
            report::say(&format!("warning: this run is not in the history: {e}"));
        }
        let before = history::last(&self.folders.history, TREND);
        let found = (&report, performance.clips());
        results::write_report(found, &self.config, args.report.as_deref(), &before)?;
        if let Some(path) = self.metrics_file() {
            results::write_metrics(&report, &path, code)?;
        }
        shown.map_err(|error| NoOutput(error.to_string()))?;
        Ok(self.judged(&report, code))
    }

    /// Returns who is told of ends: nobody where the settings may be somebody else's.
    fn hooks(&self) -> Hooks {
        let hooks = &self.config.settings.hooks;
        match self.args.trust {
            Trust::Untrusted { .. } => Hooks::default(),
            Trust::Trusted => Hooks {
                job: hooks.job.clone(),
                run: hooks.run.clone(),
            },
        }
    }

    /// Listens for signals, and tells of each at once.
    fn watch_signals(&self, events: &Sender<Event>) -> anyhow::Result<SignalWatch> {
        let events = events.clone();
        // Without a listener there is nobody to tell.
        let tell = move |now| drop(events.send(Event::Stopping { now }));
        let grace = self.config.settings.grace;
        let watch = SignalWatch::start(&self.session.cancel, grace, tell);
        watch.context("listen for signals")
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

    /// Returns where metrics go, if anywhere.
    fn metrics_file(&self) -> Option<PathBuf> {
        let beside = || self.config.output.join("metrics.prom");
        let named = self.args.metrics.clone();
        named.or_else(|| self.config.settings.metrics.then(beside))
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
