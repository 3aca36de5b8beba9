//! ClipFraming: which part of each picture a clip shows, and where on the clip it stands. Pure.

use serde::{Deserialize, Serialize};

use crate::frame::{Rect, Size};
use crate::timeline::{TimeRange, Timestamp};

/// ClipFraming of a clip: its size, and segment by segment what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipFraming {
    /// Columns and rows of the clip; odd ones lose one.
    pub size: Size,
    /// In the order of time. Before the first counts the first, in a gap the one before it; with none at all the whole
    /// picture is fitted in.
    pub scenes: Vec<SceneCrop>,
}

/// SceneView for a segment of the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneCrop {
    /// When, on the source's clock.
    pub range: TimeRange,
    /// What.
    pub layout: SceneView,
}

/// SceneView of the parts of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SceneView {
    /// One part fills the clip.
    Crop(Vec<CropPoint>),
    /// Parts one above the other, the first on top.
    Stack(Vec<StackedPart>),
    /// All of a part, as large as it goes.
    Fit {
        /// The part: the whole picture, or what its black bars leave.
        part: Rect,
        /// What is left over shows an enlarged, blurred, darkened copy; black otherwise.
        blur: bool,
    },
}

/// A part over the whole width of the clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackedPart {
    /// Where it is.
    pub path: Vec<CropPoint>,
    /// How high it is shown, in heights of the clip; the last part takes what is left.
    pub height: f64,
}

impl SceneView {
    /// Returns the layout that shows all of the picture.
    pub const fn whole_picture() -> Self {
        Self::Fit {
            part: Rect::WHOLE,
            blur: true,
        }
    }
}

/// Position of a crop at one time; between two points it moves evenly, outside them it stands still.
///
/// A path without points stands in the middle and is as large as its shape allows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CropPoint {
    /// When, on the source's clock.
    pub time: Timestamp,
    /// Where.
    pub rect: Rect,
}

/// A part of the picture and the pixels of the clip that it fills: columns, rows, width and height, all even.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PixelPane {
    pub(super) part: Rect,
    pub(super) place: [usize; 4],
}

/// Backdrop behind the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backdrop {
    /// They cover everything.
    None,
    Black,
    /// The picture itself, blurred and darkened.
    Blurred,
}

impl ClipFraming {
    /// Returns a framing that shows the whole picture and nothing else.
    pub fn whole(size: Size) -> Self {
        let all = TimeRange::new(
            Timestamp::ZERO,
            Timestamp::ZERO + std::time::Duration::from_secs(1),
        );
        let point = CropPoint {
            time: Timestamp::ZERO,
            rect: Rect::WHOLE,
        };
        let scene = all.map(|range| SceneCrop {
            range,
            layout: SceneView::Crop(vec![point]),
        });
        Self {
            size,
            scenes: scene.into_iter().collect(),
        }
    }

    /// Returns the size of the clip: both sides even.
    pub fn even_size(&self) -> (u32, u32) {
        let even = |side: u32| (side & !1).max(2);
        (even(self.size.width), even(self.size.height))
    }

    /// Returns the parts of the picture that are shown at `time`, of a source `whole` times as wide as high.
    pub fn parts(&self, time: Timestamp, whole: f64) -> Vec<Rect> {
        let (panes, _) = self.panes(time, whole);
        panes.into_iter().map(|pane| pane.part).collect()
    }

    /// Returns what is shown at `time`, and where.
    pub(super) fn panes(&self, time: Timestamp, whole: f64) -> (Vec<PixelPane>, Backdrop) {
        let (width, height) = self.even_size();
        let (width, height) = (width as usize, height as usize);
        let pane = |path: &[CropPoint], place: [usize; 4]| PixelPane {
            part: rect_at(path, time)
                .unwrap_or_else(|| Rect::of_shape(whole, shape(place)))
                .inside(),
            place,
        };
        match self.layout_at(time) {
            Some(SceneView::Crop(path)) => {
                (vec![pane(path, [0, 0, width, height])], Backdrop::None)
            }
            Some(SceneView::Stack(parts)) => {
                let panes = parts.iter().zip(rows(parts, height));
                let panes =
                    panes.map(|(part, (top, rows))| pane(&part.path, [0, top, width, rows]));
                (panes.collect(), Backdrop::None)
            }
            Some(&SceneView::Fit { part, blur }) => {
                let behind = if blur {
                    Backdrop::Blurred
                } else {
                    Backdrop::Black
                };
                fitted((width, height), part.inside(), whole, behind)
            }
            None => fitted((width, height), Rect::WHOLE, whole, Backdrop::Blurred),
        }
    }

    fn layout_at(&self, time: Timestamp) -> Option<&SceneView> {
        let after = self
            .scenes
            .partition_point(|scene| scene.range.start() <= time);
        let scene = self.scenes.get(after.saturating_sub(1));
        scene.map(|scene| &scene.layout)
    }
}

impl SceneView {
    /// Returns the points of all paths.
    pub(super) fn points(&self) -> impl Iterator<Item = &CropPoint> {
        let (one, others): (&[CropPoint], &[StackedPart]) = match self {
            Self::Crop(path) => (path, &[]),
            Self::Stack(parts) => (&[], parts),
            Self::Fit { .. } => (&[], &[]),
        };
        one.iter().chain(others.iter().flat_map(|part| &part.path))
    }
}

/// Returns where each part begins and how high it is in a clip of so many rows, both even; what finds no room is left out.
fn rows(parts: &[StackedPart], height: usize) -> Vec<(usize, usize)> {
    let (mut top, mut rows) = (0, Vec::with_capacity(parts.len()));
    for (number, part) in parts.iter().enumerate() {
        let wanted = (part.height * height as f64 / 2.0).round() as usize * 2;
        let after = 2 * (parts.len() - number - 1);
        let most = height.saturating_sub(top + after);
        let own = if after == 0 {
            height - top
        } else {
            wanted.clamp(2, most.max(2))
        };
        if own < 2 || top + own > height {
            break;
        }
        rows.push((top, own));
        top += own;
    }
    // Too few rows for all: the last that found room has the rest.
    if let Some(last) = rows.last_mut() {
        last.1 = height - last.0;
    }
    rows
}

fn shape([_, _, width, height]: [usize; 4]) -> f64 {
    width as f64 / height.max(1) as f64
}

fn fitted(
    (width, height): (usize, usize),
    part: Rect,
    whole: f64,
    behind: Backdrop,
) -> (Vec<PixelPane>, Backdrop) {
    let whole = whole * part.width / part.height;
    let even = |side: f64, most: usize| ((side / 2.0).round() as usize * 2).clamp(2, most);
    let w = even(height as f64 * whole, width);
    let h = even(width as f64 / whole, height);
    let middle = |side: usize, whole: usize| ((whole - side) / 2) & !1;
    let pane = PixelPane {
        part,
        place: [middle(w, width), middle(h, height), w, h],
    };
    let covered = (w, h) == (width, height);
    (vec![pane], if covered { Backdrop::None } else { behind })
}

/// Returns where a path stands at `time`; `None` for a path without points.
fn rect_at(path: &[CropPoint], time: Timestamp) -> Option<Rect> {
    let after = path.partition_point(|point| point.time <= time);
    let (Some(before), Some(after)) = (path.get(after.wrapping_sub(1)), path.get(after)) else {
        let end = if after == 0 {
            path.first()
        } else {
            path.last()
        };
        return end.map(|point| point.rect);
    };
    let (passed, gap) = (time - before.time, after.time - before.time);
    Some(
        before
            .rect
            .between(after.rect, passed.seconds() / gap.seconds()),
    )
}

#[cfg(test)]
mod tests;
