//! The only folder that prints: what happened, told to a terminal, a pipe or a file.

mod event;

pub use event::{CacheAnswer, Event, JobOutcome, Level, Stage};
