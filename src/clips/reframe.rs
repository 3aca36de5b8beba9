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
//! - 0.3 for each line of text that an edge of the crop cuts,
//! - 0.4 for setting out and for turning back, 0.25 a crop of way, and for each change of speed by d crops a second
//!   0.15 d + 0.3 d²,
//!
//! weights being seconds of the most that is ever seen (`price`, `walk`). Before that the crop is looked for that stays
//! where it is and covers the most heads for the longest, of equals the cheapest (`still`). It is taken where it misses next
//! to nothing, or where the moving one misses no less. So no path covers less than the best still crop, and what need not
//! move does not. The places are the control points of a smooth curve (`path`) which keeps their limits at every instant.
//!
//! # Which layout a shot gets
//! A layout is worth the share of heads, salience and text that it keeps, text that is cut being lost four times over, less a price for how small it shows them: nothing for
//! `Track`, 0.25 for `Split`, for `Fit` 0.4 where all of the picture must be shown, down to 0.1 the less of it holds all
//! heads. A split whose panes show much the same is none, and a fit that would leave only narrow bars is a crop. The runs
//! of one layout with the greatest worth are chosen that last three seconds or more (`layout`). They may be shorter where
//! people give way to none: there a viewer expects another picture. All fits of a clip are as high (`bars`).
//!
//! A picture that has the output's shape already is shown as it is.

mod axis;
mod bars;
mod camera;
mod fit;
mod framing;
mod layout;
mod options;
mod overrides;
mod panes;
mod path;
mod price;
mod quality;
mod sample;
mod scene;
mod screen;
mod solve;
mod stack;
mod stage;
mod still;
mod walk;

use crate::frame::Size;
use crate::manifest::FramingOverride;

pub use framing::{CutFace, Framing, FramingQuality, Pane};
pub use path::Path;
pub use sample::face_of;
pub use scene::{Scene, Subject};
pub use screen::written_part;

use self::options::Options;

/// Returns how successive scenes of a clip are shown at `output` size, in their order.
///
/// A moving crop takes memory of 2 kB a sample, 10 kB a second, while it is looked for.
pub fn reframe(scenes: &[Scene], output: Size, overrides: &[FramingOverride]) -> Vec<Framing> {
    let camera = camera::laid_over(scenes, output);
    let pieces = scenes.iter().flat_map(|scene| {
        let pieces = overrides::cut_at_decisions(scene.range, overrides).into_iter();
        pieces.map(move |(range, decided)| Options::new(scene, range, output, camera, decided))
    });
    let mut framings = Vec::new();
    let mut open: Vec<Options> = Vec::new();
    let mut decided = Vec::new();
    for piece in pieces {
        decided.push(piece.is_decided());
        if !open.last().is_some_and(|before| before.joins(&piece)) {
            framings.append(&mut options::decide(std::mem::take(&mut open)));
        }
        open.push(piece);
    }
    framings.append(&mut options::decide(open));
    bars::level(&mut framings, &decided, scenes, output);
    framings
}

#[cfg(test)]
mod tests;
