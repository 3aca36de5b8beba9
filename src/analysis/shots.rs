//! Shot detection by TransNetV2.
//!
//! Small pictures go into [`ShotWindows`], over all frames or over those that a gate lets pass; [`ShotModel`] scores a batch of
//! windows; [`find`] turns the scores into shots, with the middles of fades as [`FadeWatch`] saw them and the changes of
//! slides of [`SlideWatch`]. A frame that no window
//! scores keeps the score zero.

mod boundary;
mod fades;
mod gate;
mod model;
mod plan;
mod slides;
mod window;

use serde::{Deserialize, Serialize};

pub use boundary::{BoundaryRules, KnownStarts, find};
pub use fades::FadeWatch;
pub use gate::GateRules;
pub use model::ShotModel;
pub use plan::{KEPT, WINDOW, pictures_of_every_window};
pub use slides::{SlideWatch, SmallChange, slide_changes};
pub use window::{ShotWindow, ShotWindows};

/// Scores of one frame, both 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct FrameScore {
    /// The frame is the middle of a transition.
    pub single: f32,
    /// The frame lies anywhere in a transition.
    pub many: f32,
}
