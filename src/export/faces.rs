//! The faces of a video as `analysis.json` lists them.

use super::boxes::{PictureBoxes, TrackedBox, by_picture};
use crate::analysis::faces::Track;

/// Returns the faces of each picture in which one was found, in order of time.
pub(super) fn records(tracks: &[Track]) -> Vec<PictureBoxes> {
    let samples = tracks.iter();
    let samples = samples.flat_map(|track| track.samples.iter().map(|sample| (track.id, sample)));
    by_picture(samples.filter_map(|(track, sample)| {
        let face = TrackedBox::new(sample.region, sample.score?, track);
        Some((sample.time, face))
    }))
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
