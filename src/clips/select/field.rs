//! Field of candidates: what each is worth beside those that are chosen.

use std::collections::HashMap;

use super::portrait::Portrait;
use crate::clips::material::ClipLimits;
use crate::clips::score::Rated;
use crate::timeline::TimeRange;

/// What being like a chosen one, and being beside one, take from a score at most.
const LIKE: f64 = 0.10;
const NEAR: f64 = 0.05;
/// The share of the best score below which a candidate is only taken to reach the floor.
const WEAK: f64 = 0.5;
/// Two candidates that share this much of the time that either takes are variants of one: the better is looked at.
const VARIANT: f64 = 0.6;
/// The most candidates compared for one clip.
const MOST_COMPARED: usize = 300;

/// What is chosen from.
pub(in crate::clips) struct Field<'a> {
    /// Best first.
    pub(in crate::clips) ranked: &'a [Rated],
    pub(in crate::clips) limits: &'a ClipLimits,
    /// How long the video is.
    pub(in crate::clips) seconds: f64,
    /// What a segment looks and sounds like as a whole.
    pub(in crate::clips) portrait: &'a dyn Fn(TimeRange) -> Portrait,
    /// Tells whether a candidate holds what no clip may hold.
    pub(in crate::clips) barred: &'a dyn Fn(&Rated) -> bool,
}

impl Field<'_> {
    /// Returns the candidate to choose next, or `None` when nothing good is left.
    pub(in crate::clips) fn next(
        &self,
        chosen: &[usize],
        portraits: &mut HashMap<usize, Portrait>,
    ) -> Option<usize> {
        let weakest = self.weakest(chosen);
        let mut best: Option<(f64, usize)> = None;
        let mut compared: Vec<TimeRange> = Vec::new();
        for (slot, rated) in self.ranked.iter().enumerate() {
            let range = rated.span.range;
            let beaten = best.is_some_and(|(value, _)| value >= rated.score);
            if beaten || rated.score < weakest || compared.len() == MOST_COMPARED {
                break;
            }
            let is_variant = compared.iter().any(|one| common(*one, range) >= VARIANT);
            let is_free = self.overlapped(chosen, range).is_none();
            if is_variant || !is_free || (self.barred)(rated) {
                continue;
            }
            compared.push(range);
            for slot in chosen.iter().copied().chain([slot]) {
                let range = self.ranked[slot].span.range;
                let portrait = || (self.portrait)(range);
                portraits.entry(slot).or_insert_with(portrait);
            }
            let others = || chosen.iter().map(|other| &portraits[other]);
            let own = &portraits[&slot];
            if others().any(|other| own.is_copy(other)) {
                continue;
            }
            let alike = others()
                .map(|other| own.likeness(other))
                .fold(0.0, f64::max);
            let value = rated.score - LIKE * alike - NEAR * self.nearness(chosen, range);
            if best.is_none_or(|(best, _)| value > best) {
                best = Some((value, slot));
            }
        }
        best.map(|(_, slot)| slot)
    }

    /// Returns the score below which a candidate is weak.
    pub(in crate::clips) fn weakest(&self, chosen: &[usize]) -> f64 {
        let scores = chosen.iter().map(|slot| self.ranked[*slot].score);
        WEAK * scores.fold(0.0, f64::max)
    }

    /// Returns the best of the chosen that overlaps a segment.
    pub(in crate::clips) fn overlapped(&self, chosen: &[usize], range: TimeRange) -> Option<usize> {
        let over = |slot: &&usize| self.ranked[**slot].span.range.overlaps(range);
        chosen.iter().filter(over).min().copied()
    }

    /// Returns 1 for a segment that touches a chosen one, 0 for one farther from all than half an even share of the video.
    fn nearness(&self, chosen: &[usize], range: TimeRange) -> f64 {
        let seconds = |range: TimeRange| (range.start().seconds(), range.end().seconds());
        let room = self.seconds / self.limits.count.max(1) as f64 / 2.0;
        let (start, end) = seconds(range);
        let gaps = chosen.iter().map(|slot| {
            let other = seconds(self.ranked[*slot].span.range);
            (start - other.1).max(other.0 - end).max(0.0)
        });
        let nearest = gaps.fold(f64::MAX, f64::min);
        (1.0 - nearest / room.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}

/// Returns the time that two segments share, as a share of all that they cover.
fn common(a: TimeRange, b: TimeRange) -> f64 {
    let (start, end) = (a.start().seconds(), a.end().seconds());
    let (other_start, other_end) = (b.start().seconds(), b.end().seconds());
    let shared = end.min(other_end) - start.max(other_start);
    (shared / (end.max(other_end) - start.min(other_start))).max(0.0)
}
