//! A face as the model finds it in one picture.

use serde::{Deserialize, Serialize};

use crate::analysis::{Point, Region};
use crate::timeline::Timestamp;

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

impl Detection {
    /// Returns what is `share` of the way from it to another, 0..1.
    pub(super) fn towards(&self, other: &Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        let point = |a: Point, b: Point| Point {
            x: mix(a.x, b.x),
            y: mix(a.y, b.y),
        };
        let pair = |a: [Point; 2], b: [Point; 2]| [point(a[0], b[0]), point(a[1], b[1])];
        let (from, to) = (&self.landmarks, &other.landmarks);
        Self {
            region: Region {
                x: mix(self.region.x, other.region.x),
                y: mix(self.region.y, other.region.y),
                width: mix(self.region.width, other.region.width),
                height: mix(self.region.height, other.region.height),
            },
            score: mix(self.score, other.score),
            landmarks: Landmarks {
                eyes: pair(from.eyes, to.eyes),
                nose: point(from.nose, to.nose),
                mouth: pair(from.mouth, to.mouth),
            },
        }
    }
}

/// Returns which share of the way from one time to a later one lies before `time`.
pub(super) fn share_between(from: Timestamp, to: Timestamp, time: Timestamp) -> f32 {
    time.since(from).as_secs_f32() / to.since(from).as_secs_f32()
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
