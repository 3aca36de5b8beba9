//! Faces between those that were found: each track has an entry for every picture from its first to its last.

use super::sample::{SampledFaces, TrackSample};
use crate::analysis::faces::{Detection, Landmarks};
use crate::analysis::tracking::JoinedFinds;
use crate::analysis::{Point, Region};
use crate::timeline::Timestamp;

/// Returns a track with an entry for every picture from its first to its last: faces that were missed lie in between.
pub(super) fn bridged(seen: &[&SampledFaces], faces: &JoinedFinds<Detection>) -> Vec<TrackSample> {
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
