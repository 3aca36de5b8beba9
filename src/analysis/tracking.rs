//! Matching of what is found in one picture with what is found in the next: faces and persons. Pure.

use std::time::Duration;

use serde::Serialize;

use super::Region;
use crate::timeline::Timestamp;

/// What is found in single pictures and can be followed.
pub(super) trait Tracked: Copy {
    /// Where it is.
    fn region(&self) -> Region;
    /// How sure the model is, 0..1.
    fn score(&self) -> f32;
}

/// How far something may move and grow from one picture to another, and be the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reach {
    /// The farthest its middle moves, in its own size.
    pub moved: f32,
    /// The most its width or height changes, as a factor.
    pub grown: f32,
}

impl Reach {
    /// Returns how far apart two regions are, in their own size, or `None` when they cannot be of the same.
    pub(super) fn distance(self, a: Region, b: Region) -> Option<f32> {
        let (width, height) = ((a.width + b.width) / 2.0, (a.height + b.height) / 2.0);
        let (from, to) = (a.centre(), b.centre());
        let far = ((to.x - from.x) / width).hypot((to.y - from.y) / height);
        let factor = |a: f32, b: f32| (a / b).max(b / a);
        let grown = factor(a.width, b.width).max(factor(a.height, b.height));
        (far <= self.moved && grown <= self.grown).then_some(far)
    }
}

/// Which of successive pictures' finds are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct JoinRules {
    /// How far one moves and grows from one picture to the next.
    pub(super) reach: Reach,
    /// One that is missed for no longer than this is the same when it is found again.
    pub(super) max_gap: Duration,
}

/// One thing in several pictures: their numbers and where it is.
pub(super) type JoinedFinds<D> = Vec<(usize, D)>;

/// Returns the tracks of one shot, by first appearance; the nearest pairs are joined first.
///
/// The order of a picture's finds does not matter.
pub(super) fn join<D: Tracked, P: AsRef<[D]>>(
    seen: &[&(Timestamp, P)],
    rules: &JoinRules,
) -> Vec<JoinedFinds<D>> {
    let mut tracks: Vec<JoinedFinds<D>> = Vec::new();
    for (number, (time, found)) in seen.iter().enumerate() {
        let found = in_order(found.as_ref());
        let recent = |last: usize| time.since(seen[last].0) <= rules.max_gap;
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (index, track) in tracks.iter().enumerate() {
            let Some((last, before)) = track.last().filter(|(last, _)| recent(*last)) else {
                continue;
            };
            debug_assert!(*last < number);
            pairs.extend(found.iter().enumerate().filter_map(|(new, found)| {
                let far = rules.reach.distance(before.region(), found.region())?;
                Some((far, index, new))
            }));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut free = vec![true; found.len()];
        for (_, index, new) in pairs {
            let waiting = tracks[index].last().is_some_and(|(last, _)| *last < number);
            if waiting && std::mem::take(&mut free[new]) {
                tracks[index].push((number, found[new]));
            }
        }
        let unknown = found.iter().zip(free).filter(|(_, free)| *free);
        tracks.extend(unknown.map(|(found, _)| vec![(number, *found)]));
    }
    tracks
}

/// Returns what was found in an order that depends on nothing but what it is.
fn in_order<D: Tracked>(found: &[D]) -> Vec<D> {
    let mut ordered = found.to_vec();
    let key = |found: &D| {
        let region = found.region();
        let corners = [region.x, region.y, region.width, region.height];
        (corners, found.score())
    };
    ordered.sort_by(|a, b| {
        let ((a, score), (b, other)) = (key(a), key(b));
        let mut orders = a.into_iter().zip(b).map(|(a, b)| a.total_cmp(&b));
        let different = orders.find(|order| order.is_ne());
        different.unwrap_or_else(|| score.total_cmp(&other))
    });
    ordered
}

/// Returns the pictures in order of time, without those that repeat the time of the one before.
pub(super) fn distinct<P>(pictures: &[(Timestamp, P)]) -> Vec<&(Timestamp, P)> {
    let mut seen: Vec<&(Timestamp, P)> = Vec::with_capacity(pictures.len());
    for picture in pictures {
        if seen.last().is_none_or(|last| last.0 < picture.0) {
            seen.push(picture);
        }
    }
    seen
}
