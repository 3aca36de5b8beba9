//! Persons whose face is not followed meanwhile: one who has a face is known by it. Pure.

use std::time::Duration;

use super::{PersonDetection, PersonTrack};
use crate::analysis::Region;
use crate::analysis::faces::Track;
use crate::timeline::Timestamp;

/// A face this near in time is seen together with a person.
const TOGETHER: Duration = Duration::from_millis(300);
/// How far from its middle a head's face may lie, in heads.
const BESIDE: f32 = 1.0;

/// Returns the persons where and while their face is not followed; those of whom nothing is left are no more there.
pub fn without_faces(persons: Vec<PersonTrack>, faces: &[Track]) -> Vec<PersonTrack> {
    let unseen = persons.into_iter().filter_map(|mut track| {
        let shot = track.shot;
        let of_shot = |face: &&Track| face.shot == shot;
        track.samples.retain(|(time, person)| {
            let mut faces = faces.iter().filter(of_shot).flat_map(|face| &face.samples);
            !faces.any(|face| are_together(face.time, *time) && is_of(face.region, person))
        });
        (!track.samples.is_empty()).then_some(track)
    });
    unseen.collect()
}

fn are_together(a: Timestamp, b: Timestamp) -> bool {
    a.max(b).since(a.min(b)) <= TOGETHER
}

/// Tells whether a face lies where the head of a person is.
fn is_of(face: Region, person: &PersonDetection) -> bool {
    let (face, head) = (face.centre(), person.head);
    let middle = head.centre();
    (face.x - middle.x).abs() <= BESIDE * head.width
        && (face.y - middle.y).abs() <= BESIDE * head.height
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Point;
    use crate::analysis::faces::{Landmarks, TrackSample};

    fn at(tenths: i64) -> Timestamp {
        Timestamp::new(tenths, 10).unwrap()
    }

    fn around(x: f32) -> Region {
        Region::around(Point { x, y: 0.3 }, 0.1, 0.1)
    }

    /// The times in tenths at which a person at 0.4 is left whose face is followed at `x` from second 1 to 2.
    fn left(x: f32, shot: usize) -> Vec<i64> {
        let person = PersonDetection {
            region: around(0.4),
            head: around(0.4),
            score: 0.9,
        };
        let person = PersonTrack {
            id: 0,
            shot: 0,
            samples: (0..8).map(|half| (at(half * 5), person)).collect(),
        };
        let sample = |tenths| TrackSample {
            time: at(tenths),
            region: around(x),
            score: Some(0.9),
            landmarks: Landmarks::default(),
            searched: true,
        };
        let face = Track {
            id: 0,
            shot,
            samples: (10..=20).step_by(2).map(sample).collect(),
        };
        let persons = without_faces(vec![person], &[face]);
        let samples = persons.iter().flat_map(|track| &track.samples);
        samples.map(|(time, _)| time.to_ticks(1, 10)).collect()
    }

    #[test]
    fn a_person_is_left_while_the_face_is_not_followed() {
        assert_eq!(left(0.42, 0), [0, 5, 25, 30, 35]);
    }

    #[test]
    fn the_face_of_another_or_of_another_shot_takes_nobody_away() {
        assert_eq!(left(0.8, 0).len(), 8);
        assert_eq!(left(0.42, 1).len(), 8);
    }
}
