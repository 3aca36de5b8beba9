//! Reframing: which part of the picture a clip of another shape shows, shot by shot.
//!
//! Each shot is solved on its own; nothing is carried over a cut. A shot gets one of four layouts (`Layout`), and each of
//! its crops a path of one size: the largest that the active picture holds, or for the panes of a split one that suits
//! the head.
//!
//! # Where a crop goes
//! Five times a second the corner of a crop takes one of its places, at most a fiftieth of the crop apart (`axis`). Of all ways
//! through the places that keep to `FASTEST` and `HARDEST`, the path is the one with the least sum, for each axis, of
//! - the weight of each head outside the crop: half as soon as it touches the edge, whole a quarter of a crop further on, so
//!   that of two heads too far apart one is shown and not the middle between them,
//! - the weight of each face times 0.15 a crop that it is further than a tenth from where it looks best: in the middle, and
//!   38 % from the top, which leaves head-room,
//! - the weight of salience times the share of it outside, a fifth of that while there are heads,
//! - 0.4 for setting out and for turning back, 0.25 a crop of way, and for each change of speed by d crops a second
//!   0.15 d + 0.3 d²,
//!
//! weights being seconds of the most that is ever seen (`price`, `walk`). Before that the crop is looked for that stays
//! where it is and covers the most heads for the longest, of equals the cheapest (`still`). It is taken where it misses next
//! to nothing, or where the moving one misses no less. So no path covers less than the best still crop, and what need not
//! move does not. The places are the control points of a smooth curve (`path`) which keeps their limits at every instant.
//!
//! # Which layout a shot gets
//! A layout is worth the share of heads and salience that it keeps, less a price for how small it shows them: nothing for
//! `Track`, 0.25 for `Split`, for `Fit` 0.45 where all of the picture must be shown, down to 0.1 the less of it holds all heads. The runs of one layout with the greatest worth are chosen that last three seconds
//! or more (`layout`). They may be shorter where people give way to none: there a viewer expects another picture.

mod axis;
mod layout;
mod options;
mod overrides;
mod panes;
mod path;
mod price;
mod quality;
mod rect;
mod sample;
mod solve;
mod still;
mod walk;

use crate::timeline::{TimeRange, Timestamp};

pub use overrides::Override;
pub use path::Path;
pub use quality::{Cut, Quality};
pub use rect::{Rect, Size};

use self::options::Options;

/// What is known about a shot, or the part of one that is inside a clip.
///
/// Two scenes of one shot are cut from one to the other: so a clip may go from speaker to speaker where a pan would be long.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// When it is on screen.
    pub range: TimeRange,
    /// The size of the upright picture.
    pub frame: Size,
    /// The picture without black bars, in fractions of it; `None` for all of it.
    pub active: Option<Rect>,
    /// The people in it.
    pub subjects: Vec<Subject>,
    /// What else draws the eye: when, where, and how much, 1 being as much as a subject of weight 1.
    pub salience: Vec<(Timestamp, Rect, f64)>,
}

/// A person in a shot.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Number of the track.
    pub track: u32,
    /// How much it counts against others and salience; one that is not above zero is left out.
    pub weight: f64,
    /// Face boxes in fractions of the picture; those outside the scene's range are left out.
    pub boxes: Vec<(Timestamp, Rect)>,
    /// When it speaks: it then counts three times.
    pub speaks: Vec<TimeRange>,
}

/// How a shot is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One crop that keeps to the heads.
    Track,
    /// Two crops, one above the other, each with one subject.
    Split,
    /// The part that holds everything that matters, with room around it to be filled (the picture blurred).
    Fit,
    /// The whole picture, which has the output's shape already.
    Whole,
}

/// How a stretch of a video is shown; nothing of it is carried over to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Framing {
    /// When: a scene, or the part of one that an override leaves or decides.
    pub range: TimeRange,
    /// How.
    pub layout: Layout,
    /// What is shown where: two panes for a split, else one.
    pub panes: Vec<Pane>,
    /// How good it is.
    pub quality: Quality,
}

/// A part of the output that shows a part of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Pane {
    /// What it shows.
    pub path: Path,
    /// Where on the output, in fractions of it.
    pub target: Rect,
}

/// Returns how successive scenes of a clip are shown at `output` size, in their order.
///
/// A moving crop takes memory of 2 kB a sample, 10 kB a second, while it is looked for.
pub fn reframe(scenes: &[Scene], output: Size, overrides: &[Override]) -> Vec<Framing> {
    let pieces = scenes.iter().flat_map(|scene| {
        let pieces = overrides::pieces(scene.range, overrides).into_iter();
        pieces.map(move |(range, decided)| Options::new(scene, range, output, decided))
    });
    let mut framings = Vec::new();
    let mut open: Vec<Options> = Vec::new();
    for piece in pieces {
        if !open.last().is_some_and(|before| before.joins(&piece)) {
            framings.append(&mut options::decide(std::mem::take(&mut open)));
        }
        open.push(piece);
    }
    framings.append(&mut options::decide(open));
    framings
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

#[cfg(test)]
mod tests;
