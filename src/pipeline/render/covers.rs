//! Cover times of a clip.

use crate::analysis::faces::EyeGap;
use crate::clips::{CoverPicture, CoverSight, cover};
use crate::pipeline::context::JobContext;
use crate::pipeline::stages::eyes::find_eye_gap;
use crate::pipeline::stages::tracks::VideoAnalysis;
use crate::timeline::{TimeRange, Timestamp};

/// Covers whose eyes are looked at, at most, to find open ones.
const LOOKED_AT: usize = 6;
/// Eyes that are open so far are open.
const OPEN: EyeGap = EyeGap(0.28);

/// Returns the time of a clip's cover picture; its start where nothing is known of its pictures.
///
/// It is the best one on which the eyes are open; where there is none, that on which they are open farthest. `cut_text` are
/// times at which the clip's edge cuts a line of text.
///
/// # Errors
/// What decoding and the model say; that the file changed meanwhile.
pub(super) fn cover_time(
    ctx: &JobContext<'_>,
    video: &VideoAnalysis,
    range: TimeRange,
    cut_text: &[Timestamp],
) -> anyhow::Result<Timestamp> {
    let Some(vision) = &video.vision else {
        return Ok(range.start());
    };
    let sight = CoverSight {
        look: &vision.look,
        tracks: &video.tracks,
        shots: &video.shots,
        cut_text,
    };
    let covers = cover(range, &sight, LOOKED_AT);
    let best = first_open(&covers, |cover| match &cover.face {
        Some(face) => find_eye_gap(ctx, cover.time, face),
        None => Ok(None),
    })?;
    Ok(best.map_or(range.start(), |cover| cover.time))
}

/// Returns the first cover with open eyes, or whose eyes nobody sees; without one that on which they are open farthest.
fn first_open(
    covers: &[CoverPicture],
    gap_of: impl Fn(&CoverPicture) -> anyhow::Result<Option<EyeGap>>,
) -> anyhow::Result<Option<&CoverPicture>> {
    let mut widest: Option<(f32, &CoverPicture)> = None;
    for (place, cover) in covers.iter().enumerate() {
        let EyeGap(gap) = match gap_of(cover)? {
            Some(gap) if gap.0 < OPEN.0 => gap,
            // What shows no face is taken only where the best does not.
            None if place > 0 => continue,
            _ => return Ok(Some(cover)),
        };
        if widest.is_none_or(|(widest, _)| gap > widest) {
            widest = Some((gap, cover));
        }
    }
    Ok(widest.map(|(_, cover)| cover))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells which of some covers is taken, whose eyes are open so far.
    fn taken(gaps: &[Option<f32>]) -> Option<i64> {
        let at = |n: usize| Timestamp::new(n as i64, 1).unwrap();
        let cover = |n: usize| CoverPicture {
            time: at(n),
            face: None,
        };
        let covers: Vec<CoverPicture> = (0..gaps.len()).map(cover).collect();
        let gap_of = |cover: &CoverPicture| {
            let place = cover.time.seconds() as usize;
            Ok(gaps[place].map(EyeGap))
        };
        let best = first_open(&covers, gap_of).unwrap();
        best.map(|cover| cover.time.seconds() as i64)
    }

    #[test]
    fn the_best_cover_with_open_eyes_is_taken() {
        assert_eq!(taken(&[Some(0.3), Some(0.5)]), Some(0));
        assert_eq!(taken(&[Some(0.2), None, Some(0.35), Some(0.5)]), Some(2));
    }

    #[test]
    fn without_open_eyes_it_is_where_they_are_open_farthest() {
        assert_eq!(taken(&[Some(0.2), Some(0.25), Some(0.22), None]), Some(1));
        assert_eq!(taken(&[None, Some(0.5)]), Some(0));
        assert_eq!(taken(&[]), None);
    }
}
