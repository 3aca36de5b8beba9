//! The persons of a video as `analysis.json` lists them.

use serde::{Deserialize, Serialize};

use super::number::{Seconds, finite};
use crate::analysis::persons::{PersonDetection, PersonTrack};
use crate::timeline::Timestamp;

/// The persons of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonsRecord {
    /// When the picture is shown.
    pub time: Seconds,
    /// Its persons, by number of the track.
    pub boxes: Vec<PersonBox>,
}

/// A person, in fractions of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PersonBox {
    /// Left edge.
    #[serde(serialize_with = "finite")]
    pub x: f64,
    /// Upper edge.
    #[serde(serialize_with = "finite")]
    pub y: f64,
    /// Width.
    #[serde(serialize_with = "finite")]
    pub w: f64,
    /// Height.
    #[serde(serialize_with = "finite")]
    pub h: f64,
    /// How sure the model is, 0 to 1.
    #[serde(serialize_with = "finite")]
    pub score: f64,
    /// The same number for the same person throughout its shot; faces have numbers of their own.
    pub track: u32,
}

/// Returns the persons of each picture in which one was found, in order of time.
pub(super) fn records(tracks: &[PersonTrack]) -> Vec<PersonsRecord> {
    let of_track = |track: &PersonTrack| {
        let id = track.id;
        let boxes = track.samples.iter();
        let boxes = boxes.map(move |(time, found)| (*time, person_box(found, id)));
        boxes.collect::<Vec<_>>()
    };
    let mut found: Vec<(Timestamp, PersonBox)> = tracks.iter().flat_map(of_track).collect();
    found.sort_by_key(|(time, person)| (*time, person.track));
    let pictures = found.chunk_by(|a, b| a.0 == b.0);
    let records = pictures.map(|persons| PersonsRecord {
        time: persons[0].0.into(),
        boxes: persons.iter().map(|(_, person)| *person).collect(),
    });
    records.collect()
}

fn person_box(found: &PersonDetection, track: u32) -> PersonBox {
    PersonBox {
        x: f64::from(found.region.x),
        y: f64::from(found.region.y),
        w: f64::from(found.region.width),
        h: f64::from(found.region.height),
        score: f64::from(found.score),
        track,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;

    #[test]
    fn persons_are_listed_by_picture() {
        let track = |id, seconds: &[i64]| PersonTrack {
            id,
            shot: 0,
            samples: seconds
                .iter()
                .map(|&second| {
                    let person = PersonDetection {
                        region: Region::WHOLE,
                        head: Region::WHOLE,
                        score: 0.5,
                    };
                    (Timestamp::new(second, 1).unwrap(), person)
                })
                .collect(),
        };
        let found: Vec<_> = records(&[track(0, &[1, 2]), track(1, &[0, 1])])
            .iter()
            .map(|r| (r.time.as_f64(), r.boxes.iter().map(|b| b.track).collect()))
            .collect();
        assert_eq!(found, [(0.0, vec![1]), (1.0, vec![0, 1]), (2.0, vec![0])]);
    }
}
