//! The only folder that prints: what happened, told to a terminal, a pipe or a file.
//!
//! ```text
//! stages -- Event --> Reporter --> listeners: ProgressBars | Lines | Notices (stderr), Ndjson (stdout)
//!                        '-------> Performance -- RunFacts --> RunReport --> report.json, text
//! ```

mod alert;
mod bars;
pub mod bench;
mod degradation;
mod durations;
mod event;
mod exit;
mod facts;
mod history;
mod json;
mod lines;
mod listener;
mod metrics;
mod ndjson;
mod notice;
mod output;
mod performance;
mod progress;
mod recommend;
mod reporter;
mod run;
mod seconds;
mod sound_fault;
mod span;
mod status;
mod style;
mod summary;
mod table;
mod text;
mod warning;

pub use degradation::Degradation;
pub use event::{Event, JobOutcome, Level};
pub use exit::ExitCode;
pub use facts::{AlertLimits, Applied, RunFacts};
pub use history::{difference_table, history_table, trend_table};
pub use json::{
    Alert, BatchRow, Bottleneck, CacheLevel, CacheUse, DeviceUse, JobError, JobRow, MemoryOwner,
    MemoryUse, Recommendation, RunOutcome, RunReport, StageRow,
};
pub use metrics::{MetricsFile, RunTimes, metrics_text};
pub use notice::{Verbosity, notice};
pub use output::{complain, print, quiet_panics, say};
pub use performance::Performance;
pub use reporter::{OutputFormat, Reporter, ReporterOptions};
pub use run::Start;
pub use sound_fault::SoundFault;
pub use span::{CacheAsked, Span};
pub use status::{JobStatus, RunStatus, StatusFile, status_text};
pub use style::{Color, Style};
pub use table::{Align, aligned, table};
pub use text::report_text;
pub use warning::Warning;
