//! Face tracks: joins the faces of single pictures through a shot. Pure.

mod bridge;
mod rules;
mod sample;
mod smooth;

use super::Detection;
use crate::analysis::Region;
use crate::analysis::tracking::{JoinRules, Tracked, distinct, join};
use crate::timeline::Shot;

pub use rules::TrackRules;
pub use sample::{PictureFaces, SampledFaces, Track, TrackSample};

/// Returns the tracks of a video, by shot and first appearance.
///
/// `pictures` holds every picture that was looked at, in order of time, also those without a face. A track lies in
/// one shot; each detection is in one track at most; the order of a picture's detections does not matter. Pictures
/// outside all shots, or with the time of the one before, are not looked at.
pub fn track(pictures: &[SampledFaces], shots: &[Shot], rules: &TrackRules) -> Vec<Track> {
    let mut tracks = Vec::new();
    let joining = JoinRules {
        reach: rules.reach,
        max_gap: rules.max_gap,
    };
    for (shot, inside) in shots.iter().enumerate() {
        let start = pictures.partition_point(|(time, _)| *time < inside.range.start());
        let end = pictures.partition_point(|(time, _)| *time < inside.range.end());
        let seen = distinct(pictures.get(start..end).unwrap_or_default());
        let enough = rules.min_found.min(seen.len());
        for faces in join(&seen, &joining) {
            let sure = faces.iter().any(|(_, face)| face.score >= rules.sure);
            if sure && faces.len() >= enough {
                let id = tracks.len() as u32;
                let samples = smooth::smooth(&bridge::bridged(&seen, &faces), rules.smoothing);
                tracks.push(Track { id, shot, samples });
            }
        }
    }
    tracks
}

impl Tracked for Detection {
    fn region(&self) -> Region {
        self.region
    }

    fn score(&self) -> f32 {
        self.score
    }
}

#[cfg(test)]
mod tests;
