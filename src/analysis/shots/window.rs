//! Windows of small pictures, the shot model's input.

use std::collections::VecDeque;
use std::ops::Range;

use super::gate::{ChangeGate, GateRules};
use super::plan::{MARGIN, PlanRules, WindowPlan};
use crate::frame::{SMALL_BYTES, SmallPicture};

/// One input of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShotWindow {
    /// The video's frame that the first kept score belongs to.
    pub first_frame: usize,
    /// Pictures, one after the other: those whose scores are kept, and `MARGIN` more on either side.
    pub pixels: Vec<u8>,
}

impl ShotWindow {
    /// Returns how many pictures the model sees.
    pub fn pictures(&self) -> usize {
        self.pixels.len() / SMALL_BYTES
    }

    /// Returns the frames whose scores are kept; those of the last window may lie beyond the video's end.
    pub fn frames(&self) -> Range<usize> {
        self.first_frame..self.first_frame + self.pictures() - 2 * MARGIN
    }
}

/// Cuts a stream of pictures into windows, over all frames or over those that a gate lets pass; both ends are padded with the
/// outermost picture.
#[derive(Debug)]
pub struct ShotWindows {
    gate: Option<ChangeGate>,
    plan: WindowPlan,
    /// What windows score that wait for their last pictures.
    due: VecDeque<Range<usize>>,
    recent: RecentPictures,
}

impl Default for ShotWindows {
    /// Returns windows over all frames.
    fn default() -> Self {
        Self::new(None)
    }
}

impl ShotWindows {
    /// Returns windows over the frames that a gate of these rules lets pass; over all frames without one.
    pub fn new(gate: Option<&GateRules>) -> Self {
        let rules = gate.map_or(PlanRules::WHOLE, |rules| PlanRules::around(rules.reach));
        Self {
            gate: gate.map(|rules| ChangeGate::new(*rules)),
            plan: WindowPlan::new(rules),
            due: VecDeque::new(),
            recent: RecentPictures::default(),
        }
    }

    /// Takes the next picture and returns a window that it completes.
    pub fn push(&mut self, picture: &SmallPicture) -> Option<ShotWindow> {
        self.recent.push(picture);
        let told = match &mut self.gate {
            Some(gate) => gate.push(picture),
            None => Some(true),
        };
        let planned = told.and_then(|is_candidate| self.plan.push(is_candidate));
        self.due.extend(planned);
        let frames = self.frames();
        let is_complete = |scored: &mut Range<usize>| scored.end + MARGIN <= frames;
        let complete = self.due.pop_front_if(is_complete);
        let window = complete.map(|scored| self.recent.window(scored));
        let next = self.due.front().map_or(usize::MAX, |scored| scored.start);
        self.recent.forget_before(next.min(self.plan.earliest()));
        window
    }

    /// Returns the last windows.
    pub fn finish(self) -> Vec<ShotWindow> {
        let frames = self.frames();
        let (mut plan, mut due) = (self.plan, self.due);
        let told = self.gate.map(ChangeGate::finish).unwrap_or_default();
        due.extend(
            told.into_iter()
                .filter_map(|is_candidate| plan.push(is_candidate)),
        );
        due.extend(plan.finish(frames));
        let windows = due.into_iter().map(|scored| self.recent.window(scored));
        windows.collect()
    }

    /// Returns how many pictures went in.
    pub fn frames(&self) -> usize {
        self.recent.first + self.recent.pictures.len()
    }
}

/// The last pictures of a stream.
#[derive(Debug, Default)]
struct RecentPictures {
    /// The frame of the first picture.
    first: usize,
    pictures: VecDeque<SmallPicture>,
}

impl RecentPictures {
    fn push(&mut self, picture: &SmallPicture) {
        self.pictures.push_back(*picture);
    }

    /// Returns the window that scores these frames; pictures that there are not are those at the end.
    fn window(&self, scored: Range<usize>) -> ShotWindow {
        let last = self.pictures.len().saturating_sub(1);
        let seen = scored.start..scored.end + 2 * MARGIN;
        let mut pixels = Vec::with_capacity(seen.len() * SMALL_BYTES);
        for frame in seen {
            let slot = frame.saturating_sub(self.first + MARGIN).min(last);
            pixels.extend_from_slice(&self.pictures[slot]);
        }
        ShotWindow {
            first_frame: scored.start,
            pixels,
        }
    }

    /// Drops the pictures that no window needs which scores frames from `frame` on.
    fn forget_before(&mut self, frame: usize) {
        let needless = frame.saturating_sub(self.first + MARGIN);
        self.pictures.drain(..needless.min(self.pictures.len()));
        self.first = self.first.max(frame.saturating_sub(MARGIN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::shots::{KEPT, WINDOW};
    use proptest::prelude::*;

    /// Pictures that carry their number in the first two bytes and are grey otherwise.
    fn picture(number: usize, level: u8) -> SmallPicture {
        let mut picture = [level; SMALL_BYTES];
        picture[..2].copy_from_slice(&(number as u16).to_le_bytes());
        picture
    }

    fn numbers(window: &ShotWindow) -> Vec<usize> {
        window
            .pixels
            .chunks(SMALL_BYTES)
            .map(|p| usize::from(u16::from_le_bytes([p[0], p[1]])))
            .collect()
    }

    fn windows_of(gate: Option<&GateRules>, levels: &[u8]) -> Vec<ShotWindow> {
        let mut windows = ShotWindows::new(gate);
        let pictures = levels.iter().enumerate();
        let mut all: Vec<_> = pictures
            .filter_map(|(number, level)| windows.push(&picture(number, *level)))
            .collect();
        all.extend(windows.finish());
        all
    }

    #[test]
    fn a_video_without_frames_has_no_window() {
        assert!(windows_of(None, &[]).is_empty());
        assert!(windows_of(Some(&GateRules::default()), &[]).is_empty());
    }

    #[test]
    fn a_video_costs_its_own_length() {
        let lengths = |frames| {
            let windows = windows_of(None, &vec![9; frames]);
            windows.iter().map(ShotWindow::pictures).collect::<Vec<_>>()
        };
        assert_eq!(lengths(1), [75]);
        assert_eq!(lengths(60), [125]);
        assert_eq!(lengths(KEPT), [WINDOW]);
        assert_eq!(lengths(KEPT + 1), [WINDOW, 75]);
    }

    #[test]
    fn a_still_camera_needs_no_window_and_a_cut_one_around_it() {
        let rules = GateRules::default();
        let mut levels = vec![9; 1000];
        assert!(windows_of(Some(&rules), &levels).is_empty());
        levels[500..].fill(200);
        let [window] = &windows_of(Some(&rules), &levels)[..] else {
            panic!("one window")
        };
        assert!(window.frames().start + rules.reach <= 500);
        assert!(window.frames().end > 500 + rules.reach);
        assert!(window.pictures() < WINDOW);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_window_shows_the_frames_that_it_scores_with_their_neighbours_around(
            runs in proptest::collection::vec((0..=255_u8, 1..120_usize), 1..8), gated in any::<bool>(),
        ) {
            let levels: Vec<u8> = runs.iter().flat_map(|&(level, length)| vec![level; length]).collect();
            let rules = GateRules::default();
            let windows = windows_of(gated.then_some(&rules), &levels);
            for window in &windows {
                for (slot, number) in numbers(window).into_iter().enumerate() {
                    let wanted = (window.first_frame + slot).saturating_sub(MARGIN).min(levels.len() - 1);
                    prop_assert_eq!(number, wanted);
                }
            }
            if !gated {
                let scored = windows.iter().flat_map(ShotWindow::frames).take(levels.len());
                prop_assert!(scored.eq(0..levels.len()));
            }
        }
    }
}
