//! Light of panes: whether each of the parts that a clip shows one above the other has something to see.

use super::expectation::Expectation;
use crate::frame::{SMALL_HEIGHT, SMALL_WIDTH, SmallPicture};
use crate::media::ClipFraming;
use crate::timeline::Timestamp;

/// A pane with less than this share of another's light shows nobody anything: a dark audience, an empty stage.
const LEAST: f64 = 0.25;

/// Looks at the pictures of a clip that has panes.
#[derive(Debug, Clone, Default)]
pub(super) struct PaneLight {
    /// What is shown, and when the clip begins on the same clock.
    framing: Option<(ClipFraming, Timestamp)>,
    /// Pictures with panes, and those of them with a dark one.
    looked: u32,
    dark: u32,
}

impl PaneLight {
    /// Returns one for a clip that has not been looked at.
    pub(super) fn new(expected: &Expectation) -> Self {
        let source = expected.clip_of.as_ref();
        let framing = source.and_then(|s| Some((s.framing.clone()?, s.start)));
        Self {
            framing,
            ..Self::default()
        }
    }

    /// Looks at the picture that is shown at a time of the clip's own clock.
    pub(super) fn look(&mut self, own: Timestamp, small: &SmallPicture) {
        let Some((framing, start)) = &self.framing else {
            return;
        };
        // Which part of the source each pane shows does not matter here, and so neither does the source's shape.
        let (panes, _) = framing.panes(*start + own, 1.0);
        if panes.len() < 2 {
            return;
        }
        let height = framing.even_size().1 as usize;
        let light = panes.iter().map(|pane| light(small, pane.place, height));
        let (least, most) = light.fold((f64::MAX, 0.0), |(least, most): (f64, f64), light| {
            (least.min(light), most.max(light))
        });
        self.looked += 1;
        self.dark += u32::from(least < LEAST * most);
    }

    /// Returns the share of the pictures with panes in which one is dark; `None` without panes.
    pub(super) fn dark(&self) -> Option<f64> {
        (self.looked > 0).then(|| f64::from(self.dark) / f64::from(self.looked))
    }
}

/// Returns the mean level of a pane, of a clip of so many rows.
fn light(small: &SmallPicture, [_, top, _, rows]: [usize; 4], height: usize) -> f64 {
    let row = |pixel: usize| (pixel * SMALL_HEIGHT).div_ceil(height.max(1));
    let first = row(top).min(SMALL_HEIGHT - 1);
    let end = row(top + rows).clamp(first + 1, SMALL_HEIGHT);
    let line = SMALL_WIDTH * 3;
    let levels = &small[first * line..end * line];
    levels.iter().map(|level| f64::from(*level)).sum::<f64>() / levels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{SMALL_BYTES, Size};
    use crate::media::{SceneCrop, SceneView, StackedPart};
    use crate::timeline::TimeRange;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 1).unwrap()
    }

    /// A clip of two panes for two seconds and one for two more, that begins at second 5 of its source.
    fn clip() -> PaneLight {
        let part = || StackedPart {
            path: Vec::new(),
            height: 0.5,
        };
        let scene = |start, end, layout| SceneCrop {
            range: TimeRange::new(at(start), at(end)).unwrap(),
            layout,
        };
        let scenes = vec![
            scene(5, 7, SceneView::Stack(vec![part(), part()])),
            scene(7, 9, SceneView::Crop(Vec::new())),
        ];
        let size = Size::new(1080, 1920);
        PaneLight {
            framing: Some((ClipFraming { size, scenes }, at(5))),
            ..PaneLight::default()
        }
    }

    fn picture(upper: u8, lower: u8) -> SmallPicture {
        let mut small = [upper; SMALL_BYTES];
        small[SMALL_BYTES / 2..].fill(lower);
        small
    }

    #[test]
    fn a_pane_with_a_fifth_of_the_others_light_is_dark() {
        let mut light = clip();
        light.look(at(0), &picture(100, 20));
        light.look(at(1), &picture(30, 100));
        assert_eq!(light.dark(), Some(0.5));
    }

    #[test]
    fn where_there_is_one_pane_nothing_is_compared() {
        let mut light = clip();
        light.look(at(3), &picture(100, 0));
        assert_eq!(light.dark(), None);
        assert_eq!(PaneLight::default().dark(), None);
    }
}
