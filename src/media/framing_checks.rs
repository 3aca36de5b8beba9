//! Checks of a framing: share of the faces inside, distortion of the crops. Pure.

use super::framing::{ClipFraming, PixelPane};
use crate::frame::Rect;
use crate::timeline::Timestamp;

/// Returns the mean share of the faces' area that the clip shows; `None` without faces.
///
/// `faces` are boxes in the upright picture and when they are there; `whole` is the source's width to its height.
pub fn faces_inside(framing: &ClipFraming, faces: &[(Timestamp, Rect)], whole: f64) -> Option<f64> {
    let shown = faces.iter().map(|&(time, face)| {
        let parts = framing.parts(time, whole);
        let shares = parts.into_iter().map(|part| face.share_in(part));
        shares.fold(0.0, f64::max)
    });
    (!faces.is_empty()).then(|| shown.sum::<f64>() / faces.len() as f64)
}

/// Returns how far the framing's crops are out of shape at worst: 0.1 for a tenth too wide or too narrow.
pub fn stretch(framing: &ClipFraming, whole: f64) -> f64 {
    let starts = framing.scenes.iter().map(|scene| scene.range.start());
    let points = framing
        .scenes
        .iter()
        .flat_map(|scene| scene.layout.points());
    let times = starts.chain(points.map(|point| point.time));
    let panes = times.flat_map(|time| framing.panes(time, whole).0);
    panes
        .map(|pane| stretch_of(&pane, whole))
        .fold(0.0, f64::max)
}

fn stretch_of(pane: &PixelPane, whole: f64) -> f64 {
    let [_, _, width, height] = pane.place;
    let shown = pane.part.width * whole / pane.part.height;
    let ratio = shown * height as f64 / width as f64;
    ratio.max(1.0 / ratio) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::framing::{CropPoint, SceneCrop, SceneView};
    use crate::timeline::TimeRange;

    const WIDE: f64 = 16.0 / 9.0;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(seconds, 1).unwrap()
    }

    fn crop(x: f64, w: f64) -> ClipFraming {
        let rect = Rect {
            x,
            y: 0.0,
            width: w,
            height: 1.0,
        };
        let path = vec![CropPoint { time: at(0), rect }];
        ClipFraming {
            size: crate::frame::Size::new(1080, 1920),
            scenes: vec![SceneCrop {
                range: TimeRange::new(at(0), at(9)).unwrap(),
                layout: SceneView::Crop(path),
            }],
        }
    }

    #[test]
    fn a_face_counts_by_how_much_of_it_is_shown() {
        let face = |x| {
            (
                at(1),
                Rect {
                    x,
                    y: 0.2,
                    width: 0.1,
                    height: 0.2,
                },
            )
        };
        let framing = crop(0.2, 0.3);
        let inside = |faces: &[_]| faces_inside(&framing, faces, WIDE);
        assert_eq!(inside(&[]), None);
        assert!((inside(&[face(0.3)]).unwrap() - 1.0).abs() < 1e-9);
        assert!((inside(&[face(0.15), face(0.8)]).unwrap() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn a_crop_of_another_shape_is_stretched() {
        let right = 81.0 / 256.0;
        assert!(stretch(&crop(0.1, right), WIDE) < 1e-9);
        assert!((stretch(&crop(0.1, right * 1.1), WIDE) - 0.1).abs() < 1e-9);
        assert!((stretch(&crop(0.1, right / 1.2), WIDE) - 0.2).abs() < 1e-9);
    }
}
