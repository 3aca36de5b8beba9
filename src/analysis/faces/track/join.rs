//! Matching of faces from one picture to the next.

use super::rules::TrackRules;
use super::sample::{SampledFaces, TrackSample};
use crate::analysis::faces::Detection;
use crate::analysis::faces::detection::share_between;

/// The faces of one track: the picture's number and the face.
pub(super) type TrackedFaces = Vec<(usize, Detection)>;

/// Returns the tracks of one shot, by first appearance; the nearest pairs are joined first.
pub(super) fn join(seen: &[&SampledFaces], rules: &TrackRules) -> Vec<TrackedFaces> {
    let mut tracks: Vec<TrackedFaces> = Vec::new();
    for (number, (time, picture)) in seen.iter().enumerate() {
        let faces = in_order(&picture.faces);
        let recent = |last: usize| time.since(seen[last].0) <= rules.max_gap;
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (index, track) in tracks.iter().enumerate() {
            let Some((last, face)) = track.last().filter(|(last, _)| recent(*last)) else {
                continue;
            };
            debug_assert!(*last < number);
            pairs.extend(faces.iter().enumerate().filter_map(|(new, found)| {
                let far = rules.reach.distance(face.region, found.region)?;
                Some((far, index, new))
            }));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut free = vec![true; faces.len()];
        for (_, index, new) in pairs {
            let waiting = tracks[index].last().is_some_and(|(last, _)| *last < number);
            if waiting && std::mem::take(&mut free[new]) {
                tracks[index].push((number, faces[new]));
            }
        }
        let unknown = faces.iter().zip(free).filter(|(_, free)| *free);
        tracks.extend(unknown.map(|(face, _)| vec![(number, *face)]));
    }
    tracks
}

/// Returns a track with an entry for every picture from its first to its last: faces that were missed lie in between.
pub(super) fn bridged(seen: &[&SampledFaces], faces: &TrackedFaces) -> Vec<TrackSample> {
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

/// Returns the detections in an order that depends on nothing but what they are.
fn in_order(detections: &[Detection]) -> Vec<Detection> {
    let mut faces = detections.to_vec();
    let key = |d: &Detection| {
        [
            d.region.x,
            d.region.y,
            d.region.width,
            d.region.height,
            d.score,
        ]
    };
    faces.sort_by(|a, b| {
        let both = key(a).into_iter().zip(key(b));
        let mut orders = both.map(|(a, b)| a.total_cmp(&b));
        orders
            .find(|o| o.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    faces
}
