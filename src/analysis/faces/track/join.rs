//! Matching of faces from one picture to the next.

use super::rules::TrackRules;
use super::sample::{SampledFaces, TrackSample};
use crate::analysis::faces::{Detection, Landmarks};
use crate::analysis::{Point, Region};
use crate::timeline::Timestamp;

/// The faces of one track: the picture's number and the face.
pub(super) type TrackedFaces = Vec<(usize, Detection)>;

/// Returns the tracks of one shot, by first appearance; the nearest pairs are joined first.
pub(super) fn join(seen: &[&SampledFaces], rules: &TrackRules) -> Vec<TrackedFaces> {
    let mut tracks: Vec<TrackedFaces> = Vec::new();
    for (number, (time, detections)) in seen.iter().enumerate() {
        let faces = in_order(detections);
        let recent = |last: usize| time.since(seen[last].0) <= rules.max_gap;
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (index, track) in tracks.iter().enumerate() {
            let Some((last, face)) = track.last().filter(|(last, _)| recent(*last)) else {
                continue;
            };
            debug_assert!(*last < number);
            pairs.extend(faces.iter().enumerate().filter_map(|(new, found)| {
                distance(face.region, found.region, rules).map(|far| (far, index, new))
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
    let found = |(number, face): (usize, Detection)| TrackSample {
        time: seen[number].0,
        region: face.region,
        score: Some(face.score),
        landmarks: face.landmarks,
    };
    let mut samples = Vec::with_capacity(faces.len());
    for (this, next) in faces.iter().zip(faces.iter().skip(1)) {
        let (from, to) = (found(*this), found(*next));
        samples.push(from);
        let missed = seen[this.0 + 1..next.0].iter();
        samples.extend(missed.map(|(time, _)| between(&from, &to, *time)));
    }
    samples.extend(faces.last().map(|last| found(*last)));
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

/// Returns how far apart two faces are, in their own size, or `None` when they cannot be the same.
fn distance(a: Region, b: Region, rules: &TrackRules) -> Option<f32> {
    let (width, height) = ((a.width + b.width) / 2.0, (a.height + b.height) / 2.0);
    let (from, to) = (a.centre(), b.centre());
    let far = ((to.x - from.x) / width).hypot((to.y - from.y) / height);
    let grown = |a: f32, b: f32| (a / b).max(b / a);
    let growth = grown(a.width, b.width).max(grown(a.height, b.height));
    (far <= rules.reach && growth <= rules.growth).then_some(far)
}

fn between(from: &TrackSample, to: &TrackSample, time: Timestamp) -> TrackSample {
    let whole = to.time.since(from.time).as_secs_f32();
    let share = time.since(from.time).as_secs_f32() / whole;
    let mix = |a: f32, b: f32| a + (b - a) * share;
    let point = |a: Point, b: Point| Point {
        x: mix(a.x, b.x),
        y: mix(a.y, b.y),
    };
    let (a, b) = (&from.landmarks, &to.landmarks);
    TrackSample {
        time,
        region: Region {
            x: mix(from.region.x, to.region.x),
            y: mix(from.region.y, to.region.y),
            width: mix(from.region.width, to.region.width),
            height: mix(from.region.height, to.region.height),
        },
        score: None,
        landmarks: Landmarks {
            eyes: [point(a.eyes[0], b.eyes[0]), point(a.eyes[1], b.eyes[1])],
            nose: point(a.nose, b.nose),
            mouth: [point(a.mouth[0], b.mouth[0]), point(a.mouth[1], b.mouth[1])],
        },
    }
}
