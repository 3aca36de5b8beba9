//! The persons of a video as `analysis.json` lists them.

use super::boxes::{PictureBoxes, TrackedBox, by_picture};
use crate::analysis::persons::PersonTrack;

/// Returns the persons of each picture in which one was found, in order of time.
pub(super) fn records(tracks: &[PersonTrack]) -> Vec<PictureBoxes> {
    let samples = tracks.iter();
    let samples = samples.flat_map(|track| track.samples.iter().map(|sample| (track.id, sample)));
    by_picture(
        samples.map(|(track, (time, found))| {
            (*time, TrackedBox::new(found.region, found.score, track))
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;
    use crate::analysis::persons::PersonDetection;
    use crate::timeline::Timestamp;

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
