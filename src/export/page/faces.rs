//! Face counts of a page: how many faces are shown when.

use std::time::Duration;

use serde::Serialize;

use crate::export::{PictureBoxes, Seconds};

/// The longest time from one picture that is searched for faces to the next; after more than that nobody was found.
const LONGEST: Duration = Duration::from_secs(1);

/// A range in which some faces are seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct FaceRun(Seconds, Seconds, usize);

/// Joins pictures with faces: what one shows holds until the next, a second at most, and not beyond `end`.
pub(super) fn runs(pictures: &[PictureBoxes], end: Seconds) -> Vec<FaceRun> {
    let mut runs: Vec<FaceRun> = Vec::new();
    let next = pictures.iter().skip(1).map(|next| next.time).chain([end]);
    for (picture, next) in pictures.iter().zip(next) {
        let (start, count) = (picture.time, picture.boxes.len());
        let end = next.min(start + LONGEST);
        match runs
            .last_mut()
            .filter(|run| run.1 == start && run.2 == count)
        {
            Some(run) => run.1 = end,
            None if count > 0 && start < end => runs.push(FaceRun(start, end, count)),
            None => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::TrackedBox;

    fn at(millis: u64) -> Seconds {
        Duration::from_millis(millis).into()
    }

    fn picture(millis: u64, count: usize) -> PictureBoxes {
        let face = TrackedBox {
            x: 0.0,
            y: 0.0,
            w: 0.1,
            h: 0.1,
            score: 1.0,
            track: 0,
        };
        PictureBoxes {
            time: at(millis),
            boxes: vec![face; count],
        }
    }

    #[test]
    fn equal_counts_join_and_a_gap_is_left_empty() {
        let counts = [
            (500, 1),
            (1000, 1),
            (1500, 2),
            (2000, 1),
            (4000, 1),
            (4800, 1),
        ];
        let pictures: Vec<_> = counts.iter().map(|&(at, n)| picture(at, n)).collect();
        let expected = [
            FaceRun(at(500), at(1500), 1),
            FaceRun(at(1500), at(2000), 2),
            FaceRun(at(2000), at(3000), 1),
            FaceRun(at(4000), at(5000), 1),
        ];
        assert_eq!(runs(&pictures, at(5000)), expected);
        assert_eq!(runs(&[], at(9000)), []);
    }
}
