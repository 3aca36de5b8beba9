//! Start and end points of clips, and how good each one is.

use std::time::Duration;

use super::ground::{Ground, Opens};
use super::worth::{end_worth, start_worth};
use crate::timeline::Timestamp;

/// Of the places in so long a segment the best is kept.
pub(super) const WINDOW: Duration = Duration::from_secs(2);
/// A shorter silence inside a sentence is no breath.
const BREATH: f64 = 0.3;
/// What is kept of the silence before the first word and after the last.
const LEAD: Duration = Duration::from_millis(150);
const TAIL: Duration = Duration::from_millis(250);
/// A cut in the silence that is no farther from the word than this is where the clip is cut; more would be dead air.
const REACH: Duration = Duration::from_millis(300);

/// A place to begin or to end at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub(super) time: Timestamp,
    /// How good it is, 0..1.
    pub(super) worth: f32,
}

impl Edge {
    /// Returns the edge at a time of known worth; `None` where no clip begins or ends.
    pub(super) fn rated(time: Timestamp, worth: Option<f32>) -> Option<Self> {
        Some(Self {
            time,
            worth: worth?,
        })
    }
}

/// Returns the best place to begin of every window, and more where none is for as long as a clip.
pub(super) fn starts(ground: &Ground<'_>, shortest: Duration) -> Vec<Edge> {
    let gaps = (0..ground.words.len()).filter_map(|next| start_before(ground, next));
    let spoken = ground.speech.iter();
    let spoken = spoken.filter_map(|speech| ground.after(back(speech.start(), LEAD), speech.end()));
    let cuts = ground.shots.iter().map(|shot| shot.range.start());
    let times = gaps
        .chain(spoken)
        .chain(cuts)
        .chain(near_changes(ground))
        .chain(ground.out_of_empty())
        .chain([ground.whole.start()]);
    let mut kept = best_of_each_window(ground, times, |time| start_worth(ground, time));
    // Longer than two windows, one of them is empty: no more come than are missing.
    let stride = shortest.max(2 * WINDOW);
    let more = missing(ground, &kept, stride);
    let rated = |time| Edge::rated(time, start_worth(ground, time));
    kept.extend(more.into_iter().filter_map(rated));
    kept.sort_by_key(|edge| edge.time);
    kept
}

/// Returns the best place to end of every window.
pub(super) fn ends(ground: &Ground<'_>) -> Vec<Edge> {
    let gaps = (1..=ground.words.len()).filter_map(|next| end_after(ground, next));
    let spoken = ground.speech.iter();
    let spoken = spoken.filter_map(|speech| ground.after(speech.end() + TAIL, ground.whole.end()));
    let cuts = ground.shots.iter().map(|shot| shot.range.end());
    let times = gaps
        .chain(spoken)
        .chain(cuts)
        .chain(near_changes(ground))
        .chain([ground.whole.end()]);
    best_of_each_window(ground, times, |time| end_worth(ground, time))
}

/// Returns where to begin in the silence before a word: at the last cut in it, or a little before the word.
pub(super) fn start_before(ground: &Ground<'_>, next: usize) -> Option<Timestamp> {
    let word = ground.words[next];
    let before = next
        .checked_sub(1)
        .map(|last| ground.words[last].range.end());
    let high = word.range.start();
    let low = before.map_or(ground.whole.start(), |before| {
        before.max(ground.whole.start())
    });
    let silent = before.is_none_or(|before| pause(before, high) >= BREATH);
    if word.opens == Opens::Nothing && !silent || low > high {
        return None;
    }
    let nearest = low.max(back(high, REACH));
    let target = match last_cut(ground, nearest, high) {
        Some(cut) => return Some(cut),
        None => low.max(back(high, LEAD)),
    };
    Some(ground.frame_back(target, (low, high), high))
}

/// Returns where to end in the silence after a word: at the first cut in it, or a little after the word.
pub(super) fn end_after(ground: &Ground<'_>, next: usize) -> Option<Timestamp> {
    let low = ground.words[next - 1].range.end();
    let after = ground.words.get(next);
    let high = after.map_or(ground.whole.end(), |word| word.range.start());
    let closes = after.is_none_or(|word| word.opens != Opens::Nothing);
    if !closes && pause(low, high) < BREATH || low > high {
        return None;
    }
    Some(end_behind(ground, low, high))
}

/// Returns where to end in the silence from `low` to `high`: at the first cut in it, or a little after its beginning.
pub(super) fn end_behind(ground: &Ground<'_>, low: Timestamp, high: Timestamp) -> Timestamp {
    let farthest = high.min(low + REACH);
    match first_cut(ground, low, farthest) {
        Some(cut) => cut,
        None => ground.frame_on(high.min(low + TAIL), (low, high), low),
    }
}

/// Returns the places nearest to where the sound changes.
fn near_changes(ground: &Ground<'_>) -> impl Iterator<Item = Timestamp> {
    let changes = ground.changes.iter();
    changes.filter_map(|&time| ground.after(time, time + WINDOW))
}

fn best_of_each_window(
    ground: &Ground<'_>,
    times: impl Iterator<Item = Timestamp>,
    worth: impl Fn(Timestamp) -> Option<f32>,
) -> Vec<Edge> {
    let origin = ground.whole.start();
    let inside = |time: &Timestamp| origin <= *time && *time <= ground.whole.end();
    let mut times: Vec<Timestamp> = times.filter(inside).collect();
    times.sort();
    times.dedup();
    let mut kept: Vec<(u64, Edge)> = Vec::new();
    for time in times {
        let Some(edge) = Edge::rated(time, worth(time)) else {
            continue;
        };
        let window = (time.since(origin).as_nanos() / WINDOW.as_nanos()) as u64;
        match kept.last_mut() {
            Some((last, best)) if *last == window => {
                if edge.worth > best.worth {
                    *best = edge;
                }
            }
            _ => kept.push((window, edge)),
        }
    }
    kept.into_iter().map(|(_, edge)| edge).collect()
}

/// Returns places where edges are more than `stride` apart: one for each stride.
fn missing(ground: &Ground<'_>, kept: &[Edge], stride: Duration) -> Vec<Timestamp> {
    let whole = ground.whole;
    let mut found = Vec::new();
    let limits = kept.iter().map(|edge| edge.time).chain([whole.end()]);
    let mut last = whole.start();
    for limit in limits {
        let mut at = last + stride;
        while at < limit {
            match ground.after(at, limit) {
                Some(cut) if cut < limit => {
                    found.push(cut);
                    at = cut + stride;
                }
                _ => break,
            }
        }
        last = limit;
    }
    found
}

fn last_cut(ground: &Ground<'_>, low: Timestamp, high: Timestamp) -> Option<Timestamp> {
    let after = ground
        .shots
        .partition_point(|shot| shot.range.start() <= high);
    let cut = ground.shots[after.checked_sub(1)?].range.start();
    (cut >= low).then_some(cut)
}

fn first_cut(ground: &Ground<'_>, low: Timestamp, high: Timestamp) -> Option<Timestamp> {
    let at = ground.shots.partition_point(|shot| shot.range.end() < low);
    let cut = ground.shots.get(at)?.range.end();
    (cut <= high).then_some(cut)
}

fn back(time: Timestamp, by: Duration) -> Timestamp {
    time - (Timestamp::ZERO + by)
}

fn pause(from: Timestamp, to: Timestamp) -> f64 {
    to.seconds() - from.seconds()
}

/// Returns a place to end so far from `start` as is wanted, where one may cut.
pub(super) fn free_end(
    ground: &Ground<'_>,
    start: Timestamp,
    (min, max): (Duration, Duration),
) -> Option<Edge> {
    let target = start + (min + max) / 2;
    let (low, high) = (start + min, (start + max).min(ground.whole.end()));
    let target = target.min(high);
    let time = ground
        .before(target, low)
        .or_else(|| ground.after(target, high))?;
    Edge::rated(time, end_worth(ground, time))
}
