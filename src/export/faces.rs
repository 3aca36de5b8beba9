//! The faces of a video as `analysis.json` lists them.

use serde::{Deserialize, Serialize};

use super::number::{Seconds, finite};
use crate::analysis::faces::Track;

/// The faces of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacesRecord {
    /// When the picture is shown.
    pub time: Seconds,
    /// Its faces, by number of the track.
    pub boxes: Vec<FaceBox>,
}

/// A face, in fractions of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FaceBox {
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
    /// The same number for the same face throughout its shot.
    pub track: u32,
}

/// Returns the faces of each picture in which one was found, in order of time.
pub(super) fn records(tracks: &[Track]) -> Vec<FacesRecord> {
    let mut found: Vec<_> = tracks
        .iter()
        .flat_map(|track| track.samples.iter().map(|sample| (track.id, sample)))
        .filter_map(|(track, sample)| {
            let (region, score) = (sample.region, f64::from(sample.score?));
            let face = FaceBox {
                x: f64::from(region.x),
                y: f64::from(region.y),
                w: f64::from(region.width),
                h: f64::from(region.height),
                score,
                track,
            };
            Some((sample.time, face))
        })
        .collect();
    found.sort_by_key(|(time, face)| (*time, face.track));
    let pictures = found.chunk_by(|a, b| a.0 == b.0);
    let records = pictures.map(|faces| FacesRecord {
        time: faces[0].0.into(),
        boxes: faces.iter().map(|(_, face)| *face).collect(),
    });
    records.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;
    use crate::analysis::faces::{Landmarks, TrackSample};
    use crate::timeline::Timestamp;

    fn track(id: u32, seconds: &[(i64, Option<f32>)]) -> Track {
        let sample = |&(second, score): &(i64, Option<f32>)| TrackSample {
            time: Timestamp::new(second, 1).unwrap(),
            region: Region::WHOLE,
            score,
            landmarks: Landmarks::default(),
            searched: true,
        };
        let samples = seconds.iter().map(sample).collect();
        Track {
            id,
            shot: 0,
            samples,
        }
    }

    #[test]
    fn faces_are_listed_by_picture_and_only_where_they_were_found() {
        let tracks = [
            track(0, &[(1, Some(0.5)), (2, None)]),
            track(1, &[(0, Some(1.0)), (1, Some(1.0))]),
        ];
        let found: Vec<_> = records(&tracks)
            .iter()
            .map(|r| (r.time.as_f64(), r.boxes.iter().map(|b| b.track).collect()))
            .collect();
        assert_eq!(found, [(0.0, vec![1]), (1.0, vec![0, 1])]);
    }
}
