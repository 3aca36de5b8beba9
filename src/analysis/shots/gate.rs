//! Change gate: tells from the small pictures alone which frames may lie in a transition.
//!
//! A hard cut differs from the frame before by more than its neighbours do; a dissolve or a fade moves many pixels into other
//! bins of a coarse colour histogram within half a second. Motion of the camera does neither.

use std::collections::VecDeque;

use serde::Serialize;

use crate::frame::{SMALL_BYTES, SmallPicture};

/// Frames on either side that a frame's difference is compared with.
const NEIGHBOURS: usize = 4;
/// Frames from a histogram to the one that it is compared with.
const BACK: usize = 12;
/// Bins of a histogram: two bits of each colour.
const BINS: usize = 64;

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
    histograms: VecDeque<[u16; BINS]>,
    /// Differences of frames to the one before, the oldest first; none for the video's first.
    differences: VecDeque<Option<f32>>,
    /// Whether the histogram has changed much, of frames that are not told yet.
    changed: VecDeque<bool>,
}

impl ChangeGate {
    /// Returns a gate that has seen no frame.
    pub(super) fn new(rules: GateRules) -> Self {
        Self {
            rules,
            last: None,
            histograms: VecDeque::new(),
            differences: VecDeque::new(),
            changed: VecDeque::new(),
        }
    }

    /// Takes the next frame; tells of the frame [`NEIGHBOURS`] before it, where there is one, whether it may lie in a transition.
    pub(super) fn push(&mut self, picture: &SmallPicture) -> Option<bool> {
        let last = self.last.replace(Box::new(*picture));
        let difference = last.map(|last| mean_difference(&last, picture));
        self.differences.push_back(difference);
        let histogram = histogram(picture);
        let before = (self.histograms.len() == BACK).then(|| self.histograms.pop_front());
        let before = before.flatten();
        let moved = before.map_or(0.0, |before| moved_share(&before, &histogram));
        self.histograms.push_back(histogram);
        self.changed.push_back(moved > self.rules.histogram);
        (self.changed.len() > NEIGHBOURS)
            .then(|| self.tell())
            .flatten()
    }

    /// Tells of the last frames, in order.
    pub(super) fn finish(mut self) -> Vec<bool> {
        std::iter::from_fn(|| self.tell()).collect()
    }

    /// Tells of the first frame that it has not told of yet.
    fn tell(&mut self) -> Option<bool> {
        let at = self.differences.len() - self.changed.len();
        let changed = self.changed.pop_front()?;
        let is_candidate = changed || self.spike(at) > self.rules.spike;
        if at == NEIGHBOURS {
            self.differences.pop_front();
        }
        Some(is_candidate)
    }

    /// Returns by how much a difference exceeds the median of those around it.
    fn spike(&self, at: usize) -> f32 {
        let around = self.differences.iter().enumerate();
        let around = around.filter(|(slot, _)| *slot != at && slot.abs_diff(at) <= NEIGHBOURS);
        let mut around: Vec<f32> = around.filter_map(|(_, difference)| *difference).collect();
        around.sort_by(f32::total_cmp);
        let median = around.get(around.len() / 2).copied().unwrap_or_default();
        self.differences[at].map_or(0.0, |difference| difference - median)
    }
}

/// Returns the mean difference of two pictures, in levels.
fn mean_difference(a: &SmallPicture, b: &SmallPicture) -> f32 {
    let pairs = a.iter().zip(b);
    let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    sum as f32 / SMALL_BYTES as f32
}

/// Returns how many pixels are in each bin.
fn histogram(picture: &SmallPicture) -> [u16; BINS] {
    let mut counts = [0; BINS];
    for [red, green, blue] in picture.as_chunks::<3>().0 {
        counts[usize::from(red >> 6 << 4 | green >> 6 << 2 | blue >> 6)] += 1;
    }
    counts
}

/// Returns the share of the pixels that are in another bin, 0..1.
fn moved_share(a: &[u16; BINS], b: &[u16; BINS]) -> f32 {
    let pairs = a.iter().zip(b);
    let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    sum as f32 / (2 * SMALL_BYTES / 3) as f32
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
