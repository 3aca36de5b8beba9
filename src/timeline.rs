//! Pure facts about a video in time: exact times, ranges, shots.

mod shot;
mod time;

pub use shot::{Shot, Transition};
pub use time::{TimeRange, Timestamp};
