//! The only folder that prints: what happened, told to a terminal, a pipe or a file.
//!
//! ```text
//! stages -- Event --> Reporter --> listeners: ProgressBars | Lines | Notices (stderr), Ndjson (stdout)
//!                        '-------> Performance -- RunFacts --> RunReport --> report.json, text
//! ```

mod alert;
mod bars;
pub mod bench;
mod clip_row;
mod degradation;
mod durations;
mod event;
mod exit;
mod facts;
mod history;
mod hooks;
mod json;
mod junit;
mod keys;
mod lanes;
mod lines;
mod listener;
mod markdown;
mod metrics;
mod ndjson;
mod notice;
mod output;
mod page;
mod performance;
mod progress;
mod recommend;
mod reporter;
mod run;
mod run_clips;
mod seconds;
mod slowest;
mod sound_fault;
mod span;
mod stage_sums;
mod status;
mod style;
mod summary;
mod table;
mod text;
mod trace;
mod usage;
mod warning;

pub use clip_row::ClipRow;
pub use degradation::Degradation;
pub use event::{Event, JobOutcome, Level};
pub use exit::ExitCode;
pub use facts::{AlertLimits, Applied, RunFacts};
pub use history::{difference_table, history_table, trend, trend_table};
pub use hooks::Hooks;
pub use json::{
    Alert, BatchRow, Bottleneck, CacheLevel, CacheUse, DeviceUse, JobError, JobRow, MemoryOwner,
    MemoryUse, Recommendation, RunOutcome, RunReport, StageRow,
};
pub use junit::report_junit;
pub use lanes::{LaneRow, Timeline, TimelineRow};
pub use markdown::report_markdown;
pub use metrics::{MetricsFile, RunTimes, metrics_text};
pub use notice::{Verbosity, notice};
pub use output::{complain, print, quiet_panics, say};
pub use page::report_page;
pub use performance::Performance;
pub use recommend::advised_profile;
pub use reporter::{OutputFormat, Reporter, ReporterFiles, ReporterOptions};
pub use run::Start;
pub use run_clips::{RankedClip, RunClips, rank_clips, run_clips_csv};
pub use slowest::{RecordRow, SlowRow};
pub use sound_fault::SoundFault;
pub use span::{CacheAsked, HeldBytes, Lane, Span, UsageSample};
pub use status::{JobStatus, RunStatus, StatusFile, status_text};
pub use style::{Color, Style};
pub use table::{Align, aligned, table};
pub use text::report_text;
pub use trace::TraceFile;
pub use usage::UsageRow;
pub use warning::Warning;
