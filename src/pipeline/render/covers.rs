//! Cover times of a clip.

use crate::clips::{CoverSight, cover};
use crate::pipeline::stages::tracks::VideoAnalysis;
use crate::timeline::{TimeRange, Timestamp};

/// Returns the times of a clip's cover pictures, the best first; its start where nothing is known of its pictures.
///
/// `cut_text` are times at which the clip's edge cuts a line of text.
pub(super) fn covers(
    video: &VideoAnalysis,
    range: TimeRange,
    cut_text: &[Timestamp],
) -> Vec<Timestamp> {
    let best = video.vision.as_ref().map(|vision| {
        let sight = CoverSight {
            look: &vision.look,
            tracks: &video.tracks,
            shots: &video.shots,
            cut_text,
        };
        cover(range, &sight, 1)
    });
    match best {
        Some(best) if !best.is_empty() => best,
        _ => vec![range.start()],
    }
}
