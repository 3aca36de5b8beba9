//! From the faces of single pictures to faces followed through a shot: pure.

mod join;
mod smooth;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Detection, Landmarks, Region};
use crate::timeline::{Shot, Timestamp};

/// What counts as the same face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrackRules {
    /// The farthest a face moves from one sample to the next, in its own size.
    pub reach: f32,
    /// The most its width or height changes from one sample to the next, as a factor.
    pub growth: f32,
    /// A face missed for no longer than this is the same when it is found again.
    pub max_gap: Duration,
    /// A face found less often is dropped, unless its shot has fewer samples and it is in all of them.
    pub min_found: usize,
    /// A face whose best score stays below this is dropped, 0..1.
    pub sure: f32,
    /// A region is evened out over the samples this much earlier and later.
    pub smoothing: Duration,
}

impl Default for TrackRules {
    fn default() -> Self {
        Self {
            reach: 0.8,
            growth: 2.0,
            max_gap: Duration::from_secs(1),
            min_found: 3,
            sure: 0.5,
            smoothing: Duration::from_millis(600),
        }
    }
}

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

/// Where a tracked face is in one picture.
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
}

/// Returns the tracks of a video, by shot and first appearance.
///
/// `pictures` holds every picture that was looked at, in order of time, also those without a face. A track lies in
/// one shot; each detection is in one track at most; the order of a picture's detections does not matter. Pictures
/// outside all shots, or with the time of the one before, are not looked at.
pub fn track(
    pictures: &[(Timestamp, Vec<Detection>)],
    shots: &[Shot],
    rules: &TrackRules,
) -> Vec<Track> {
    let mut tracks = Vec::new();
    for (shot, inside) in shots.iter().enumerate() {
        let start = pictures.partition_point(|(time, _)| *time < inside.range.start());
        let end = pictures.partition_point(|(time, _)| *time < inside.range.end());
        let seen = distinct(pictures.get(start..end).unwrap_or_default());
        let enough = rules.min_found.min(seen.len());
        for faces in join::join(&seen, rules) {
            let sure = faces.iter().any(|(_, face)| face.score >= rules.sure);
            if sure && faces.len() >= enough {
                let id = tracks.len() as u32;
                let samples = smooth::smooth(&join::bridged(&seen, &faces), rules.smoothing);
                tracks.push(Track { id, shot, samples });
            }
        }
    }
    tracks
}

type Seen<'a> = Vec<&'a (Timestamp, Vec<Detection>)>;

fn distinct(pictures: &[(Timestamp, Vec<Detection>)]) -> Seen<'_> {
    let mut seen: Seen<'_> = Vec::with_capacity(pictures.len());
    for picture in pictures {
        if seen.last().is_none_or(|last| last.0 < picture.0) {
            seen.push(picture);
        }
    }
    seen
}

#[cfg(test)]
mod tests;
