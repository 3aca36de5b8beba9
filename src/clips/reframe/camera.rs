//! Cameras in the corner of a screen or a game: faces that stay in one small place.

use super::path::RATE;
use super::sample::{self, Face, Sample};
use super::scene::{Scene, active_picture};
use crate::frame::{Rect, Size};

/// The seconds for which a camera's picture stays where it is, at least.
const STAYS: f64 = 5.0;
/// The share of the time in which somebody is seen in it.
const SEEN: f64 = 0.8;
/// How far a head moves in it at most, in fractions of the picture: its frame holds it.
const MOVES: f64 = 0.08;
/// How far from the middle of the picture it is at least, across and down: in a corner.
const CORNER: (f64, f64) = (0.25, 0.17);
/// A face that is higher is no small picture's, in heights of the picture.
const SMALL: f64 = 0.26;
/// How high other heads are at most where the rest is a screen, by the camera's: in a room they are as high.
const OTHERS: f64 = 0.8;
/// Nobody's head is lower than this whom a camera is turned to.
const LOWEST: f64 = 0.75;
/// The lines of text that make a screen of the rest, and the share of the time with so many.
const LINES: usize = 2;
const WRITTEN: f64 = 0.5;
/// Shots through which a face stays that is laid over them, and where no face of a shot's own is: how far up or down.
const SHOTS: usize = 3;
const TOP: f64 = 0.2;
const BOTTOM: f64 = 0.62;

/// Returns the place of the faces of a camera that is laid over all scenes, a game or a film: it stays through their cuts.
pub(super) fn laid_over(scenes: &[Scene], output: Size) -> Option<Rect> {
    if scenes.len() < SHOTS {
        return None;
    }
    let samples: Vec<Sample> = scenes
        .iter()
        .flat_map(|scene| {
            let subjects = sample::ordered(&scene.subjects, scene.range);
            sample::samples(scene.range, &subjects, scene, active_picture(scene, output))
        })
        .collect();
    let faces = samples.iter().flat_map(|sample| &sample.faces);
    let mut middles: Vec<(f64, f64)> = faces.map(|face| face.face.middle()).collect();
    middles.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    // One of several close together stands for them.
    middles.dedup_by(|a, b| (a.0 - b.0).abs() < MOVES / 8.0 && (a.1 - b.1).abs() < MOVES / 8.0);
    let at_the_edge = |y: f64| !(TOP..=BOTTOM).contains(&y);
    let middles = middles.into_iter().filter(|&(_, y)| at_the_edge(y));
    let places = middles.map(around);
    let best = places.max_by_key(|place| samples.iter().filter(|s| seen_in(s, *place)).count())?;
    stays(&samples, best).then_some(best)
}

/// Returns the place in which a face stays that one scene's samples show in a corner of a screen with text.
pub(super) fn beside_text(samples: &[Sample]) -> Option<Rect> {
    let written = samples.iter().filter(|sample| sample.text.len() >= LINES);
    if (written.count() as f64) < WRITTEN * samples.len() as f64 {
        return None;
    }
    let weight = |place: Rect| -> f64 {
        let faces = samples.iter().flat_map(|sample| faces_in(sample, place));
        faces.map(|face| face.weight).sum()
    };
    let subjects = samples
        .iter()
        .flat_map(|sample| &sample.faces)
        .map(|face| face.subject);
    let places = (0..=subjects.max()?).filter_map(|subject| place_of(samples, subject));
    let apart = |place: Rect| place.middle().1 >= LOWEST || is_screen(samples, place);
    let places = places.filter(|place| stays(samples, *place) && apart(*place));
    places.max_by(|a, b| weight(*a).total_cmp(&weight(*b)))
}

/// Returns the faces in a place.
pub(super) fn faces_in(sample: &Sample, place: Rect) -> impl Iterator<Item = &Face> {
    sample.faces.iter().filter(move |face| is_in(face, place))
}

fn is_in(face: &Face, place: Rect) -> bool {
    let (x, y) = face.face.middle();
    (place.x..=place.right()).contains(&x) && (place.y..=place.bottom()).contains(&y)
}

fn seen_in(sample: &Sample, place: Rect) -> bool {
    faces_in(sample, place).next().is_some()
}

/// Returns the place of which this is the middle.
fn around((x, y): (f64, f64)) -> Rect {
    Rect {
        x: x - MOVES / 2.0,
        y: y - MOVES / 2.0,
        width: MOVES,
        height: MOVES,
    }
}

/// Returns the place around the middle of all places of a subject.
fn place_of(samples: &[Sample], subject: usize) -> Option<Rect> {
    let faces = samples.iter().flat_map(|sample| &sample.faces);
    let middles = faces
        .filter(|face| face.subject == subject)
        .map(|face| face.face.middle());
    let corners = middles.map(|(x, y)| (x, x, y, y)).reduce(|a, b| {
        let x = (a.0.min(b.0), a.1.max(b.1));
        let y = (a.2.min(b.2), a.3.max(b.3));
        (x.0, x.1, y.0, y.1)
    });
    let (left, right, top, bottom) = corners?;
    Some(around(((left + right) / 2.0, (top + bottom) / 2.0)))
}

/// Tells whether a small face is seen in a place, in a corner, for nearly all of a time that is long enough.
fn stays(samples: &[Sample], place: Rect) -> bool {
    let count = samples.len() as f64;
    let seen = samples.iter().filter(|sample| seen_in(sample, place));
    let (x, y) = place.middle();
    let mut faces = samples.iter().flat_map(|sample| faces_in(sample, place));
    count >= STAYS * f64::from(RATE)
        && seen.count() as f64 >= SEEN * count
        && (x - 0.5).abs() >= CORNER.0
        && (y - 0.5).abs() >= CORNER.1
        && faces.all(|face| face.face.height <= SMALL)
}

/// Tells whether nobody beside the camera is as large as who is in it.
fn is_screen(samples: &[Sample], place: Rect) -> bool {
    let faces = samples.iter().flat_map(|sample| &sample.faces);
    let (own, others): (Vec<&Face>, Vec<&Face>) = faces.partition(|face| is_in(face, place));
    let tallest = |faces: &[&Face]| {
        let heads = faces.iter().map(|face| face.head.height);
        heads.fold(0.0, f64::max)
    };
    tallest(&others) < OTHERS * tallest(&own)
}
