//! Parts of the picture one above the other: those that a person names, or a screen with the camera of who speaks to it.

use super::framing::Pane;
use super::path::{Path, RATE};
use super::sample::{Face, Sample};
use super::solve;
use super::stage::PaneStage;
use crate::frame::{Layout, Rect};

/// The least and the most of the output's height that a screen takes.
const LEAST: f64 = 0.1;
const SCREEN: f64 = 0.6;
/// How much of a camera's pane a head takes.
const HEAD: f64 = 0.5;
/// The seconds for which a camera's picture stays where it is, at least.
const STAYS: f64 = 5.0;
/// The share of the time in which somebody is seen in it.
const SEEN: f64 = 0.8;
/// How far a head moves in it at most, in fractions of the picture: its frame holds it.
const MOVES: f64 = 0.08;
/// How far from the middle of the picture it is at least, across and down: in a corner.
const CORNER: (f64, f64) = (0.25, 0.17);
/// A head that is higher is no small picture's, in heights of the picture.
const SMALL: f64 = 0.35;
/// The lines of text that make a screen of the rest, and the share of the time with so many.
const LINES: usize = 2;
const WRITTEN: f64 = 0.5;

/// Returns the regions that a person names, in a stack or one as high as the other.
pub(super) fn named_parts(stage: &PaneStage<'_>, layout: Layout, regions: &[Rect]) -> Vec<Pane> {
    let heights = match layout {
        Layout::Stack => below_a_screen(stage, regions[0], regions.len()),
        _ => equal(regions.len()),
    };
    parts(stage, regions, &heights)
}

/// Returns parts of these heights, one above the other; each shows a region whole where its shape allows that.
fn parts(stage: &PaneStage<'_>, regions: &[Rect], heights: &[f64]) -> Vec<Pane> {
    let mut top = 0.0;
    let panes = regions.iter().zip(heights).map(|(region, height)| {
        let aspect = stage.aspect / height;
        let largest = stage.active.largest(aspect);
        let width = region.width.max(region.height * aspect).min(largest.width);
        let crop = region
            .centred((width, width / aspect))
            .moved_into(stage.active);
        let target = Rect {
            y: top,
            height: *height,
            ..Rect::WHOLE
        };
        top += height;
        Pane {
            path: Path::still(stage.start, crop),
            target,
        }
    });
    panes.collect()
}

/// Returns equal heights for so many parts.
fn equal(count: usize) -> Vec<f64> {
    vec![1.0 / count.max(1) as f64; count]
}

/// Returns heights for parts of which the first is shown over the whole width, and the others share the rest.
fn below_a_screen(stage: &PaneStage<'_>, screen: Rect, count: usize) -> Vec<f64> {
    let whole = stage.aspect * screen.height / screen.width.max(f64::MIN_POSITIVE);
    let first = whole.clamp(LEAST, SCREEN);
    let others = (1.0 - first) / count.saturating_sub(1).max(1) as f64;
    let mut heights = vec![others; count];
    heights[0] = first;
    heights
}

/// Returns all of a screen, and below it the camera in its corner; `None` where the picture is no such screen.
pub(super) fn screen_and_camera(stage: &PaneStage<'_>) -> Option<Vec<Pane>> {
    let camera = camera(stage.samples)?;
    let heights = below_a_screen(stage, stage.active, 2);
    let mut panes = parts(stage, &[stage.active, stage.active], &heights);
    let own: Vec<Sample> = stage
        .samples
        .iter()
        .map(|sample| only(sample, camera))
        .collect();
    let tallest = own
        .iter()
        .flat_map(|sample| &sample.faces)
        .map(|face| face.head.height)
        .fold(0.0, f64::max);
    let aspect = stage.aspect / heights[1];
    let most = stage.active.largest(aspect).height;
    let height = (tallest / HEAD).min(most);
    panes[1].path = solve::solve(&own, stage.start, stage.active, (height * aspect, height));
    Some(panes)
}

/// Returns the subject that a camera in the corner of a screen shows; of several, who counts most.
fn camera(samples: &[Sample]) -> Option<usize> {
    let count = samples.len() as f64;
    let written = samples
        .iter()
        .filter(|sample| sample.text.len() >= LINES)
        .count() as f64;
    if count < STAYS * f64::from(RATE) || written < WRITTEN * count {
        return None;
    }
    let subjects = samples
        .iter()
        .flat_map(|sample| &sample.faces)
        .map(|face| face.subject);
    let last = subjects.max()?;
    let of = |subject: usize| -> Vec<&Face> {
        let faces = samples.iter().flat_map(|sample| &sample.faces);
        faces.filter(|face| face.subject == subject).collect()
    };
    let weight = |subject: &usize| of(*subject).iter().map(|face| face.weight).sum::<f64>();
    let small = (0..=last).filter(|subject| {
        let own = of(*subject);
        let spread = |at: &dyn Fn(&Face) -> f64| {
            let values = own.iter().map(|face| at(face));
            let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            (high - low, (high + low) / 2.0)
        };
        let across = spread(&|face| face.face.middle().0);
        let down = spread(&|face| face.face.middle().1);
        own.len() as f64 >= SEEN * count
            && across.0.max(down.0) <= MOVES
            && (across.1 - 0.5).abs() >= CORNER.0
            && (down.1 - 0.5).abs() >= CORNER.1
            && own.iter().all(|face| face.head.height <= SMALL)
    });
    small.max_by(|a, b| weight(a).total_cmp(&weight(b)).then(b.cmp(a)))
}

fn only(sample: &Sample, subject: usize) -> Sample {
    let own = sample.faces.iter().filter(|face| face.subject == subject);
    Sample {
        faces: own.copied().collect(),
        ..Sample::default()
    }
}
