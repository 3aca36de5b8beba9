//! Which stretches of a video become clips. Pure: shots in, ranked choices out.

mod candidates;
pub mod captions;
mod cover;
pub mod reframe;
mod said;
mod score;
mod select;
pub mod signals;
pub mod title;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::timeline::TimeRange;

pub use candidates::spans;
pub use cover::cover;
pub use score::{Scored, score};
pub use select::{rank, select};

/// How many clips, and how long each may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most clips of one video.
    pub count: usize,
    /// The shortest clip.
    pub min: Duration,
    /// The longest clip.
    pub max: Duration,
}

/// A stretch that may become a clip; it begins and ends where shots do, or inside one shot longer than a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When.
    pub range: TimeRange,
    /// Shots that it touches: the first, and how many.
    pub shots: (usize, usize),
}

/// What speaks for a span: name of the signal and its value, 0..1.
pub type Signals = BTreeMap<&'static str, f64>;
