//! Framing: how a segment of a video is shown, and how good that is.

use super::path::Path;
use crate::frame::{Layout, Rect};
use crate::timeline::{TimeRange, Timestamp};

/// How a segment of a video is shown; nothing of it is carried over to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Framing {
    /// When: a scene, or the part of one that an override leaves or decides.
    pub range: TimeRange,
    /// How.
    pub layout: Layout,
    /// What is shown where: two panes for a split, else one.
    pub panes: Vec<Pane>,
    /// How good it is.
    pub quality: FramingQuality,
}

/// A part of the output that shows a part of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Pane {
    /// What it shows.
    pub path: Path,
    /// Where on the output, in fractions of it.
    pub target: Rect,
}

/// Measures of a framing.
#[derive(Debug, Clone, PartialEq)]
pub struct FramingQuality {
    /// The share of the weighted time of all subjects in which the whole head is shown; 1 without subjects.
    pub coverage: f64,
    /// The share of the time in which subjects are there.
    pub peopled: f64,
    /// The share of the time in which subjects are there and no head is shown whole.
    pub nobody: f64,
    /// The share of the weight of salience shown where no subject is; 1 without it.
    pub salience: f64,
    /// The share of the time with text in which a line of it is cut; 0 without text.
    pub text_cut: f64,
    /// The highest speed, in crops a second, across or down.
    pub speed: f64,
    /// The largest change of acceleration, in crops a second, per second, per second, across or down.
    pub jerk: f64,
    /// How often a crop sets out.
    pub moves: usize,
    /// The subjects that are not shown whole all the time, in the order of their tracks.
    pub cut: Vec<CutFace>,
}

/// A subject that is not shown whole all the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CutFace {
    /// Its track.
    pub track: u32,
    /// The share of its time that the head is cut off or not shown, above 0.
    pub share: f64,
}

impl Pane {
    /// Returns how much of the output it fills.
    pub(super) fn fills(&self) -> f64 {
        self.target.width * self.target.height
    }
}

impl Framing {
    /// Returns where on the output an area of the picture is seen at a time, in fractions of the output: once for each
    /// pane that shows any of it.
    pub fn seen(&self, time: Timestamp, area: Rect) -> impl Iterator<Item = Rect> {
        self.panes.iter().filter_map(move |pane| {
            let crop = pane.path.at(time);
            let shown = area.shared(crop)?;
            let (across, down) = (
                pane.target.width / crop.width,
                pane.target.height / crop.height,
            );
            Some(Rect {
                x: pane.target.x + (shown.x - crop.x) * across,
                y: pane.target.y + (shown.y - crop.y) * down,
                width: shown.width * across,
                height: shown.height * down,
            })
        })
    }
}
