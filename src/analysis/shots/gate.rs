//! Change gate: tells from the small pictures alone which frames may lie in a transition.
//!
//! A hard cut differs from the frame before by more than its neighbours do; a dissolve or a fade moves many pixels into other
//! bins of a coarse colour histogram within half a second. Even motion does neither.
//!
//! On 73 films and recordings the model finds 60 cuts and 26 dissolves and fades. The weakest cut exceeds its neighbours by 14.7
//! levels, the weakest dissolve moves a quarter of the pixels: the thresholds are a third and two fifths of that. Chosen
//! without any one of the films, by the same share or by four fifths, they lose nothing in it either.

use std::collections::VecDeque;

use kernels::{COLOUR_BINS, colour_histogram, difference, moved_pixels};
use serde::Serialize;

use crate::frame::{SMALL_BYTES, SmallPicture};

/// Frames on either side that a frame's difference is compared with.
const NEIGHBOURS: usize = 4;
/// Frames from a histogram to the one that it is compared with.
const BACK: usize = 12;

/// Thresholds of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GateRules {
    /// Levels of 0..255 by which a frame's mean difference to the one before exceeds the median of its neighbours'.
    pub spike: f32,
    /// Share of the pixels that have changed their bin of the histogram in 12 frames, 0..1.
    pub histogram: f32,
    /// Frames on either side of a candidate that the model scores with it.
    pub reach: usize,
}

impl Default for GateRules {
    fn default() -> Self {
        Self {
            spike: 5.0,
            histogram: 0.1,
            reach: 12,
        }
    }
}

/// Watches the frames of one video.
#[derive(Debug)]
pub(super) struct ChangeGate {
    rules: GateRules,
    last: Option<Box<SmallPicture>>,
    /// Histograms of the last frames, the oldest first.
    histograms: VecDeque<[u32; COLOUR_BINS]>,
    /// Mean differences of frames to the one before, the oldest first; none for the video's first.
    differences: VecDeque<Option<f32>>,
    /// Whether many pixels have moved, of the frames that are not told yet.
    moved: VecDeque<bool>,
}

impl ChangeGate {
    /// Returns a gate that has seen no frame.
    pub(super) fn new(rules: GateRules) -> Self {
        Self {
            rules,
            last: None,
            histograms: VecDeque::new(),
            differences: VecDeque::new(),
            moved: VecDeque::new(),
        }
    }

    /// Takes the next frame; tells of the frame [`NEIGHBOURS`] before it, where there is one, whether it may lie in a transition.
    pub(super) fn push(&mut self, picture: &SmallPicture) -> Option<bool> {
        let last = self.last.replace(Box::new(*picture));
        let levels = last.map(|last| difference(&*last, picture) as f32 / SMALL_BYTES as f32);
        self.differences.push_back(levels);
        let moved = self.moved_share(colour_histogram(picture));
        self.moved.push_back(moved > self.rules.histogram);
        (self.moved.len() > NEIGHBOURS)
            .then(|| self.tell())
            .flatten()
    }

    /// Tells of the last frames, in order.
    pub(super) fn finish(mut self) -> Vec<bool> {
        std::iter::from_fn(|| self.tell()).collect()
    }

    /// Tells of the first frame that it has not told of yet.
    fn tell(&mut self) -> Option<bool> {
        let at = self.differences.len() - self.moved.len();
        let moved = self.moved.pop_front()?;
        let is_candidate = moved || self.spike(at) > self.rules.spike;
        if at == NEIGHBOURS {
            self.differences.pop_front();
        }
        Some(is_candidate)
    }

    /// Returns by how much a difference exceeds the median of those around it.
    fn spike(&self, at: usize) -> f32 {
        let around = self.differences.iter().enumerate();
        let around = around.filter(|(slot, _)| *slot != at && slot.abs_diff(at) <= NEIGHBOURS);
        let mut around: Vec<f32> = around.filter_map(|(_, levels)| *levels).collect();
        around.sort_by(f32::total_cmp);
        let median = around.get(around.len() / 2).copied().unwrap_or_default();
        self.differences[at].map_or(0.0, |levels| levels - median)
    }

    /// Keeps a histogram; returns the share of the pixels that have changed their bin since the one [`BACK`] frames before, or
    /// since the first.
    fn moved_share(&mut self, histogram: [u32; COLOUR_BINS]) -> f32 {
        self.histograms.push_back(histogram);
        let moved = moved_pixels(&self.histograms[0], &histogram);
        if self.histograms.len() > BACK {
            self.histograms.pop_front();
        }
        moved as f32 / (SMALL_BYTES / 3) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SMALL_WIDTH;

    /// Frames that are candidates.
    fn candidates(pictures: impl IntoIterator<Item = SmallPicture>) -> Vec<usize> {
        let mut gate = ChangeGate::new(GateRules::default());
        let pictures = pictures.into_iter();
        let mut told: Vec<bool> = pictures.filter_map(|picture| gate.push(&picture)).collect();
        told.extend(gate.finish());
        (0..told.len()).filter(|frame| told[*frame]).collect()
    }

    fn grey(level: u8) -> SmallPicture {
        [level; SMALL_BYTES]
    }

    /// Stripes that have moved so many columns to the left.
    fn stripes(moved: usize) -> SmallPicture {
        std::array::from_fn(|at| ((at / 3 % SMALL_WIDTH + moved) % 12 * 20) as u8)
    }

    #[test]
    fn a_still_camera_has_no_candidate() {
        assert!(candidates(std::iter::repeat_n(grey(90), 100)).is_empty());
        assert!(candidates([]).is_empty());
    }

    #[test]
    fn even_motion_has_no_candidate() {
        assert!(candidates((0..100).map(stripes)).is_empty());
    }

    #[test]
    fn a_cut_is_a_candidate_also_where_the_video_begins_or_ends() {
        for cut in [1, 2, 50, 98, 99] {
            let pictures = (0..100).map(|frame| grey(if frame < cut { 20 } else { 120 }));
            assert!(candidates(pictures).contains(&cut), "{cut}");
        }
    }

    #[test]
    fn a_cut_between_pictures_of_the_same_colours_is_a_candidate() {
        let pictures = (0..60).map(|frame| stripes(if frame < 30 { 0 } else { 6 }));
        assert!(candidates(pictures).contains(&30));
    }

    #[test]
    fn a_slow_fade_is_a_candidate_all_along() {
        let level = |frame: usize| (200 - 2 * frame.saturating_sub(50).min(90)) as u8;
        let found = candidates((0..200).map(|frame| grey(level(frame))));
        assert!(found.iter().any(|frame| (50..75).contains(frame)));
        assert!(found.iter().any(|frame| (120..152).contains(frame)));
        assert!(!found.contains(&40) && !found.contains(&160));
    }
}
