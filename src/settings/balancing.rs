//! Balancing of a model's sessions.

use serde::Deserialize;

/// Which of several sessions of a model takes the next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balancing {
    /// Each in its turn.
    RoundRobin,
    /// The one with the fewest inputs.
    LeastLoaded,
    /// Each in its turn while they are as fast as each other, else whichever is free.
    Adaptive,
}
