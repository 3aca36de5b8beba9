//! Candidates: every segment that could be a clip.
//!
//! Places to begin and to end at are proposed where sentences, breaths, shots and sounds change (`edges`), rated
//! (`worth`) and thinned to the best of every two seconds; each beginning meets the best end of each sixth of the
//! lengths that are allowed. So there are never more than three candidates a second of video. What cuts into a sentence or a
//! shot is left out where something clean shows the same (`clean`), and what is said begins and ends without dead air (`trim`).

mod clean;
mod edges;
mod ground;
mod trim;
mod worth;

use std::time::Duration;

use super::{ClipLimits, Material};
use crate::timeline::{Shot, TimeRange, Timestamp};

use edges::{Edge, ends, free_end, starts};
use ground::Ground;
use worth::{end_worth, start_worth};

/// Parts of the allowed lengths; each beginning has one end in each.
const LENGTHS: usize = 6;
/// Candidates that are added to hold what must be held.
const HOLDING: usize = 8;

/// A segment that may become a clip: never inside a word at either end, its length within the limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CandidateSpan {
    /// When.
    pub range: TimeRange,
    /// Shots that it touches: the first, and how many.
    pub shots: (usize, usize),
    /// How good its beginning and its end are, 0..1.
    pub edges: (f32, f32),
}

/// Returns the candidates of a video, by start and length, each once.
///
/// `only` is the segment that they must lie in; some hold each range of `must` where that can be done at all. There are
/// at most three for each second of video, whatever it holds, and eight more for each range of `must`.
pub fn find_spans(
    material: &Material<'_>,
    limits: &ClipLimits,
    only: Option<TimeRange>,
    must: &[TimeRange],
) -> Vec<CandidateSpan> {
    let Some(ground) = Ground::new(material, only) else {
        return Vec::new();
    };
    let (starts, ends) = (starts(&ground, limits.min), ends(&ground));
    let beginning = |start: &Edge| beginning_at(&ground, *start, &ends, limits);
    let mut found: Vec<(Edge, Edge)> = starts.iter().flat_map(beginning).collect();
    found = found
        .into_iter()
        .filter_map(|pair| trim::trim(&ground, pair, limits))
        .collect();
    found.sort_by_key(|(start, end)| (start.time, end.time));
    clean::prefer(&mut found);
    let held = |range: &TimeRange| holding(&ground, *range, (&starts, &ends), limits);
    found.extend(must.iter().flat_map(held));
    found.sort_by_key(|(start, end)| (start.time, end.time));
    found.dedup_by_key(|(start, end)| (start.time, end.time));
    let spans = found.into_iter().filter_map(|(start, end)| {
        let range = TimeRange::new(start.time, end.time)?;
        limits.allow(range).then(|| CandidateSpan {
            range,
            shots: shots_in(ground.shots, range),
            edges: (start.worth, end.worth),
        })
    });
    spans.collect()
}

/// Returns the best end of each length, or one where there is none to choose from.
fn beginning_at(
    ground: &Ground<'_>,
    start: Edge,
    ends: &[Edge],
    limits: &ClipLimits,
) -> Vec<(Edge, Edge)> {
    let (low, high) = (start.time + limits.min, start.time + limits.max);
    let first = ends.partition_point(|end| end.time < low);
    let last = ends.partition_point(|end| end.time <= high);
    let reach = high.seconds() - low.seconds();
    let mut best: [Option<Edge>; LENGTHS] = [None; LENGTHS];
    for end in &ends[first..last.max(first)] {
        let share = (end.time.seconds() - low.seconds()) / reach.max(f64::MIN_POSITIVE);
        let slot = ((share * LENGTHS as f64) as usize).min(LENGTHS - 1);
        if best[slot].is_none_or(|best| end.worth > best.worth) {
            best[slot] = Some(*end);
        }
    }
    let mut found: Vec<_> = best.into_iter().flatten().map(|end| (start, end)).collect();
    if found.is_empty() {
        let free = free_end(ground, start.time, (limits.min, limits.max));
        found.extend(free.map(|end| (start, end)));
    }
    found
}

/// Returns pairs of good edges that hold a range, or one made for it where there are none.
fn holding(
    ground: &Ground<'_>,
    range: TimeRange,
    (starts, ends): (&[Edge], &[Edge]),
    limits: &ClipLimits,
) -> Vec<(Edge, Edge)> {
    if range.duration() > limits.max {
        return Vec::new();
    }
    let before = starts.partition_point(|start| start.time <= range.start());
    let earliest = range.end() - (Timestamp::ZERO + limits.max);
    let after = ends.partition_point(|end| end.time < range.end());
    let near = |end: &&Edge| end.time <= range.start() + limits.max;
    let starts = starts[..before].iter().rev();
    let starts = starts.take_while(|start| start.time >= earliest);
    let pairs = starts.flat_map(|start| {
        let ends = ends[after..].iter().take_while(near);
        ends.map(|end| (*start, *end))
    });
    let fits = |(start, end): &(Edge, Edge)| {
        TimeRange::new(start.time, end.time).is_some_and(|range| limits.allow(range))
    };
    let mut pairs: Vec<_> = pairs.filter(fits).collect();
    let worth = |(start, end): &(Edge, Edge)| start.worth + end.worth;
    pairs.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    pairs.truncate(HOLDING);
    if pairs.is_empty() {
        pairs.extend(made_for(ground, range, limits));
    }
    pairs
}

/// Returns a beginning and an end around a range, as even as words allow.
fn made_for(ground: &Ground<'_>, range: TimeRange, limits: &ClipLimits) -> Option<(Edge, Edge)> {
    let spare = middle(limits).saturating_sub(range.duration()) / 2;
    let earliest = (range.end() - (Timestamp::ZERO + limits.max)).max(ground.whole.start());
    let target = (range.start() - (Timestamp::ZERO + spare)).max(earliest);
    let start = ground
        .after(target, range.start())
        .or_else(|| ground.before(target, earliest))?;
    let low = range.end().max(start + limits.min);
    let high = (start + limits.max).min(ground.whole.end());
    let target = (range.end() + spare).max(low).min(high);
    let end = ground
        .before(target, low)
        .or_else(|| ground.after(target, high))?;
    let start = Edge::rated(start, start_worth(ground, start))?;
    Some((start, Edge::rated(end, end_worth(ground, end))?))
}

fn shots_in(shots: &[Shot], range: TimeRange) -> (usize, usize) {
    let first = shots.partition_point(|shot| shot.range.end() <= range.start());
    let end = shots.partition_point(|shot| shot.range.start() < range.end());
    (first, end.saturating_sub(first))
}

/// Returns the length in the middle of the limits.
pub(super) fn middle(limits: &ClipLimits) -> Duration {
    (limits.min + limits.max) / 2
}

#[cfg(test)]
mod tests;
