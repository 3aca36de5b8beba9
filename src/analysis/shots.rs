//! Shot detection by TransNetV2.
//!
//! Small pictures go into overlapping [`ShotWindows`]; [`ShotModel`] scores a batch of windows; [`find`] turns the scores
//! into shots. A gate that proves a window cannot hold a transition would stand between the first two: a window that
//! is not run leaves its frames at score zero.

mod boundary;
mod model;
mod window;

use serde::{Deserialize, Serialize};

pub use boundary::{BoundaryRules, find};
pub use model::{MODEL_INPUT, ShotModel};
pub use window::{KEPT, ShotWindow, ShotWindows, WINDOW};

/// Scores of one frame, both 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct FrameScore {
    /// The frame is the middle of a transition.
    pub single: f32,
    /// The frame lies anywhere in a transition.
    pub many: f32,
}
