//! One short file per command; what each is asked to do, and how the program ends.

mod answer;
mod args;
mod bench;
pub mod cache;
mod captions;
mod config;
mod devices;
mod doctor;
mod history;
mod models;
mod preflight;
mod process;
mod results;
mod run_cache;
mod session;
mod status;
mod tune;
mod watch;

use crate::report;
use crate::settings::{Folders, Layers, Machine, Overrides, Problems, Sources};

pub use crate::report::{Color, ExitCode, OutputFormat};
pub use args::{
    BenchArgs, CacheArgs, CancelArgs, CancelHow, CaptionProfile, CaptionsArgs, Command, ConfigArgs,
    Measurement, ModelsArgs, ProcessArgs, ReportArgs, TuneArgs,
};

use answer::shown;

/// Does what was asked.
pub fn run(command: &Command) -> ExitCode {
    report::quiet_panics();
    match command {
        Command::Captions(args) => captions::run(args),
        Command::Config(args) => config::run(args),
        Command::Tune(args) => tune::run(args),
        Command::Models(args) => models::run(*args),
        Command::Report(args) => history::run(args),
        Command::Status { json } => status::run(*json),
        Command::Cancel(args) => status::cancel(args),
        Command::Process(args) if args.watch => watch::run(args),
        Command::Process(args) => process::run(args),
        Command::Doctor { json } => doctor::run(*json),
        Command::Say(text) => shown(text),
        Command::Bench(args) => bench::run(args),
        Command::Cache(args) => kept(args),
        Command::Devices { json } => devices::run(*json),
    }
}

fn kept(args: &CacheArgs) -> ExitCode {
    let folder = Folders::of_this_process().cache;
    let answer = match args {
        CacheArgs::Stats { json } => cache::stats(&folder, *json),
        CacheArgs::Dir => Ok(cache::dir(&folder)),
        CacheArgs::Trim { max_bytes } => match max_bytes.map_or_else(allowed_bytes, Ok) {
            Ok(max_bytes) => cache::trim(&folder, max_bytes),
            Err(problems) => Err(problems.into()),
        },
        CacheArgs::Clear(filter) => cache::clear(&folder, filter),
        CacheArgs::Verify => cache::verify(&folder),
    };
    match answer {
        Ok(text) => shown(&text),
        Err(e) => {
            report::say(&format!("error: {e:#}"));
            ExitCode::SomeFailed
        }
    }
}

/// The size that the settings allow the cache.
fn allowed_bytes() -> Result<u64, Problems> {
    let layers = Layers::load(&Sources::of_this_process(Overrides::default()))?;
    Ok(layers.settings(&Machine::detect(), 1).cache.max_bytes.0)
}
