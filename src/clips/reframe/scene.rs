//! Scene: a shot and the people in it, the input of the solver.

use crate::frame::{Rect, Size};
use crate::timeline::{TimeRange, Timestamp};

/// How much of a picture may be lost that still counts as one of the output's shape.
pub(super) const SAME_SHAPE: f64 = 0.02;

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
    /// Lines of text that last a second or more: when, inside its range, and where in fractions of the picture.
    pub text: Vec<(TimeRange, Rect)>,
    /// The part in which somebody writes on a screen, line by line.
    pub written: Option<Rect>,
    /// Pictures with straight edges of their own inside the picture, cameras say.
    pub insets: Vec<Rect>,
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

/// Returns what of a scene's picture there is to show: a picture that has the output's shape is left as its maker framed it,
/// bars and all.
pub(super) fn active_picture(scene: &Scene, output: Size) -> Rect {
    let shape = Rect::WHOLE.largest(output.aspect() / scene.frame.aspect());
    if Rect::WHOLE.share_in(shape) >= 1.0 - SAME_SHAPE {
        return Rect::WHOLE;
    }
    let active = scene.active.and_then(|a| a.shared(Rect::WHOLE));
    active.unwrap_or(Rect::WHOLE)
}
