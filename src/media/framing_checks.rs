//! Checks of a framing: share of the faces inside, text that is cut, distortion of the crops. Pure.

use super::framing::{ClipFraming, PixelPane};
use crate::frame::Rect;
use crate::timeline::{TimeRange, Timestamp};

/// From one look at a framing to the next, in milliseconds.
const LOOK: i64 = 200;
/// Share of a line of text that may be missing, or seen, without anybody's noticing: lines are found with a margin.
const MARGIN: f64 = 0.06;

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

/// Text of the source that a framing cuts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CutText {
    /// The share of the time with text in which a line of it is neither whole nor outside.
    pub share: f64,
    /// The times at which that was seen, in order and a fifth of a second apart; each once.
    pub times: Vec<Timestamp>,
}

/// Returns which lines of text the edges of the clip cut; `None` without text.
///
/// `texts` are lines of the upright picture and when they are there; `whole` is the source's width to its height. A line is
/// whole where one part of a framing shows all of it.
pub fn cut_text(framing: &ClipFraming, texts: &[(TimeRange, Rect)], whole: f64) -> Option<CutText> {
    let mut shown: Vec<(Timestamp, Rect)> = texts
        .iter()
        .flat_map(|&(range, line)| looks(range).map(move |time| (time, line)))
        .collect();
    shown.sort_by_key(|(time, _)| *time);
    let moments = shown.chunk_by(|a, b| a.0 == b.0);
    let is_cut = |lines: &[(Timestamp, Rect)]| {
        let parts = framing.parts(lines[0].0, whole);
        lines.iter().any(|(_, line)| {
            let shares = parts.iter().map(|part| line.share_in(*part));
            let most = shares.fold(0.0, f64::max);
            (MARGIN..=1.0 - MARGIN).contains(&most)
        })
    };
    let all = moments.clone().count();
    let times: Vec<_> = moments
        .filter(|lines| is_cut(lines))
        .map(|lines| lines[0].0)
        .collect();
    (all > 0).then(|| CutText {
        share: times.len() as f64 / all as f64,
        times,
    })
}

/// Returns the times at which a range is looked at: on one grid, whatever the range.
fn looks(range: TimeRange) -> impl Iterator<Item = Timestamp> {
    let first = range.start().to_ticks(1, 1000).div_euclid(LOOK) + 1;
    let times = (first..).map_while(|look| Timestamp::new(look * LOOK, 1000));
    times.take_while(move |time| *time < range.end())
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

    /// The share of the time in which lines from `x` to `right` are cut, of a crop from 0.2 to 0.5; and at how many times.
    fn cut(lines: &[(f64, f64, i64, i64)]) -> Option<(f64, usize)> {
        let line = |&(x, right, start, end): &(f64, f64, i64, i64)| {
            let range = TimeRange::new(at(start), at(end)).unwrap();
            let line = Rect {
                x,
                y: 0.8,
                width: right - x,
                height: 0.05,
            };
            (range, line)
        };
        let lines: Vec<_> = lines.iter().map(line).collect();
        let cut = cut_text(&crop(0.2, 0.3), &lines, WIDE)?;
        Some((cut.share, cut.times.len()))
    }

    #[test]
    fn text_is_whole_inside_or_whole_outside_or_cut() {
        assert_eq!(cut(&[]), None);
        assert_eq!(cut(&[(0.21, 0.49, 0, 2), (0.6, 0.9, 0, 2)]), Some((0.0, 0)));
        let (share, times) = cut(&[(0.1, 0.3, 0, 2)]).unwrap();
        assert_eq!((share, times), (1.0, 9));
    }

    #[test]
    fn a_line_that_is_cut_counts_for_as_long_as_it_is_there() {
        let (share, times) = cut(&[(0.25, 0.45, 0, 4), (0.4, 0.9, 2, 3)]).unwrap();
        assert_eq!(times, 4);
        assert!((share - 4.0 / 19.0).abs() < 1e-9, "{share}");
        assert_eq!(cut(&[(0.19, 0.5, 0, 4)]).unwrap().1, 0);
    }

    #[test]
    fn a_crop_of_another_shape_is_stretched() {
        let right = 81.0 / 256.0;
        assert!(stretch(&crop(0.1, right), WIDE) < 1e-9);
        assert!((stretch(&crop(0.1, right * 1.1), WIDE) - 0.1).abs() < 1e-9);
        assert!((stretch(&crop(0.1, right / 1.2), WIDE) - 0.2).abs() < 1e-9);
    }
}
