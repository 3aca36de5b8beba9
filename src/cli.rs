//! The command line: what was typed becomes a [`Command`]. Only this folder knows clap.

mod flags;
mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::commands::{
    Bench, BenchArgs, CacheArgs, Color, Command, ConfigArgs, Format, ModelsArgs, ProcessArgs,
    ReportArgs, TuneArgs,
};
use crate::report::Stage;
use crate::settings::{FlagValue, Overrides};

use flags::{Cli, When, Word};

/// What clap has to say instead of a command: help, the version, or what was wrong.
#[derive(Debug)]
pub struct Answer(clap::Error);

/// Reads the command line, program name first.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, Answer> {
    let cli = Cli::try_parse_from(args).map_err(Answer)?;
    command(cli).map_err(Answer)
}

impl Answer {
    /// Says it, and returns how the program ends: 0 after help that was asked for, 2 after wrong use.
    pub fn say(&self) -> ExitCode {
        // The reader may be gone: then nobody is left to tell.
        let _ = self.0.print();
        ExitCode::from(u8::try_from(self.0.exit_code()).unwrap_or(2))
    }
}

fn command(cli: Cli) -> Result<Command, clap::Error> {
    let color = match cli.color {
        When::Auto => Color::Auto,
        When::Always => Color::Always,
        When::Never => Color::Never,
    };
    Ok(match cli.command {
        Word::Process(flags) => Command::Process(process(flags, color)),
        Word::Bench(flags) => Command::Bench(bench(flags)),
        Word::Cache(word) => Command::Cache(cache(word)),
        Word::Models(flags::Models::List { json }) => Command::Models(ModelsArgs::List { json }),
        Word::Models(flags::Models::Verify) => Command::Models(ModelsArgs::Verify),
        Word::Doctor { json } => Command::Doctor { json },
        Word::Devices => Command::Devices,
        Word::Config(word) => Command::Config(config(word)),
        Word::Tune(flags::Tune::Ranker {
            labels,
            output,
            json,
        }) => Command::Tune(TuneArgs::Ranker {
            labels,
            output,
            json,
        }),
        Word::Report(flags) => Command::Report(ReportArgs {
            run: flags.run,
            last: flags.last,
            trend: flags.trend,
            compare: flags.compare,
            json: flags.json,
        }),
        Word::Completions { shell } => Command::Say(text::completions(shell)),
        Word::Man => Command::Say(text::manual()),
        Word::Help { topic } => Command::Say(text::help(&topic).ok_or_else(|| {
            let message = format!("no help on `{}`; see `opusclip help`\n", topic.join(" "));
            clap::Error::raw(ErrorKind::InvalidSubcommand, message)
        })?),
    })
}

fn process(flags: flags::Process, color: Color) -> ProcessArgs {
    let mut overrides = overrides(flags.settings);
    if flags.fail_fast {
        overrides
            .values
            .push(flag("--fail-fast", "fail-fast", "true"));
    }
    ProcessArgs {
        inputs: flags.inputs,
        output: flags.output,
        overrides,
        fresh: flags.fresh,
        dry_run: flags.dry_run,
        until: match flags.until {
            flags::Until::Probe => Stage::Probe,
            flags::Until::Transcript => Stage::Text,
            flags::Until::Shots => Stage::Shots,
            flags::Until::Select => Stage::Select,
            flags::Until::Render => Stage::Render,
            flags::Until::Export => Stage::Export,
        },
        format: match flags.format {
            flags::Format::Text => Format::Text,
            flags::Format::Ndjson => Format::Ndjson,
        },
        report: flags.report,
        color,
    }
}

fn bench(flags: flags::Bench) -> BenchArgs {
    BenchArgs {
        what: flags.what.map(|what| match what {
            flags::What::Decode => Bench::Decode,
            flags::What::Shots => Bench::Shots,
            flags::What::Encoder => Bench::Encoder,
            flags::What::Text => Bench::Text,
            flags::What::Cache => Bench::Cache,
            flags::What::Dedup => Bench::Dedup,
            flags::What::Rank => Bench::Rank,
            flags::What::Render => Bench::Render,
            flags::What::EndToEnd => Bench::EndToEnd,
        }),
        videos: flags.videos,
        reference: flags.reference,
        overrides: overrides(flags.settings),
        runs: flags.runs,
        dedup_jobs: flags.dedup_jobs,
        json: flags.json,
        save: flags.save,
        compare: flags.compare,
        fail_above: flags.fail_above,
    }
}

fn cache(word: flags::Cache) -> CacheArgs {
    match word {
        flags::Cache::Stats { json } => CacheArgs::Stats { json },
        flags::Cache::Dir => CacheArgs::Dir,
        flags::Cache::Trim { max_bytes } => CacheArgs::Trim { max_bytes },
        flags::Cache::Clear => CacheArgs::Clear,
        flags::Cache::Verify => CacheArgs::Verify,
    }
}

fn config(word: flags::Config) -> ConfigArgs {
    match word {
        flags::Config::Validate { files } => ConfigArgs::Validate { files },
        flags::Config::Show {
            manifest,
            origin,
            json,
            settings,
        } => ConfigArgs::Show {
            manifest,
            overrides: overrides(settings),
            origin,
            json,
        },
    }
}

/// Returns the settings among the flags; a flag of its own wins over `--set`.
fn overrides(flags: flags::Settings) -> Overrides {
    let set = flags
        .set
        .iter()
        .map(|(key, value)| flag("--set", key, value));
    let mut values: Vec<FlagValue> = set.collect();
    values.extend(
        flags
            .device
            .map(|device| flag("--device", "device", &device)),
    );
    values.extend(flags.jobs.map(|jobs| flag("--jobs", "jobs", &jobs)));
    values.extend(match (flags.verbose, flags.quiet) {
        (0, 0) => None,
        (0, 1) => Some(flag("--quiet", "log-level", "warn")),
        (0, _) => Some(flag("--quiet", "log-level", "error")),
        (1, _) => Some(flag("--verbose", "log-level", "debug")),
        _ => Some(flag("--verbose", "log-level", "trace")),
    });
    Overrides {
        profile: flags.profile,
        values,
    }
}

fn flag(flag: &str, key: &str, value: &str) -> FlagValue {
    FlagValue {
        flag: flag.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    }
}
