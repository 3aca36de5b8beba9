//! The only folder that prints: what happened, told to a terminal, a pipe or a file.
//!
//! ```text
//! stages -- Event --> Reporter --> Bars | Lines (stderr) | Ndjson (stdout)
//!                        '-------> Performance -- RunFacts --> Report --> report.json, text
//! ```

mod bars;
pub mod bench;
mod durations;
mod event;
mod exit;
mod history;
mod json;
mod lines;
mod ndjson;
mod notice;
mod output;
mod performance;
mod progress;
mod recommend;
mod reporter;
mod run;
mod style;
mod text;

pub use event::{CacheAnswer, Event, JobOutcome, Level, Stage};
pub use exit::ExitCode;
pub use history::{difference_table, history_table, trend_table};
pub use json::{
    Applied, Batch, Bottleneck, Cache, CacheLevel, Device, Job, JobError, Memory, Outcome,
    Recommendation, Report, RunFacts, StageRow,
};
pub use notice::Verbosity;
pub use output::{complain, print, quiet_panics, say};
pub use performance::Performance;
pub use reporter::{Format, Options, Reporter};
pub use run::Start;
pub use style::{Color, Style};
pub use text::report_text;
