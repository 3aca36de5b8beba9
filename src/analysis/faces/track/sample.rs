//! A tracked face and its samples.

use serde::{Deserialize, Serialize};

use crate::analysis::Region;
use crate::analysis::faces::{Detection, Landmarks};
use crate::timeline::Timestamp;

/// One face, from the first sample of a shot that shows it to the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// 0-based, by the time and place of the first sample; no two tracks of a video share it.
    pub id: u32,
    /// The shot it lies in, 0-based.
    pub shot: usize,
    /// One entry for each picture that was looked at between the two, in order; never empty.
    pub samples: Vec<TrackSample>,
}

/// Position of a tracked face in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackSample {
    /// When the picture is shown.
    pub time: Timestamp,
    /// Where the face is, evened out over its neighbours.
    pub region: Region,
    /// How sure the model was, 0..1; `None` where it missed the face and this lies between its neighbours.
    pub score: Option<f32>,
    /// As the model found them, or between those of its neighbours.
    pub landmarks: Landmarks,
    /// Whether the model saw the picture; else the face lies between those of two pictures that agree.
    pub searched: bool,
}

/// The faces of one picture.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PictureFaces {
    /// In no order.
    pub faces: Vec<Detection>,
    /// Whether the model saw the picture; else they lie between those of two pictures that agree.
    pub searched: bool,
}

impl AsRef<[Detection]> for PictureFaces {
    fn as_ref(&self) -> &[Detection] {
        &self.faces
    }
}

/// The faces of one sampled picture and when it is shown.
pub type SampledFaces = (Timestamp, PictureFaces);
