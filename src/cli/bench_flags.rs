//! Flags of `opusclip bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::settings_flags::SettingsFlags;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  opusclip bench cache
  opusclip bench dedup --dedup-jobs 100000 --runs 1
  opusclip bench end-to-end talk.mp4 --runs 5 --save base.json
  opusclip bench end-to-end talk.mp4 --compare base.json --fail-above 5%
  opusclip bench end-to-end talk.mp4 --against ./opusclip-before --runs 7 --junit bench.xml")]
pub(super) struct BenchFlags {
    /// What to measure [default: all that the videos allow].
    #[arg(value_enum, value_name = "WHAT")]
    pub(super) what: Option<What>,

    /// Videos to measure with.
    #[arg(value_name = "VIDEO", value_hint = ValueHint::FilePath)]
    pub(super) videos: Vec<PathBuf>,

    /// What is said in the video, as plain text: counts the words that are wrong.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) reference: Option<PathBuf>,

    /// Measurements of each.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) runs: u32,

    /// Made-up jobs that `dedup` measures with.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) dedup_jobs: u32,

    /// As JSON on stdout.
    #[arg(long)]
    pub(super) json: bool,

    /// Keep the result in this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) save: Option<PathBuf>,

    /// Compare with a kept result.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) compare: Option<PathBuf>,

    /// Measure in turn with another build of opusclip, and compare with that: the machine's moods meet both.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "compare", value_hint = ValueHint::ExecutablePath)]
    pub(super) against: Option<PathBuf>,

    /// Exit code 1 when something is slower than compared by more than so many per cent, or no longer measured [default of what
    /// is told: 3%].
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) fail_above: Option<f64>,

    /// Exit code 1 also when the noise is too large to tell.
    #[arg(long)]
    pub(super) fail_on_inconclusive: bool,

    /// Exit code 1 when something does not reach what this file asks: [[floor]] with name and limit.
    #[arg(long, value_name = "FLOORS.toml", value_hint = ValueHint::FilePath)]
    pub(super) require: Option<PathBuf>,

    /// Write the result as a Markdown page.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) markdown: Option<PathBuf>,

    /// Write what changed as JUnit.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) junit: Option<PathBuf>,

    #[command(flatten)]
    pub(super) settings: SettingsFlags,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum What {
    /// Decoding alone.
    Decode,
    /// Shot detection with its decoding.
    Shots,
    /// Faces, likeness and look of larger pictures, with their decoding.
    Encoder,
    /// Speech written down, with its decoding, and captions made of it.
    Text,
    /// The clips of a made-up talk of ten hours, chosen; needs no video.
    Rank,
    /// An upright, captioned clip, made and verified.
    Render,
    /// Records written and read; needs no video.
    Cache,
    /// The moments of made-up jobs, told apart; needs no video.
    Dedup,
    /// The whole program.
    EndToEnd,
}

fn percent(text: &str) -> Result<f64, &'static str> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse();
    number
        .ok()
        .filter(|percent: &f64| percent.is_finite() && *percent >= 0.0)
        .ok_or("expected per cent such as 5 or 5%")
}
