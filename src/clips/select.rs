//! Which of the candidates become clips.
//!
//! First those that must be ([`must`]), then one after the other the best of what is left, each a little less good the
//! more it is like one that is chosen and the nearer it is to it; in the end as many as there are asked for at least
//! ([`floor`]).

mod floor;
mod must;
mod portrait;

use std::collections::HashMap;

use super::Limits;
use super::moments::Demand;
use super::score::Rated;
use crate::timeline::TimeRange;

pub(super) use portrait::Portrait;

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
pub(super) struct Field<'a> {
    /// Best first.
    pub(super) ranked: &'a [Rated],
    pub(super) limits: &'a Limits,
    /// How long the video is.
    pub(super) seconds: f64,
    /// What a stretch looks and sounds like as a whole.
    pub(super) portrait: &'a dyn Fn(TimeRange) -> Portrait,
    /// Tells whether a candidate holds what no clip may hold.
    pub(super) barred: &'a dyn Fn(&Rated) -> bool,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// Places in the ranking, in order; none overlap.
    pub(super) chosen: Vec<usize>,
    /// Those of them that had to be.
    pub(super) demanded: Vec<usize>,
    /// Numbers of the demands that no candidate can meet together with the others.
    pub(super) unmet: Vec<usize>,
}

/// Chooses; demands come before everything else, and their order changes nothing.
pub(super) fn select(field: &Field<'_>, demands: &[Demand]) -> Selection {
    let (demanded, unmet) = must::meet(field, demands);
    let mut chosen = demanded.clone();
    let mut portraits = HashMap::new();
    while chosen.len() < field.limits.count {
        match field.next(&chosen, &mut portraits) {
            Some(slot) => chosen.push(slot),
            None => break,
        }
    }
    floor::fill(field, &demanded, &mut chosen);
    chosen.sort_unstable();
    Selection {
        chosen,
        demanded,
        unmet,
    }
}

impl Field<'_> {
    /// Returns the candidate to choose next, or `None` when nothing good is left.
    fn next(&self, chosen: &[usize], portraits: &mut HashMap<usize, Portrait>) -> Option<usize> {
        let weakest = self.weakest(chosen);
        let mut best: Option<(f64, usize)> = None;
        let mut compared: Vec<TimeRange> = Vec::new();
        for (slot, rated) in self.ranked.iter().enumerate() {
            let range = rated.span.range;
            let beaten = best.is_some_and(|(value, _)| value >= rated.score);
            if beaten || rated.score < weakest || compared.len() == MOST_COMPARED {
                break;
            }
            if self.overlapped(chosen, range).is_some()
                || compared
                    .iter()
                    .any(|other| common(*other, range) >= VARIANT)
                || (self.barred)(rated)
            {
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
    pub(super) fn weakest(&self, chosen: &[usize]) -> f64 {
        let scores = chosen.iter().map(|slot| self.ranked[*slot].score);
        WEAK * scores.fold(0.0, f64::max)
    }

    /// Returns the best of the chosen that overlaps a stretch.
    pub(super) fn overlapped(&self, chosen: &[usize], range: TimeRange) -> Option<usize> {
        let over = |slot: &&usize| self.ranked[**slot].span.range.overlaps(range);
        chosen.iter().filter(over).min().copied()
    }

    /// Returns 1 for a stretch that touches a chosen one, 0 for one farther from all than half an even share of the video.
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

/// Returns the time that two stretches share, as a share of all that they cover.
fn common(a: TimeRange, b: TimeRange) -> f64 {
    let (start, end) = (a.start().seconds(), a.end().seconds());
    let (other_start, other_end) = (b.start().seconds(), b.end().seconds());
    let shared = end.min(other_end) - start.max(other_start);
    (shared / (end.max(other_end) - start.min(other_start))).max(0.0)
}

#[cfg(test)]
mod tests;
