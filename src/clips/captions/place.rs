//! Position of cues on the picture, so that they cover no face while there is room.
//!
//! A cue at a place costs, all places of all cues together being the cheapest,
//! - ten times the share of the faces that it covers, on average over its time,
//! - what the place costs: viewers look for text at the bottom,
//! - `MOVE` when the cue before stood elsewhere.

use super::Cue;
use crate::frame::Rect;
use crate::timeline::Timestamp;

/// Where on the picture a cue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CuePlace {
    /// Above the lower margin.
    #[default]
    Bottom,
    /// With its lower edge half-way from the lower margin to the middle.
    Lower,
    /// In the middle.
    Middle,
    /// Below the upper margin.
    Top,
}

/// The room that cues have, in fractions of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Without text at the left and at the right.
    pub side: f64,
    /// Without text at the top and at the bottom.
    pub end: f64,
    /// Height of a line of text.
    pub line: f64,
}

/// Every place, with what it costs.
const PLACES: [(CuePlace, f64); 4] = [
    (CuePlace::Bottom, 0.0),
    (CuePlace::Lower, 0.3),
    (CuePlace::Middle, 0.4),
    (CuePlace::Top, 0.5),
];
/// What covering all faces costs.
const COVERED: f64 = 10.0;
/// What a change of place costs: text that jumps is hard to follow.
const MOVE: f64 = 0.4;
/// How far from a cue in seconds a face still counts: the time between two samples.
const NEAR: f64 = 0.2;

impl CuePlace {
    /// Returns how high the lower edge of `Lower` stands in a picture with this margin at the bottom, in heights of the picture.
    pub fn raised(end: f64) -> f64 {
        (end + 0.5) / 2.0
    }

    /// Returns the area that so many lines take.
    fn area(self, lines: usize, room: &Room) -> Rect {
        let height = lines as f64 * room.line;
        let y = match self {
            Self::Bottom => 1.0 - room.end - height,
            Self::Lower => 1.0 - Self::raised(room.end) - height,
            Self::Middle => 0.5 - height / 2.0,
            Self::Top => room.end,
        };
        Rect {
            x: room.side,
            y,
            width: 1.0 - 2.0 * room.side,
            height,
        }
    }
}

/// Returns the place of each cue.
///
/// `faces` are in fractions of the picture that the cues are shown on, and on the cues' clock.
pub fn places(cues: &[Cue], faces: &[(Timestamp, Rect)], room: &Room) -> Vec<CuePlace> {
    let mut faces: Vec<(f64, Rect)> = faces.iter().map(|(t, face)| (t.seconds(), *face)).collect();
    faces.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut costs = [0.0; PLACES.len()];
    let mut before = Vec::with_capacity(cues.len());
    for (number, cue) in cues.iter().enumerate() {
        let near = faces_near(&faces, cue);
        let from: [usize; PLACES.len()] =
            std::array::from_fn(|to| cheapest(&costs, to, number > 0));
        costs = std::array::from_fn(|to| {
            let (place, price) = PLACES[to];
            let area = place.area(cue.lines().len(), room);
            costs[from[to]] + moving(from[to], to, number > 0) + price + covered(near, area)
        });
        before.push(from);
    }
    let mut at = cheapest(&costs, 0, false);
    let back = before.iter().rev().map(|from| {
        let place = PLACES[at].0;
        at = from[at];
        place
    });
    let mut places: Vec<CuePlace> = back.collect();
    places.reverse();
    places
}

fn cheapest(costs: &[f64; PLACES.len()], to: usize, moves: bool) -> usize {
    let cost = |from: usize| costs[from] + moving(from, to, moves);
    let least = (0..PLACES.len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
    least.unwrap_or(0)
}

fn moving(from: usize, to: usize, moves: bool) -> f64 {
    if moves && from != to { MOVE } else { 0.0 }
}

/// Returns the faces on screen while a cue is.
fn faces_near<'a>(faces: &'a [(f64, Rect)], cue: &Cue) -> &'a [(f64, Rect)] {
    let (start, end) = (cue.range().start().seconds(), cue.range().end().seconds());
    let first = faces.partition_point(|(time, _)| *time < start - NEAR);
    let last = faces.partition_point(|(time, _)| *time < end + NEAR);
    &faces[first..last]
}

fn covered(faces: &[(f64, Rect)], area: Rect) -> f64 {
    let shares = faces.iter().map(|(_, face)| {
        let whole = face.width * face.height;
        let shared = face
            .shared(area)
            .map_or(0.0, |part| part.width * part.height);
        if whole > 0.0 { shared / whole } else { 0.0 }
    });
    COVERED * shares.sum::<f64>() / faces.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::captions::CueLine;
    use crate::timeline::{TimeRange, Word};
    use proptest::prelude::*;

    const ROOM: Room = Room {
        side: 0.1,
        end: 0.2,
        line: 0.05,
    };

    fn at(tenths: i64) -> Timestamp {
        Timestamp::new(tenths, 10).unwrap()
    }

    /// Cues of two lines, a second each, one after the other.
    fn cues(count: i64) -> Vec<Cue> {
        let cue = |n: i64| {
            let range = TimeRange::new(at(10 * n), at(10 * n + 10)).unwrap();
            let word = Word {
                text: "word".into(),
                range,
                confidence: 1.0,
                space_before: true,
            };
            let line = CueLine { words: vec![word] };
            Cue {
                range,
                lines: vec![line.clone(), line],
            }
        };
        (0..count).map(cue).collect()
    }

    /// A face between these heights at these tenths of seconds.
    fn face_at(times: std::ops::Range<i64>, from: f64, to: f64) -> Vec<(Timestamp, Rect)> {
        let face = Rect {
            x: 0.3,
            y: from,
            width: 0.4,
            height: to - from,
        };
        times.step_by(2).map(|time| (at(time), face)).collect()
    }

    #[test]
    fn cues_stand_at_the_bottom_where_no_face_is() {
        assert_eq!(places(&cues(3), &[], &ROOM), [CuePlace::Bottom; 3]);
        let above = face_at(0..30, 0.2, 0.6);
        assert_eq!(places(&cues(3), &above, &ROOM), [CuePlace::Bottom; 3]);
    }

    #[test]
    fn a_face_at_the_bottom_lifts_the_cues() {
        let low = face_at(0..30, 0.66, 0.95);
        assert_eq!(places(&cues(3), &low, &ROOM), [CuePlace::Lower; 3]);
        let large = face_at(0..30, 0.35, 0.9);
        assert_eq!(places(&cues(3), &large, &ROOM), [CuePlace::Top; 3]);
    }

    #[test]
    fn cues_stand_between_the_faces_of_a_split() {
        let mut faces = face_at(0..30, 0.1, 0.4);
        faces.extend(face_at(0..30, 0.56, 0.9));
        assert_eq!(places(&cues(3), &faces, &ROOM), [CuePlace::Middle; 3]);
    }

    #[test]
    fn cues_do_not_jump_aside_for_the_edge_of_a_chin() {
        let chin = face_at(10..20, 0.3, 0.705);
        assert_eq!(places(&cues(3), &chin, &ROOM), [CuePlace::Bottom; 3]);
    }

    #[test]
    fn a_face_that_fills_the_picture_leaves_the_cues_at_the_place_that_covers_least() {
        let all = face_at(0..10, 0.0, 1.0);
        assert_eq!(places(&cues(1), &all, &ROOM), [CuePlace::Bottom]);
    }

    proptest! {
        #[test]
        fn no_face_is_covered_while_a_place_is_free_all_the_time(from in 0.0..0.9_f64, length in 0.02..0.5_f64) {
            let face = face_at(0..50, from, from + length);
            let hits = |place: CuePlace| place.area(2, &ROOM).shared(face[0].1).is_some();
            let free = PLACES.iter().any(|(place, _)| !hits(*place));
            for place in places(&cues(5), &face, &ROOM) {
                let share = covered(&[(0.0, face[0].1)], place.area(2, &ROOM)) / COVERED;
                prop_assert!(!free || share < 0.1, "{place:?} covers {share}");
            }
        }
    }
}
