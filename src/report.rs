//! The only folder that prints: what happened, told to a terminal, a pipe or a file.

mod event;
mod output;

pub use event::{CacheAnswer, Event, JobOutcome, Level, Stage};
pub use output::{complain, print};
