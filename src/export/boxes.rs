//! What is tracked through a video, picture by picture, as `analysis.json` lists it: faces and persons.

use serde::{Deserialize, Serialize};

use super::number::{Seconds, finite};
use crate::analysis::Region;
use crate::timeline::Timestamp;

/// The faces or persons of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureBoxes {
    /// When the picture is shown.
    pub time: Seconds,
    /// By number of the track.
    pub boxes: Vec<TrackedBox>,
}

/// A face or a person, in fractions of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackedBox {
    /// Left edge.
    #[serde(serialize_with = "finite")]
    pub x: f64,
    /// Upper edge.
    #[serde(serialize_with = "finite")]
    pub y: f64,
    /// Width.
    #[serde(serialize_with = "finite")]
    pub w: f64,
    /// Height.
    #[serde(serialize_with = "finite")]
    pub h: f64,
    /// How sure the model is, 0 to 1.
    #[serde(serialize_with = "finite")]
    pub score: f64,
    /// The same number for the same face or person throughout its shot; faces and persons have numbers of their own.
    pub track: u32,
}

impl TrackedBox {
    /// Returns the box of what a track shows in a region.
    pub(super) fn new(region: Region, score: f32, track: u32) -> Self {
        Self {
            x: f64::from(region.x),
            y: f64::from(region.y),
            w: f64::from(region.width),
            h: f64::from(region.height),
            score: f64::from(score),
            track,
        }
    }
}

/// Returns what was found by picture, in order of time.
pub(super) fn by_picture(
    found: impl Iterator<Item = (Timestamp, TrackedBox)>,
) -> Vec<PictureBoxes> {
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(time, one)| (*time, one.track));
    let pictures = found.chunk_by(|a, b| a.0 == b.0);
    let records = pictures.map(|all| PictureBoxes {
        time: all[0].0.into(),
        boxes: all.iter().map(|(_, one)| *one).collect(),
    });
    records.collect()
}
