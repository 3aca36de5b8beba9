//! Ends of thoughts: whether who pauses has said what was to be said.
//!
//! [`ThoughtStream`] finds the pauses in speech and keeps the sound before each, pure; [`ThoughtModel`] hears whether the thought
//! is over.

mod model;
mod pauses;

use crate::timeline::Timestamp;

pub use model::ThoughtModel;
pub use pauses::{PauseRules, ThoughtPause, ThoughtStream};

/// A pause in speech, and what it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThoughtEnd {
    /// When the pause begins.
    pub time: Timestamp,
    /// How likely a thought is over, 0..1.
    pub likelihood: f32,
}
