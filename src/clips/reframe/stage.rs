//! Stage of a scene: what its panes are found from.

use super::sample::Sample;
use crate::frame::Rect;
use crate::timeline::Timestamp;

/// The most that a pane is enlarged: as much as an upright crop of a 1080-line picture, and a little more.
pub(super) const ENLARGED: f64 = 2.5;

/// What a scene is solved from.
#[derive(Debug, Clone, Copy)]
pub(super) struct PaneStage<'a> {
    pub(super) start: Timestamp,
    pub(super) samples: &'a [Sample],
    /// The active picture.
    pub(super) active: Rect,
    /// Width for one height of a full-size crop, in fractions of the picture.
    pub(super) aspect: f64,
    /// Where the faces of a camera are that is laid over the picture.
    pub(super) camera: Option<Rect>,
    /// Pictures with edges of their own inside the picture, the largest first.
    pub(super) insets: &'a [Rect],
    /// Rows of the output for each row of the picture.
    pub(super) rows: f64,
}
