//! Look of a video: brightness, motion, sharpness, black and frozen ranges, bars.
//!
//! [`Look`] takes the frames as they come and keeps a row a second; [`Look::finish`] gives the whole [`Appearance`].

mod bars;
mod insets;
mod runs;
mod sharp;
mod stream;

use serde::{Deserialize, Serialize};

use super::Region;
use crate::timeline::{TimeRange, Timestamp};

pub use runs::LookRules;
pub use stream::Look;

/// Appearance of a video over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    /// One entry for each second, counted from the first frame, in which a frame begins.
    pub seconds: Vec<Second>,
    /// Where the picture is black.
    pub black: Vec<TimeRange>,
    /// Where the picture is of one colour, black or another.
    pub plain: Vec<TimeRange>,
    /// Where the picture stands still.
    pub frozen: Vec<TimeRange>,
    /// The picture without the black bars that all of the video has.
    pub active: Region,
    /// Pictures with straight edges of their own inside the picture that stay where they are, the largest first.
    pub insets: Vec<Region>,
}

impl Appearance {
    /// Returns where nothing is to be seen: black, or one colour. Both may hold at once.
    pub fn empty(&self) -> impl Iterator<Item = TimeRange> + '_ {
        self.black.iter().chain(&self.plain).copied()
    }
}

/// Appearance of one second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// When it begins.
    pub start: Timestamp,
    /// Frames that begin in it; never 0.
    pub frames: u32,
    /// Mean light, 0..1.
    pub brightness: f32,
    /// How much the picture changes in the second, cuts left out: the mean change of a place, added up over its
    /// frames, as a share of the whole range; a still camera on a
    /// speaker gives 0.03 to 0.07, a battle 0.7.
    pub motion: f32,
    /// How sharp its sharpest larger picture is, 0..1; `None` without one, or where it is flat.
    pub sharpness: Option<f32>,
}
