//! Arguments of each command.

use std::path::PathBuf;

use crate::cache::Filter;
use crate::manifest::{PlanRequest, Trust};
use crate::pipeline::InjectedFault;
use crate::report::{Color, OutputFormat};
use crate::settings::{Overrides, Sources};
use crate::timeline::Stage;

/// What the user asked the program to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Work through a batch.
    Process(ProcessArgs),
    /// Measure.
    Bench(BenchArgs),
    /// Look at kept results, or remove them.
    Cache(CacheArgs),
    /// Look at the installed models.
    Models(ModelsArgs),
    /// Look whether everything a run needs is there.
    Doctor {
        /// As JSON on stdout.
        json: bool,
    },
    /// List what models can run on.
    Devices {
        /// As JSON on stdout.
        json: bool,
    },
    /// Look at captions.
    Captions(CaptionsArgs),
    /// Look at settings.
    Config(ConfigArgs),
    /// Fit settings to what somebody likes.
    Tune(TuneArgs),
    /// Look at finished runs.
    Report(ReportArgs),
    /// Look at runs under way.
    Status {
        /// As JSON on stdout.
        json: bool,
    },
    /// End a run under way.
    Cancel(CancelArgs),
    /// Say this on stdout: a script for the shell, a manual page, an explanation.
    Say(String),
}

/// A batch to work through.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessArgs {
    /// One manifest, or videos.
    pub inputs: Vec<PathBuf>,
    /// Where the results go, whatever the manifest says.
    pub output: Option<PathBuf>,
    /// Settings given on the command line.
    pub overrides: Overrides,
    /// Whether the manifest may name any file.
    pub trust: Trust,
    /// Go on with what is put into the folders.
    pub watch: bool,
    /// Do again what is already done.
    pub fresh: bool,
    /// What is to break.
    pub faults: Vec<InjectedFault>,
    /// Where metrics for Prometheus go.
    pub metrics: Option<PathBuf>,
    /// Where a trace goes.
    pub trace: Option<PathBuf>,
    /// Fail where a limit of the alerts is passed.
    pub fail_on_alert: bool,
    /// Fail where a job gives no clip.
    pub fail_on_no_clips: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// The last stage to do.
    pub until: Stage,
    /// What stdout carries.
    pub format: OutputFormat,
    /// Another place for `report.json`.
    pub report: Option<PathBuf>,
    /// When to colour.
    pub color: Color,
}

/// What to do with caption files.
#[derive(Debug, Clone, PartialEq)]
pub enum CaptionsArgs {
    /// Hold them against the rules.
    Lint {
        /// SRT, VTT, ASS or JSON.
        files: Vec<PathBuf>,
        /// Whose rules; what the file itself says when none is named.
        profile: Option<CaptionProfile>,
        /// The language where the file does not say it.
        language: String,
        /// Frames a second of the video, which the shortest gap follows from.
        frame_rate: f64,
        /// As JSON on stdout.
        json: bool,
    },
}

/// The rules of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionProfile {
    /// A few large words at a time, for a phone.
    Punch,
    /// Two lines at the bottom of the picture.
    Subtitle,
}

/// Which run to end, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelArgs {
    /// The beginning of its id, or its output folder; the only one when none is named.
    pub run: Option<String>,
    /// How.
    pub how: CancelHow,
}

/// How a run is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelHow {
    /// When the videos under way are done.
    Drain,
    /// At once.
    Now,
}

/// Something to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchArgs {
    /// What to measure; everything that the videos allow when nothing is named.
    pub what: Option<Measurement>,
    /// Videos to measure with.
    pub videos: Vec<PathBuf>,
    /// What is said in them, as plain text.
    pub reference: Option<PathBuf>,
    /// Settings given on the command line.
    pub overrides: Overrides,
    /// Measurements of each.
    pub runs: u32,
    /// Made-up jobs to de-duplicate.
    pub dedup_jobs: u32,
    /// As JSON on stdout.
    pub json: bool,
    /// Keep the result in this file.
    pub save: Option<PathBuf>,
    /// Compare with a kept result.
    pub compare: Option<PathBuf>,
    /// Measure in turn with another build of the program, and compare with that.
    pub against: Option<PathBuf>,
    /// End with exit code 1 when something is slower than compared by more than so many per cent.
    pub fail_above: Option<f64>,
    /// Also when it cannot be told whether something is.
    pub fail_on_inconclusive: bool,
    /// What must be reached.
    pub require: Option<PathBuf>,
    /// Write the result as a Markdown page.
    pub markdown: Option<PathBuf>,
    /// Write the comparison as JUnit.
    pub junit: Option<PathBuf>,
}

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measurement {
    /// Decoding alone.
    Decode,
    /// Shot detection with its decoding.
    Shots,
    /// Faces, likeness and look.
    Encoder,
    /// Speech written down.
    Text,
    /// The clips of ten hours, chosen.
    Rank,
    /// An upright, captioned clip, made and verified.
    Render,
    /// Records written and read.
    Cache,
    /// Made-up jobs de-duplicated.
    Dedup,
    /// The whole program.
    EndToEnd,
}

impl Measurement {
    /// Returns the word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Shots => "shots",
            Self::Encoder => "encoder",
            Self::Text => "text",
            Self::Rank => "rank",
            Self::Render => "render",
            Self::Cache => "cache",
            Self::Dedup => "dedup",
            Self::EndToEnd => "end-to-end",
        }
    }
}

/// Something to do with kept results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheArgs {
    /// Entries, bytes, hits and misses.
    Stats {
        /// As JSON on stdout.
        json: bool,
    },
    /// Where the folder is.
    Dir,
    /// Remove what was used least recently until the folder is small enough.
    Trim {
        /// Bytes to keep, else the setting `cache.max-bytes`: `"2GB"`.
        max_bytes: Option<u64>,
    },
    /// Remove what a filter matches; an empty one matches everything.
    Clear(Filter),
    /// Read every record and remove what is damaged.
    Verify,
}

/// Something to do with models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelsArgs {
    /// What is installed.
    List {
        /// As JSON on stdout.
        json: bool,
    },
    /// Whether it is what it should be.
    Verify,
}

/// Something to do with settings.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigArgs {
    /// Every setting with its value.
    Show {
        /// The settings a run of this manifest would have.
        manifest: Option<PathBuf>,
        /// Settings given on the command line.
        overrides: Overrides,
        /// Also who gave each value.
        origin: bool,
        /// As JSON on stdout.
        json: bool,
    },
    /// Whether manifests and settings files are right; the user's own file when none is named.
    Validate {
        /// The files.
        files: Vec<PathBuf>,
        /// Whether manifests may name any file.
        trust: Trust,
    },
}

/// Settings to fit to what somebody likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TuneArgs {
    /// The ranker's weights.
    Ranker {
        /// A CSV table of clips with labels.
        labels: PathBuf,
        /// The profile to write; none without one.
        output: Option<PathBuf>,
        /// As JSON on stdout.
        json: bool,
    },
}

/// Finished runs to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportArgs {
    /// A run by its id or the beginning of it, a report file, or an output folder; the last run without one.
    pub run: Option<String>,
    /// A line each for so many of the last runs, instead of one run.
    pub last: Option<usize>,
    /// Also how these changed with time.
    pub trend: bool,
    /// Against this run, named likewise.
    pub compare: Option<String>,
    /// As JSON on stdout.
    pub json: bool,
    /// As a Markdown page on stdout.
    pub markdown: bool,
    /// As JUnit on stdout.
    pub junit: bool,
    /// The profile to write what is recommended into.
    pub apply: Option<PathBuf>,
}

impl ProcessArgs {
    /// Returns what the plan is made from, in this process.
    pub fn request(&self) -> PlanRequest {
        PlanRequest {
            inputs: self.inputs.clone(),
            output: self.output.clone(),
            sources: Sources::of_this_process(self.overrides.clone()),
            trust: self.trust.clone(),
            may_be_empty: self.watch,
        }
    }
}
