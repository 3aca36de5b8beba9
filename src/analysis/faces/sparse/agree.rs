//! Agreement of the faces of two pictures, and the faces of a picture between two that agree.

use super::rules::SparseRules;
use crate::analysis::faces::Detection;
use crate::analysis::faces::detection::share_between;
use crate::analysis::tracking::Reach;
use crate::timeline::Timestamp;

/// The faces that were found in a picture and when it is shown.
pub(super) type FoundFaces<'a> = (Timestamp, &'a [Detection]);

/// Tells whether the faces of the pictures between two follow from theirs.
pub(super) fn agree(from: FoundFaces<'_>, to: FoundFaces<'_>, rules: &SparseRules) -> bool {
    let pairs = pairs(from.1, to.1, rules.reach);
    let alone = |faces: &[Detection], is_paired: &dyn Fn(usize) -> bool| {
        let mut sure = faces
            .iter()
            .enumerate()
            .filter(|(_, face)| face.score >= rules.sure);
        sure.any(|(slot, _)| !is_paired(slot))
    };
    let comes_or_goes = alone(from.1, &|slot| pairs.iter().any(|pair| pair.0 == slot))
        || alone(to.1, &|slot| pairs.iter().any(|pair| pair.1 == slot));
    let legible = from
        .1
        .iter()
        .filter(|face| face.region.height >= rules.legible);
    let is_apart = legible.count() > 1 && to.0.since(from.0) > rules.speakers;
    !comes_or_goes && !is_apart
}

/// Returns the faces of a picture between two: each on the straight way from its place in the one to that in the other.
pub(super) fn between(
    from: FoundFaces<'_>,
    to: FoundFaces<'_>,
    time: Timestamp,
    rules: &SparseRules,
) -> Vec<Detection> {
    let share = share_between(from.0, to.0, time);
    let pairs = pairs(from.1, to.1, rules.reach).into_iter();
    pairs
        .map(|(a, b)| from.1[a].towards(&to.1[b], share))
        .collect()
}

/// Returns which faces are the same, by their places in both lists; the nearest are paired first.
fn pairs(from: &[Detection], to: &[Detection], reach: Reach) -> Vec<(usize, usize)> {
    let mut near: Vec<(f32, usize, usize)> = Vec::new();
    for (a, before) in from.iter().enumerate() {
        near.extend(to.iter().enumerate().filter_map(|(b, after)| {
            let far = reach.distance(before.region, after.region)?;
            Some((far, a, b))
        }));
    }
    near.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, a, b) in near {
        if pairs.iter().all(|pair| pair.0 != a && pair.1 != b) {
            pairs.push((a, b));
        }
    }
    pairs
}
