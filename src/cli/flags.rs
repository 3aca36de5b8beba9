//! Flags of every command, and their help. The first line of each comment is `-h`, all of it `--help`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::bench_flags::BenchFlags;
use super::captions_flags::CaptionsCommand;
use super::process_flags::{ProcessFlags, TrustFlags};
use super::settings_flags::SettingsFlags;
use crate::timeline::Stage;

/// Long videos in; ranked short clips, the analysis behind them and a performance report out.
#[derive(Debug, Parser)]
#[command(
    name = "opusclip",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = EXAMPLES
)]
pub(super) struct Cli {
    /// Colour what people read.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: When,

    #[command(subcommand)]
    pub(super) command: Subcommands,
}

const EXAMPLES: &str = "\
Examples:
  opusclip process jobs.toml                 the batch that a manifest describes
  opusclip process *.mp4 --output clips      these videos, all with the same settings
  opusclip process jobs.toml --dry-run       what would be done
  opusclip config show --origin              every setting, its value and who gave it

stdout carries data only (--json, --format ndjson); messages go to stderr. stdin is never read.
Exit codes: 0 done, 1 some jobs failed, 2 wrong use, others: `opusclip help exit-codes`.";

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Subcommands {
    /// Work through a batch: a manifest, or videos.
    Process(ProcessFlags),
    /// Measure how fast this machine decodes, analyses and stores.
    Bench(BenchFlags),
    /// Look at kept results, or remove them.
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Look at the installed models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Look whether everything a run needs is there; exit code 69 when something is not, 78 for ONNX Runtime.
    Doctor {
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Tell on what models run here, and what processor, memory, GPU, ONNX Runtime and FFmpeg there are.
    Devices {
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Look at captions.
    #[command(subcommand)]
    Captions(CaptionsCommand),
    /// Look at settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at finished runs: one, the last of them side by side, or one against another.
    Report(ReportFlags),
    /// Look at the runs under way: jobs, speed, time left.
    Status {
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
    /// End a run under way, as Ctrl-C does; the same command goes on later.
    Cancel {
        /// The beginning of its id, or its output folder [default: the only run there is].
        run: Option<String>,
        /// Do not wait for the videos under way.
        #[arg(long)]
        now: bool,
    },
    /// Fit settings to what you like.
    #[command(subcommand)]
    Tune(TuneCommand),
    /// Print a completion script for a shell.
    ///
    /// For example: opusclip completions bash > /etc/bash_completion.d/opusclip
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    ///
    /// For example: opusclip man > /usr/local/share/man/man1/opusclip.1
    Man,
    /// Print the version.
    Version,
    /// Explain a command, or the exit codes.
    Help {
        /// A command such as `process` or `cache trim`, or `exit-codes`.
        topic: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Entries, bytes, hits and misses.
    Stats {
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Print where the cache folder is.
    Dir,
    /// Remove what was used least recently until the folder is small enough.
    Trim {
        /// Bytes to keep, such as 2GB [default: the setting cache.max-bytes].
        #[arg(long, value_name = "BYTES", value_parser = bytes)]
        max_bytes: Option<u64>,
    },
    /// Remove everything, or only what is of a stage or old.
    Clear {
        /// Only results of this stage, as the report names it: shots, faces, transcript.
        #[arg(long, value_name = "STAGE", value_parser = stage_name)]
        stage: Option<String>,
        /// Only what was stored at least so long ago, such as 36h.
        #[arg(long, value_name = "AGE", value_parser = age)]
        older_than: Option<Duration>,
    },
    /// Read every record and remove what is damaged.
    Verify,
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// List what is installed.
    List {
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Compare size and sha256 of every model with models.toml; exit code 69 when one is missing or differs.
    Verify,
}

#[derive(Debug, Args)]
pub(super) struct ReportFlags {
    /// Its id or the beginning of it, its report file, or its output folder; the last run when none is named.
    #[arg(conflicts_with = "last")]
    pub(super) run: Option<String>,

    /// A line each for the last runs.
    #[arg(long, value_name = "COUNT")]
    pub(super) last: Option<usize>,

    /// Also how the later half of them differs from the earlier; with --json that alone.
    #[arg(long, requires = "last")]
    pub(super) trend: bool,

    /// Against this run, named likewise.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["last", "json"])]
    pub(super) compare: Option<String>,

    /// As JSON on stdout.
    #[arg(long)]
    pub(super) json: bool,

    /// As a Markdown page on stdout.
    #[arg(long, conflicts_with_all = ["last", "compare", "json"])]
    pub(super) markdown: bool,

    /// As JUnit on stdout: a test for each job and each alert.
    #[arg(long, conflicts_with_all = ["last", "compare", "json", "markdown"])]
    pub(super) junit: bool,

    /// Write what it recommends as a profile, for `process --profile`; nothing is written where nothing is recommended.
    #[arg(long, value_name = "PROFILE.toml", conflicts_with_all = ["last", "compare"], value_hint = ValueHint::FilePath, value_parser = profile)]
    pub(super) apply: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its value.
    Show {
        /// The settings that a run of this manifest would have.
        #[arg(value_hint = ValueHint::FilePath)]
        manifest: Option<PathBuf>,
        /// Also print who gave each value.
        #[arg(long)]
        origin: bool,
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Say what is wrong with manifests and settings files; exit code 2 when anything is.
    Validate {
        /// Manifests or settings files [default: the user's own settings].
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        trust: TrustFlags,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TuneCommand {
    /// Fit the ranker's weights to clips that you kept and dropped.
    ///
    /// Exit code 2 when something is wrong in the table, or when the labels are not enough to show on held-out clips that the
    /// fitted weights rank better than the built-in ones; then nothing is written.
    #[command(after_help = "\
The table has a header and one clip a line: clips.csv, or the signals of candidates.json, and these columns.
  label              kept or dropped, or a number of which higher is better; lines without one do not count
  job                which video the clip is of (or `group`, or `video`); clips are compared inside their video
  motion, hook ...   the signals, also named signal.motion; 0 to 1, or nothing where one is not known

Examples:
  opusclip tune ranker labels.csv
  opusclip tune ranker labels.csv --output taste.toml
  opusclip process jobs.toml --profile taste.toml")]
    Ranker {
        /// A CSV table of clips with a column `label`.
        #[arg(value_name = "LABELS", value_hint = ValueHint::FilePath)]
        labels: PathBuf,
        /// Write the weights as a profile.
        #[arg(long, short, value_name = "PROFILE.toml", value_hint = ValueHint::FilePath, value_parser = profile)]
        output: Option<PathBuf>,
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
}

/// Files of another name would be taken for the name of a profile.
fn profile(text: &str) -> Result<PathBuf, &'static str> {
    let named = text.ends_with(".toml").then(|| PathBuf::from(text));
    named.ok_or("expected a name that ends in .toml")
}

/// A stage that does not exist has nothing kept: most likely it is mistyped.
fn stage_name(text: &str) -> Result<String, String> {
    let names = Stage::ALL.map(Stage::name);
    if names.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!("expected one of {}", names.join(", ")))
}

fn age(text: &str) -> Result<Duration, &'static str> {
    crate::settings::parse_length(text).ok_or("expected an age such as 90m or 36h")
}

fn bytes(text: &str) -> Result<u64, &'static str> {
    crate::settings::parse_bytes(text).ok_or("expected bytes such as 512MiB or 2GB")
}
