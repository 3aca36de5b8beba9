//! Flags of `opusclip captions`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};

use crate::commands::{CaptionProfile, CaptionsArgs};

#[derive(Debug, Subcommand)]
pub(super) enum CaptionsCommand {
    /// Say where captions break the rules; exit code 1 when they do, 65 when no file can be read.
    ///
    /// One line a finding: the file, the number of the cue, a code, what is there and what should be. A note is a finding
    /// that the speech leaves no way around: it is said too fast for anybody to read, or the words that go together fit on
    /// no line. Notes alone end with exit code 0.
    #[command(after_help = CODES)]
    Lint {
        /// SRT, VTT, ASS or the JSON that a run leaves.
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Whose rules [default: punch for an ASS file in that style, else subtitle].
        #[arg(long, value_enum)]
        profile: Option<ProfileFlag>,
        /// Code of the language, where the file does not say it.
        #[arg(long, default_value = "en", value_name = "CODE")]
        language: String,
        /// Frames a second of the video: subtitles are two frames apart, or more.
        #[arg(long, default_value = "60", value_name = "RATE", value_parser = rate)]
        frame_rate: f64,
        /// As JSON on stdout.
        #[arg(long)]
        json: bool,
    },
}

const CODES: &str = "\
Codes                            subtitle                punch
  too-many-lines                 more than 2             more than 2
  too-wide (columns)             more than 42            more than fit at the style's size, 15 at 1080x1920
  too-many-words                 -                       more than 4
  too-fast (characters/second)   more than 17            more than 20
  too-short, too-long            0.8 s, 7 s              0.4 s, 4 s
  gap                            less than two frames    -
  crosses-sentence               part of one beside the end of another; punch: two in one cue
  weak-line-end                  an article, a preposition or a first name that goes with the next word
  single-last-word               one word on the last line, or in the last cue of a sentence
  overlap, bad-times, empty      times that overlap or run backwards; nothing to read";

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ProfileFlag {
    /// Captions for a phone: one to four large words at a time.
    Punch,
    /// Subtitles: two lines of 42 columns.
    Subtitle,
}

/// Returns what was typed as arguments of the command.
pub(super) fn captions(word: CaptionsCommand) -> CaptionsArgs {
    let CaptionsCommand::Lint {
        files,
        profile,
        language,
        frame_rate,
        json,
    } = word;
    CaptionsArgs::Lint {
        files,
        profile: profile.map(|profile| match profile {
            ProfileFlag::Punch => CaptionProfile::Punch,
            ProfileFlag::Subtitle => CaptionProfile::Subtitle,
        }),
        language,
        frame_rate,
        json,
    }
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text
        .parse()
        .ok()
        .filter(|rate| (1.0..=1000.0).contains(rate));
    rate.ok_or("expected frames a second, 1 to 1000")
}
