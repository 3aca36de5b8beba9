//! A face as the model finds it in one picture.

use serde::{Deserialize, Serialize};

use crate::analysis::{Point, Region};

/// One face in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// From the hairline to the chin, the ears left out; never outside the picture.
    pub region: Region,
    /// How sure the model is, 0..1.
    pub score: f32,
    /// Where its parts are; for a face cut by the edge they may lie outside the picture.
    pub landmarks: Landmarks,
}

/// The five points of a face that the model finds; left and right as one sees them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Landmarks {
    /// The left and the right eye.
    pub eyes: [Point; 2],
    /// The tip of the nose.
    pub nose: Point,
    /// The left and the right corner of the mouth.
    pub mouth: [Point; 2],
}
