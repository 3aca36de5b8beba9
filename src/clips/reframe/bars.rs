//! Bars of a clip: all its fitted pictures are as high, so that no bar jumps at a cut.

use super::framing::{Framing, Pane};
use super::path::Path;
use super::quality;
use super::sample;
use super::scene::{Scene, active_picture};
use crate::frame::{Layout, Rect, Size};

/// Gives every fitted picture of a clip the height of the least high one, as far as the active picture goes.
///
/// Those that a person has decided about, those narrower than the output, and those with something to read stay as they are.
pub(super) fn level(framings: &mut [Framing], decided: &[bool], scenes: &[Scene], output: Size) {
    let open = |(framing, decided): (&Framing, &bool)| {
        let high = framing
            .panes
            .first()
            .filter(|pane| pane.target.width >= 1.0)?;
        (framing.layout == Layout::Fit && !decided).then_some(high.target.height)
    };
    let heights = framings.iter().zip(decided).map(|(framing, decided)| {
        let scene = scene_of(scenes, framing)?;
        let reads = scene.text.iter().any(|(shown, _)| {
            shown.start() < framing.range.end() && framing.range.start() < shown.end()
        });
        open((framing, decided)).filter(|_| !reads)
    });
    let heights: Vec<_> = heights.collect();
    let Some(least) = heights.iter().flatten().copied().reduce(f64::min) else {
        return;
    };
    for (framing, height) in framings.iter_mut().zip(heights) {
        let (Some(height), Some(scene)) = (height, scene_of(scenes, framing)) else {
            continue;
        };
        if height > least {
            let active = active_picture(scene, output);
            widen(framing, height / least, scene, active);
        }
    }
}

fn scene_of<'a>(scenes: &'a [Scene], framing: &Framing) -> Option<&'a Scene> {
    let start = framing.range.start();
    scenes.iter().find(|scene| scene.range.contains(start))
}

/// Shows so many times more of the picture's width, or as much as there is.
fn widen(framing: &mut Framing, times: f64, scene: &Scene, active: Rect) {
    let start = framing.range.start();
    let part = framing.panes[0].path.at(start);
    let width = (part.width * times).min(active.width);
    let area = part.centred((width, part.height)).moved_into(active);
    let height = framing.panes[0].target.height * part.width / width;
    framing.panes = vec![Pane {
        path: Path::still(start, area),
        target: Rect::WHOLE.centred((1.0, height)),
    }];
    let subjects = sample::ordered(&scene.subjects, framing.range);
    let samples = sample::samples(framing.range, &subjects, scene, active);
    framing.quality = quality::quality(&samples, &subjects, &framing.panes);
}
