//! Samples of a scene: heads and saliency at five times a second.

use crate::timeline::{TimeRange, Timestamp};

use super::path::{self, RATE};
use super::scene::{Scene, Subject};
use crate::frame::Rect;

/// The longest time without a box in which a subject is taken to move on evenly.
const LONGEST_GAP: f64 = 1.5;
/// How long a subject is taken to be there before its first box and after its last one.
const LINGERS: f64 = 0.5;
/// How long salience counts before and after the time of its measurement.
const SALIENT: f64 = 2.0;
/// How much more a subject counts while it speaks.
const SPEAKER: f64 = 3.0;

/// A head and the hair above the face, in widths and heights of the face.
const HEAD_WIDTH: f64 = 1.4;
const HEAD_HEIGHT: f64 = 1.6;
const HAIR: f64 = 0.45;

/// The share of a line of text that nobody misses, and that nobody sees.
pub(super) const BRINK: f64 = 0.02;

/// What there is to see at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    /// The subjects that are there.
    pub(super) faces: Vec<Face>,
    /// What else draws the eye: where, and how much.
    pub(super) salience: Vec<(Rect, f64)>,
    /// Lines of text.
    pub(super) text: Vec<Rect>,
}

/// A subject at one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    /// Its place in the list of subjects.
    pub(super) subject: usize,
    /// The face, inside the active picture.
    pub(super) face: Rect,
    /// The head, inside the active picture.
    pub(super) head: Rect,
    /// How much it counts.
    pub(super) weight: f64,
}

/// Returns the subjects in an order that does not depend on the one they came in.
///
/// Those without a box in `range` are left out.
pub(super) fn ordered(subjects: &[Subject], range: TimeRange) -> Vec<&Subject> {
    let is_there = |s: &Subject| s.boxes.iter().any(|(time, _)| range.contains(*time));
    let there = subjects.iter().filter(|s| s.weight > 0.0 && is_there(s));
    let mut subjects: Vec<_> = there.collect();
    let extent = |s: &Subject| {
        let sum: f64 = s.boxes.iter().map(|(_, b)| b.x + b.y * 3.0).sum();
        (s.boxes.iter().map(|b| b.0).min(), s.boxes.len(), sum)
    };
    subjects.sort_by(|a, b| {
        let ((x, n, p), (y, m, q)) = (extent(a), extent(b));
        let numbers = a.weight.total_cmp(&b.weight).then(p.total_cmp(&q));
        (a.track, x, n).cmp(&(b.track, y, m)).then(numbers)
    });
    subjects
}

/// Returns what is seen at each sample of a path through the scene, inside `active`.
pub(super) fn samples(
    range: TimeRange,
    subjects: &[&Subject],
    scene: &Scene,
    active: Rect,
) -> Vec<Sample> {
    let mut samples = vec![Sample::default(); path::samples(range)];
    for (number, subject) in subjects.iter().enumerate() {
        add_subject(&mut samples, range, number, subject, active);
    }
    add_salience(&mut samples, range, &scene.salience, active);
    for (k, sample) in samples.iter_mut().enumerate() {
        let now = time_of(range, k);
        let shown = scene.text.iter().filter(|(shown, _)| shown.contains(now));
        sample
            .text
            .extend(shown.filter_map(|(_, area)| area.shared(active)));
    }
    samples
}

/// Returns when a sample is shown.
fn time_of(range: TimeRange, k: usize) -> Timestamp {
    range.start() + Timestamp::new(k as i64, RATE).unwrap_or(Timestamp::ZERO)
}

fn add_subject(
    samples: &mut [Sample],
    range: TimeRange,
    number: usize,
    subject: &Subject,
    active: Rect,
) {
    let boxes = boxes_inside(range, subject.boxes.iter().copied(), active);
    let mut next = 0;
    for (k, sample) in samples.iter_mut().enumerate() {
        let time = k as f64 / f64::from(RATE);
        while boxes.get(next).is_some_and(|(at, _)| *at <= time) {
            next += 1;
        }
        let Some(face) = between(next.checked_sub(1).map(|i| boxes[i]), boxes.get(next), time)
        else {
            continue;
        };
        let now = time_of(range, k);
        let speaks = subject.speaks.iter().any(|speech| speech.contains(now));
        sample.faces.push(Face {
            subject: number,
            face,
            head: head(face, active),
            weight: subject.weight.min(1e6) * if speaks { SPEAKER } else { 1.0 },
        });
    }
}

fn add_salience(
    samples: &mut [Sample],
    range: TimeRange,
    salience: &[(Timestamp, Rect, f64)],
    active: Rect,
) {
    let weights = salience.iter().map(|(time, area, weight)| {
        let weight = if *weight > 0.0 { weight.min(1e6) } else { 0.0 };
        (*time, (*area, weight))
    });
    let mut found: Vec<(f64, Rect, f64)> = weights
        .flat_map(|(time, (area, weight))| {
            let inside = boxes_inside(range, std::iter::once((time, area)), active);
            inside.into_iter().map(move |(at, area)| (at, area, weight))
        })
        .collect();
    found.sort_by(|a, b| {
        let area = |r: &Rect| [r.x, r.y, r.width, r.height];
        let areas = area(&a.1).into_iter().zip(area(&b.1));
        let areas = areas.map(|(x, y)| x.total_cmp(&y));
        areas
            .fold(a.0.total_cmp(&b.0), std::cmp::Ordering::then)
            .then(a.2.total_cmp(&b.2))
    });
    let mut from = 0;
    for (k, sample) in samples.iter_mut().enumerate() {
        let time = k as f64 / f64::from(RATE);
        // Several areas of one time are one group; the nearest group counts.
        while let Some(later) = found[from..].iter().find(|f| f.0 > found[from].0) {
            if (later.0 - time).abs() >= (found[from].0 - time).abs() {
                break;
            }
            from += found[from..].iter().take_while(|f| f.0 < later.0).count();
        }
        let group = found[from..].iter().take_while(|f| f.0 == found[from].0);
        let near = group.filter(|f| (f.0 - time).abs() <= SALIENT);
        sample.salience.extend(near.map(|f| (f.1, f.2)));
    }
}

/// Returns the areas in `range`, cut to the active picture, in order, in seconds from its beginning.
fn boxes_inside(
    range: TimeRange,
    areas: impl Iterator<Item = (Timestamp, Rect)>,
    active: Rect,
) -> Vec<(f64, Rect)> {
    let own = areas.filter(|(time, _)| range.contains(*time));
    let mut own: Vec<_> = own
        .filter_map(|(time, area)| {
            let seconds = (time - range.start()).seconds();
            Some((seconds, area.shared(active)?))
        })
        .collect();
    own.sort_by(|a, b| a.0.total_cmp(&b.0));
    own
}

/// Returns the box at `time`, between the last box before it and the first one after it.
fn between(before: Option<(f64, Rect)>, after: Option<&(f64, Rect)>, time: f64) -> Option<Rect> {
    match (before, after) {
        (Some((from, a)), Some(&(to, b))) if to - from <= LONGEST_GAP => {
            let part = (time - from) / (to - from).max(f64::MIN_POSITIVE);
            Some(blend(a, b, part))
        }
        (Some((from, a)), _) if time - from <= LINGERS => Some(a),
        (_, Some(&(to, b))) if to - time <= LINGERS => Some(b),
        _ => None,
    }
}

fn blend(a: Rect, b: Rect, part: f64) -> Rect {
    let mix = |a: f64, b: f64| a + (b - a) * part;
    Rect {
        x: mix(a.x, b.x),
        y: mix(a.y, b.y),
        width: mix(a.width, b.width),
        height: mix(a.height, b.height),
    }
}

/// Returns the face box of a head of which no face is seen: that whose head it is.
pub fn face_of(head: Rect) -> Rect {
    let (width, height) = (head.width / HEAD_WIDTH, head.height / HEAD_HEIGHT);
    Rect {
        x: head.x + (HEAD_WIDTH - 1.0) / 2.0 * width,
        y: head.y + HAIR * height,
        width,
        height,
    }
}

/// Returns the whole head of a face box, which reaches from the brows to the chin: hair above, ears and some air beside.
fn head(face: Rect, active: Rect) -> Rect {
    let head = Rect {
        x: face.x - (HEAD_WIDTH - 1.0) / 2.0 * face.width,
        y: face.y - HAIR * face.height,
        width: HEAD_WIDTH * face.width,
        height: HEAD_HEIGHT * face.height,
    };
    head.shared(active).unwrap_or(face)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_heads_face_is_that_head() {
        let seen = Rect {
            x: 0.3,
            y: 0.2,
            width: 0.07,
            height: 0.16,
        };
        let again = head(face_of(seen), Rect::WHOLE);
        let pairs = [
            (again.x, seen.x),
            (again.y, seen.y),
            (again.width, seen.width),
            (again.height, seen.height),
        ];
        assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-9), "{again:?}");
    }
}
