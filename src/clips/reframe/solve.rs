//! Solver of one crop path: still where that is good enough, else with as few smooth moves as it takes.

use crate::timeline::Timestamp;

use super::axis::Axis;
use super::path::{Path, RATE};
use super::price::{Along, AxisPrices};
use super::sample::{Face, Sample};
use super::{still, walk};
use crate::frame::Rect;

/// Heads at least this much smaller than the crop: each is covered from several places.
const ROOM: f64 = 0.95;
/// A still crop is good enough when it misses no more of what is seen than this, or than `MISSED` in seconds.
const ENOUGH: f64 = 0.98;
/// Seconds of the most that is ever seen at once.
const MISSED: f64 = 0.5;
/// The share of salience that a still crop may miss: it is a guess, and a crop that follows each of its turns wanders.
const SALIENCE: f64 = 0.3;

/// Returns the path of a crop of `size` inside `room`.
pub(super) fn solve(samples: &[Sample], start: Timestamp, room: Rect, size: (f64, f64)) -> Path {
    let samples = fitted(samples, size);
    let across = Axis::new(room.x, room.width, size.0);
    let down = Axis::new(room.y, room.height, size.1);
    let prices = (
        AxisPrices::new(&samples, across, Along::X),
        AxisPrices::new(&samples, down, Along::Y),
    );
    let (x, y) = still::best(&samples, (across, down), (&prices.0, &prices.1));
    let still = Path::still(
        start,
        Rect {
            x: across.at(x),
            y: down.at(y),
            width: size.0,
            height: size.1,
        },
    );
    let missed = missed(&samples, &still);
    if is_enough(&samples, missed) {
        return still;
    }
    let ways = walk::walk(&across, &prices.0).into_iter();
    let ways = ways.zip(walk::walk(&down, &prices.1));
    let corners = ways.map(|(x, y)| (across.at(x), down.at(y))).collect();
    let moving = Path::along(start, size, corners);
    let by_moving = self::missed(&samples, &moving);
    let better = by_moving.heads < missed.heads
        || (by_moving.heads == missed.heads && by_moving.salience < missed.salience);
    if better { moving } else { still }
}

/// Returns the samples with every head that is too large for the crop cut to the size of it, around the face.
///
/// A face that is itself too large stays so, and cannot be covered.
pub(super) fn fitted(samples: &[Sample], size: (f64, f64)) -> Vec<Sample> {
    let fit = |seen: &Face| {
        let crop = (size.0 * ROOM, size.1 * ROOM);
        let head = Rect {
            width: seen.head.width.min(crop.0.max(seen.face.width)),
            height: seen.head.height.min(crop.1.max(seen.face.height)),
            ..seen.face
        };
        let head = seen.face.centred((head.width, head.height));
        Face {
            head: head.moved_into(seen.head),
            ..*seen
        }
    };
    let samples = samples.iter().map(|sample| Sample {
        faces: sample.faces.iter().map(fit).collect(),
        salience: sample.salience.clone(),
        text: sample.text.clone(),
    });
    samples.collect()
}

/// What is seen or not, summed over samples.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Missed {
    /// The weight of heads.
    pub(super) heads: f64,
    /// The weight of salience where there is no head.
    pub(super) salience: f64,
}

/// Returns what the crop does not cover.
pub(super) fn missed(samples: &[Sample], path: &Path) -> Missed {
    let mut missed = Missed::default();
    for (k, sample) in samples.iter().enumerate() {
        let crop = path.after(k as f64);
        let heads = sample.faces.iter().filter(|seen| !crop.holds(seen.head));
        missed.heads += heads.map(|seen| seen.weight).sum::<f64>();
        if sample.faces.is_empty() {
            let salience = sample.salience.iter();
            let salience = salience.map(|(area, weight)| weight * (1.0 - area.share_in(crop)));
            missed.salience += salience.sum::<f64>();
        }
    }
    missed
}

fn is_enough(samples: &[Sample], missed: Missed) -> bool {
    let heads = samples
        .iter()
        .map(|sample| sample.faces.iter().map(|seen| seen.weight).sum::<f64>());
    let (all, most) = heads.fold((0.0, 0.0_f64), |(all, most), w| (all + w, most.max(w)));
    let others = samples.iter().filter(|sample| sample.faces.is_empty());
    let salience: f64 = others.flat_map(|s| &s.salience).map(|(_, w)| w).sum();
    missed.heads <= (all * (1.0 - ENOUGH)).min(most * MISSED * f64::from(RATE))
        && missed.salience <= salience * SALIENCE
}
