//! Bars of a clip: all its fitted pictures are as high, so that no bar jumps at a cut.

use super::framing::{Framing, Pane};
use super::options::active_picture;
use super::path::Path;
use super::quality;
use super::sample;
use super::scene::Scene;
use crate::frame::{Layout, Rect, Size};

/// Gives every fitted picture of a clip the height of the least high one, as far as the active picture goes.
///
/// Those that a person has decided about, and those narrower than the output, stay as they are.
pub(super) fn level(framings: &mut [Framing], decided: &[bool], scenes: &[Scene], output: Size) {
    let open = |(framing, decided): (&Framing, &bool)| {
        let high = framing
            .panes
            .first()
            .filter(|pane| pane.target.width >= 1.0)?;
        (framing.layout == Layout::Fit && !decided).then_some(high.target.height)
    };
    let heights: Vec<_> = framings.iter().zip(decided).map(open).collect();
    let Some(least) = heights.iter().flatten().copied().reduce(f64::min) else {
        return;
    };
    for (framing, height) in framings.iter_mut().zip(heights) {
        let slot = scenes
            .iter()
            .position(|scene| scene.range.contains(framing.range.start()));
        let (Some(height), Some(slot)) = (height, slot) else {
            continue;
        };
        if height > least {
            let active = active_picture(&scenes[slot], output);
            widen(framing, height / least, &scenes[slot], active);
        }
    }
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
