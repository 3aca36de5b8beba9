//! Flags of `opusclip process`, and their help.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::job_flags::JobFlags;
use super::settings_flags::SettingsFlags;
use crate::pipeline::InjectedFault;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  opusclip process jobs.toml --profile production
  opusclip process talk.mp4 --until shots --format ndjson | jq .
  opusclip process --watch inbox --output clips
  opusclip process 'talks/*.mp4' --output clips --clips 3 --min 20s --aspect 1:1

A run that was interrupted goes on where it stopped when it is started again.
Exit codes: `opusclip help exit-codes`.")]
pub(super) struct ProcessFlags {
    /// One manifest (*.toml), or videos: files, folders, patterns.
    #[arg(required = true, value_name = "MANIFEST|VIDEO", value_hint = ValueHint::FilePath)]
    pub(super) inputs: Vec<PathBuf>,

    /// Where the results go [default: the manifest's output.dir, else `out`].
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) output: Option<PathBuf>,

    /// Search the folders inside a folder, too.
    #[arg(long, short)]
    pub(super) recursive: bool,

    #[command(flatten)]
    pub(super) trust: TrustFlags,

    /// Go on: whenever files in the folders are finished being written, do them, too. Ctrl-C ends it.
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) watch: bool,

    /// Do again what is already done.
    #[arg(long)]
    pub(super) fresh: bool,

    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub(super) dry_run: bool,

    /// The last stage to do.
    #[arg(long, value_enum, default_value_t, value_name = "STAGE")]
    pub(super) until: Until,

    /// Stop taking jobs after the first failure.
    #[arg(long)]
    pub(super) fail_fast: bool,

    /// Write metrics for Prometheus here, every 15 s and at the end: into the folder of a text collector.
    #[arg(long, value_name = "FILE.prom", value_hint = ValueHint::FilePath)]
    pub(super) metrics: Option<PathBuf>,

    /// Write what each thread did when, for Perfetto (ui.perfetto.dev) or chrome://tracing.
    #[arg(long, value_name = "FILE.json", value_hint = ValueHint::FilePath)]
    pub(super) trace: Option<PathBuf>,

    /// Exit code 1 when the run passes a limit of [alerts].
    #[arg(long)]
    pub(super) fail_on_alert: bool,

    /// Exit code 1 when a job is done and gives no clip.
    #[arg(long)]
    pub(super) fail_on_no_clips: bool,

    /// What stdout carries.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: FormatFlag,

    /// Write the report here [default: report.json in the output folder].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) report: Option<PathBuf>,

    /// Let something break once, to see what the run does then: FAULT or FAULT@N, for the Nth of its kind; may be repeated.
    ///
    /// stalled-decode (frames), stalled-session, out-of-memory, provider-lost, nan-outputs (model runs), encoder-refused (clips),
    /// no-space (result files).
    #[arg(long, value_name = "FAULT[@N]")]
    pub(super) inject: Vec<InjectedFault>,

    #[command(flatten)]
    pub(super) wishes: JobFlags,

    #[command(flatten)]
    pub(super) settings: SettingsFlags,
}

/// Whose manifests are read.
#[derive(Debug, Args)]
pub(super) struct TrustFlags {
    /// The manifest is somebody else's: it may name nothing outside its own folder.
    ///
    /// Inputs, the output folder and the profile must lie in it, links followed; else exit code 2.
    #[arg(long)]
    pub(super) untrusted: bool,

    /// A further folder that an untrusted manifest may name things in; may be repeated.
    #[arg(long, value_name = "DIR", requires = "untrusted", value_hint = ValueHint::DirPath)]
    pub(super) allow: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Until {
    /// Read the headers.
    Probe,
    /// Write down what is said, with captions; no picture is decoded.
    Transcript,
    /// Find the shots, too.
    Shots,
    /// Choose the clips.
    Select,
    /// Cut and encode them.
    Render,
    /// Everything, all result files written.
    #[default]
    Export,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum FormatFlag {
    /// Nothing: messages and the report go to stderr.
    #[default]
    Text,
    /// One JSON object a line for each event.
    Ndjson,
}
