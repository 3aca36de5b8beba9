//! The command line: what was typed becomes a [`Command`]. Only this folder knows clap.

mod bench_flags;
mod captions_flags;
mod flags;
mod job_flags;
mod process_flags;
mod settings_flags;
mod text;
mod wrong_use;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cache::Filter;
use crate::commands::{
    BenchArgs, CacheArgs, CancelArgs, CancelHow, Color, Command, ConfigArgs, Measurement,
    ModelsArgs, OutputFormat, ProcessArgs, ReportArgs, TuneArgs,
};
use crate::manifest::Trust;
use crate::settings::{FlagValue, Overrides};
use crate::timeline::Stage;

use bench_flags::{BenchFlags, What};
use flags::{Cli, Subcommands, When};
use settings_flags::SettingsFlags;

/// What clap has to say instead of a command: help, the version, or what was wrong.
#[derive(Debug)]
pub struct Answer(clap::Error);

/// Reads the command line, program name first.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, Answer> {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = Cli::try_parse_from(&args).map_err(|error| wrong_use::explained(error, &args));
    command(cli.map_err(Answer)?).map_err(Answer)
}

impl Answer {
    /// Says it, and returns how the program ends: 0 after help that was asked for, 2 after wrong use.
    pub fn say(&self) -> ExitCode {
        match self.0.print() {
            // A reader that has gone has what it wanted.
            Err(error) if !self.0.use_stderr() && error.kind() != io::ErrorKind::BrokenPipe => {
                crate::commands::ExitCode::CannotWrite.into()
            }
            _ => ExitCode::from(u8::try_from(self.0.exit_code()).unwrap_or(2)),
        }
    }
}

fn command(cli: Cli) -> Result<Command, clap::Error> {
    let color = match cli.color {
        When::Auto => Color::Auto,
        When::Always => Color::Always,
        When::Never => Color::Never,
    };
    Ok(match cli.command {
        Subcommands::Process(flags) => Command::Process(process(flags, color)),
        Subcommands::Bench(flags) => Command::Bench(bench(flags)),
        Subcommands::Cache(word) => Command::Cache(cache(word)),
        Subcommands::Models(flags::ModelsCommand::List { json }) => {
            Command::Models(ModelsArgs::List { json })
        }
        Subcommands::Models(flags::ModelsCommand::Verify) => Command::Models(ModelsArgs::Verify),
        Subcommands::Doctor { json } => Command::Doctor { json },
        Subcommands::Devices { json } => Command::Devices { json },
        Subcommands::Captions(word) => Command::Captions(captions_flags::captions(word)),
        Subcommands::Config(word) => Command::Config(config(word)),
        Subcommands::Tune(flags::TuneCommand::Ranker {
            labels,
            output,
            json,
        }) => Command::Tune(TuneArgs::Ranker {
            labels,
            output,
            json,
        }),
        Subcommands::Status { json } => Command::Status { json },
        Subcommands::Cancel { run, now } => Command::Cancel(cancel(run, now)),
        Subcommands::Report(flags) => Command::Report(report(flags)),
        Subcommands::Completions { shell } => Command::Say(text::completions(shell)),
        Subcommands::Man => Command::Say(text::manual()),
        Subcommands::Version => Command::Say(text::version()),
        Subcommands::Help { topic } => Command::Say(text::help(&topic).ok_or_else(|| {
            let message = format!("no help on `{}`; see `opusclip help`\n", topic.join(" "));
            clap::Error::raw(ErrorKind::InvalidSubcommand, message)
        })?),
    })
}

fn process(flags: process_flags::ProcessFlags, color: Color) -> ProcessArgs {
    let mut overrides = overrides_of(flags.settings);
    let wishes = flags.wishes.given();
    let wishes = wishes.map(|(name, key, value)| flag(name, key, &value));
    overrides.values.extend(wishes);
    if flags.fail_fast {
        overrides
            .values
            .push(flag("--fail-fast", "fail-fast", "true"));
    }
    if flags.recursive {
        overrides
            .values
            .push(flag("--recursive", "job.recursive", "true"));
    }
    ProcessArgs {
        inputs: flags.inputs,
        output: flags.output,
        overrides,
        trust: trust(flags.trust),
        watch: flags.watch,
        fresh: flags.fresh,
        faults: flags.inject,
        metrics: flags.metrics,
        trace: flags.trace,
        fail_on_alert: flags.fail_on_alert,
        fail_on_no_clips: flags.fail_on_no_clips,
        dry_run: flags.dry_run,
        until: stage(flags.until),
        format: match flags.format {
            process_flags::FormatFlag::Text => OutputFormat::Text,
            process_flags::FormatFlag::Ndjson => OutputFormat::Ndjson,
        },
        report: flags.report,
        color,
    }
}

fn stage(until: process_flags::Until) -> Stage {
    match until {
        process_flags::Until::Probe => Stage::Probe,
        process_flags::Until::Transcript => Stage::Text,
        process_flags::Until::Shots => Stage::Shots,
        process_flags::Until::Select => Stage::Select,
        process_flags::Until::Render => Stage::Render,
        process_flags::Until::Export => Stage::Export,
    }
}

fn trust(flags: process_flags::TrustFlags) -> Trust {
    if flags.untrusted {
        Trust::Untrusted {
            allowed: flags.allow,
        }
    } else {
        Trust::Trusted
    }
}

fn bench(flags: BenchFlags) -> BenchArgs {
    BenchArgs {
        what: flags.what.map(|what| match what {
            What::Decode => Measurement::Decode,
            What::Shots => Measurement::Shots,
            What::Encoder => Measurement::Encoder,
            What::Text => Measurement::Text,
            What::Cache => Measurement::Cache,
            What::Dedup => Measurement::Dedup,
            What::Rank => Measurement::Rank,
            What::Render => Measurement::Render,
            What::EndToEnd => Measurement::EndToEnd,
        }),
        videos: flags.videos,
        reference: flags.reference,
        overrides: overrides_of(flags.settings),
        runs: flags.runs,
        dedup_jobs: flags.dedup_jobs,
        json: flags.json,
        save: flags.save,
        compare: flags.compare,
        against: flags.against,
        fail_above: flags.fail_above,
        fail_on_inconclusive: flags.fail_on_inconclusive,
        require: flags.require,
        markdown: flags.markdown,
        junit: flags.junit,
    }
}

fn cancel(run: Option<String>, now: bool) -> CancelArgs {
    let how = if now {
        CancelHow::Now
    } else {
        CancelHow::Drain
    };
    CancelArgs { run, how }
}

fn report(flags: flags::ReportFlags) -> ReportArgs {
    ReportArgs {
        run: flags.run,
        last: flags.last,
        trend: flags.trend,
        compare: flags.compare,
        json: flags.json,
        markdown: flags.markdown,
        junit: flags.junit,
        apply: flags.apply,
    }
}

fn cache(word: flags::CacheCommand) -> CacheArgs {
    match word {
        flags::CacheCommand::Stats { json } => CacheArgs::Stats { json },
        flags::CacheCommand::Dir => CacheArgs::Dir,
        flags::CacheCommand::Trim { max_bytes } => CacheArgs::Trim { max_bytes },
        flags::CacheCommand::Clear { stage, older_than } => {
            CacheArgs::Clear(Filter { stage, older_than })
        }
        flags::CacheCommand::Verify => CacheArgs::Verify,
    }
}

fn config(word: flags::ConfigCommand) -> ConfigArgs {
    match word {
        flags::ConfigCommand::Validate {
            files,
            trust: flags,
        } => ConfigArgs::Validate {
            files,
            trust: trust(flags),
        },
        flags::ConfigCommand::Show {
            manifest,
            origin,
            json,
            settings,
        } => ConfigArgs::Show {
            manifest,
            overrides: overrides_of(settings),
            origin,
            json,
        },
    }
}

/// Returns the settings among the flags; a flag of its own wins over `--set`.
fn overrides_of(flags: SettingsFlags) -> Overrides {
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
    let max_memory = flags.max_memory;
    values.extend(max_memory.map(|bytes| flag("--max-memory", "max-memory", &bytes)));
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
