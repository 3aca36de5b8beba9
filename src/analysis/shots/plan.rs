//! Placement of the model's windows over the frames that it must score. Pure.
//!
//! The model sees up to [`WINDOW`] frames at once and is right about those that have [`MARGIN`] more on either side. 200 frames
//! a window cost a third less than the published 100, with the same answers on labelled videos.

use std::ops::Range;

/// Frames that the model sees at once, at most.
pub const WINDOW: usize = 200;
/// Frames at either end of a window that only give context.
pub(super) const MARGIN: usize = 25;
/// Frames of a whole window whose scores count.
pub const KEPT: usize = WINDOW - 2 * MARGIN;
/// A window scores a multiple of so many frames: a few lengths, so that windows of several videos share a batch.
const STEP: usize = 25;
/// The fewest frames that the model sees at once.
pub(super) const SHORTEST: usize = STEP + 2 * MARGIN;
/// Stretches of frames that are parted by fewer than this share a window: one more would cost as much.
const MERGED_GAP: usize = 2 * MARGIN;

/// Returns how many pictures the model sees of a video of so many frames when every frame is scored.
pub fn pictures_of_every_window(frames: usize) -> usize {
    frames.next_multiple_of(STEP) + 2 * MARGIN * frames.div_ceil(KEPT)
}

/// What is scored around a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlanRules {
    /// Frames on either side of a candidate that are scored with it.
    pub(super) reach: usize,
    /// The fewest frames that a window scores, as far as the video has them.
    pub(super) fewest: usize,
}

impl PlanRules {
    /// Scores what it is told to and no more.
    pub(super) const WHOLE: Self = Self {
        reach: 0,
        fewest: 0,
    };

    /// Scores so many frames on either side of a candidate, in windows in which the model sees what is around.
    pub(super) fn around(reach: usize) -> Self {
        let fewest = 2 * STEP;
        Self { reach, fewest }
    }
}

/// Places windows over a stream of frames, each of them told to be a candidate or not; no two windows score the same frame.
///
/// With candidates alone the windows stand one after the other, [`KEPT`] frames each.
#[derive(Debug)]
pub(super) struct WindowPlan {
    rules: PlanRules,
    /// Frames that were told of.
    told: usize,
    /// The end of the last window.
    placed: usize,
    /// Frames that must be scored and have no window yet, with the gaps that are not worth a second one.
    open: Option<Range<usize>>,
}

impl WindowPlan {
    /// Returns a plan that knows of no frame.
    pub(super) fn new(rules: PlanRules) -> Self {
        Self {
            rules,
            told: 0,
            placed: 0,
            open: None,
        }
    }

    /// Takes whether the next frame is a candidate; returns the frames that a window scores, once they are certain.
    pub(super) fn push(&mut self, is_candidate: bool) -> Option<Range<usize>> {
        let frame = self.told;
        self.told += 1;
        let wanted = frame.saturating_sub(self.rules.reach);
        let parted = self
            .open
            .take_if(|open| wanted >= (open.end + MERGED_GAP).min(open.start + KEPT));
        let window = parted.map(|open| self.place(open, usize::MAX));
        if is_candidate {
            self.open_until(wanted, frame + self.rules.reach + 1);
        }
        window
    }

    /// Returns the frames that the last windows score, in a video of so many frames; the last may go beyond its end.
    pub(super) fn finish(mut self, frames: usize) -> Vec<Range<usize>> {
        let mut windows = Vec::new();
        while let Some(open) = self.open.take_if(|open| open.start < frames) {
            windows.push(self.place(open.start..open.end.min(frames), frames));
        }
        windows
    }

    /// Returns the first frame that a window to come may score.
    pub(super) fn earliest(&self) -> usize {
        let next = self.told.saturating_sub(self.rules.reach);
        let wanted = self.open.as_ref().map_or(next, |open| open.start);
        wanted.saturating_sub(self.longest_lead()).max(self.placed)
    }

    /// Adds frames to those that must be scored, as far as no window has them.
    fn open_until(&mut self, wanted: usize, end: usize) {
        let start = match &self.open {
            Some(open) => open.start,
            None => wanted.max(self.placed),
        };
        self.open = (start < end).then_some(start..end);
    }

    /// Places a window over what is open, what it scores beyond that on both sides; what it cannot hold stays open.
    fn place(&mut self, open: Range<usize>, frames: usize) -> Range<usize> {
        let needed = open.len().min(KEPT);
        let fewest = self.rules.fewest.min(frames - self.placed);
        let kept = needed.max(fewest).next_multiple_of(STEP);
        let start = (open.start - ((kept - needed) / 2).min(open.start))
            .min(frames.saturating_sub(kept))
            .max(self.placed);
        self.placed = start + kept;
        self.open = (self.placed < open.end).then_some(self.placed..open.end);
        start..start + kept
    }

    /// Returns how far before what is open a window may begin at most.
    fn longest_lead(&self) -> usize {
        self.rules.fewest.max(STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn windows_of(rules: PlanRules, candidates: &[bool]) -> Vec<Range<usize>> {
        let mut plan = WindowPlan::new(rules);
        let told = candidates.iter().filter_map(|is_candidate| {
            let earliest = plan.earliest();
            let window = plan.push(*is_candidate)?;
            assert!(
                window.start >= earliest,
                "{window:?} begins before {earliest}"
            );
            Some(window)
        });
        let mut windows: Vec<_> = told.collect();
        windows.extend(plan.finish(candidates.len()));
        windows
    }

    /// Where windows lie in a video of 1000 frames with these candidates.
    fn around(candidates: impl IntoIterator<Item = usize>) -> String {
        let mut told = [false; 1000];
        candidates.into_iter().for_each(|frame| told[frame] = true);
        let windows = windows_of(PlanRules::around(10), &told);
        let windows: Vec<_> = windows.iter().map(|window| format!("{window:?}")).collect();
        windows.join(" ")
    }

    #[test]
    fn a_candidate_lies_in_the_middle_of_a_short_window() {
        assert_eq!(around([]), "");
        assert_eq!(around([500]), "476..526");
        assert_eq!(around([0]), "0..50");
        assert_eq!(around([999]), "950..1000");
    }

    #[test]
    fn candidates_share_a_window_where_that_is_cheaper() {
        assert_eq!(around([500, 540]), "483..558");
        assert_eq!(around([500, 570]), "486..586");
        assert_eq!(around([500, 571]), "476..526 547..597");
    }

    #[test]
    fn a_long_stretch_takes_window_after_window() {
        assert_eq!(around(300..660), "290..440 440..590 590..690");
    }

    #[test]
    fn windows_of_every_frame_stand_side_by_side() {
        let windows = windows_of(PlanRules::WHOLE, &[true; 400]);
        assert_eq!(windows, [0..150, 150..300, 300..400]);
        let shown = |frames| {
            let windows = windows_of(PlanRules::WHOLE, &vec![true; frames]);
            let shown = windows.iter().map(|window| window.len() + 2 * MARGIN);
            shown.sum::<usize>()
        };
        for frames in [0, 1, 25, 149, 150, 151, 400] {
            assert_eq!(shown(frames), pictures_of_every_window(frames), "{frames}");
        }
    }

    proptest! {
        #[test]
        fn every_candidate_is_scored_with_what_is_around_it_and_no_frame_twice(
            runs in proptest::collection::vec((any::<bool>(), 1..200_usize), 1..12), reach in 0..30_usize,
        ) {
            let told: Vec<bool> = runs.iter().flat_map(|&(told, length)| vec![told; length]).collect();
            let windows = windows_of(PlanRules::around(reach), &told);
            for pair in windows.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start, "{:?}", windows);
            }
            for window in &windows {
                prop_assert!(window.len() <= KEPT && window.len().is_multiple_of(STEP));
                prop_assert!(window.len() + 2 * MARGIN >= SHORTEST);
            }
            for frame in (0..told.len()).filter(|frame| told[*frame]) {
                let around = frame.saturating_sub(reach)..(frame + reach + 1).min(told.len());
                for frame in around {
                    let scored = windows.iter().any(|window| window.contains(&frame));
                    prop_assert!(scored, "{} of {:?}", frame, windows);
                }
            }
        }

        #[test]
        fn where_every_frame_is_a_candidate_the_gate_changes_nothing(frames in 1..900_usize, reach in 0..30_usize) {
            let every = vec![true; frames];
            let gated = windows_of(PlanRules::around(reach), &every);
            let whole = windows_of(PlanRules::WHOLE, &every);
            prop_assert_eq!(gated, whole);
        }
    }
}
