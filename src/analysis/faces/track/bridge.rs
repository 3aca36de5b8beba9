//! Faces between those that were found: each track has an entry for every picture from its first to its last.

use super::sample::{SampledFaces, TrackSample};
use crate::analysis::faces::Detection;
use crate::analysis::faces::detection::share_between;
use crate::analysis::tracking::JoinedFinds;

/// Returns a track with an entry for every picture from its first to its last: faces that were missed lie in between.
pub(super) fn bridged(seen: &[&SampledFaces], faces: &JoinedFinds<Detection>) -> Vec<TrackSample> {
    let sample = |number: usize, face: &Detection, score: Option<f32>| TrackSample {
        time: seen[number].0,
        region: face.region,
        score,
        landmarks: face.landmarks,
        searched: seen[number].1.searched,
    };
    let found = |(number, face): &(usize, Detection)| sample(*number, face, Some(face.score));
    let mut samples = Vec::with_capacity(faces.len());
    for (this, next) in faces.iter().zip(faces.iter().skip(1)) {
        samples.push(found(this));
        let ends = (seen[this.0].0, seen[next.0].0);
        let missed = this.0 + 1..next.0;
        samples.extend(missed.map(|number| {
            let share = share_between(ends.0, ends.1, seen[number].0);
            sample(number, &this.1.towards(&next.1, share), None)
        }));
    }
    samples.extend(faces.last().map(found));
    samples
}
