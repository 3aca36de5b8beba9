//! A shot: the frames between two transitions.

use serde::{Deserialize, Serialize};

use super::TimeRange;

/// An unbroken run of frames; the frame numbers are 0-based in display order, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shot {
    /// When it is on screen.
    pub range: TimeRange,
    /// Its first frame.
    pub start_frame: u64,
    /// The first frame after it.
    pub end_frame: u64,
    /// How it begins.
    pub transition: Transition,
}

/// Transition at the beginning of a shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transition {
    /// It is the video's first.
    Start,
    /// From one frame to the next.
    Cut,
    /// Over several frames: a dissolve, wipe or fade.
    Gradual,
}
