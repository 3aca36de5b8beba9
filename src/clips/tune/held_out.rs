//! Cross-validation: how well fitted weights rank clips that they were not fitted to.

use std::fmt;

use super::fit::fit;
use super::labels::{Group, Judged};
use super::ndcg::ndcg;
use crate::clips::Weights;
use crate::clips::random::random;

/// The labels are held out in so many parts, one after the other; by groups in fewer where there are fewer.
const FOLDS: usize = 5;
/// Draws of the bootstrap.
const DRAWS: usize = 1000;
/// Of them, so many are left out at either end: 95 of 100 remain.
const TAIL: usize = DRAWS / 40;
/// A run makes so many clips unless told otherwise.
const FIRST: usize = 5;

/// What is held out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// All labels of a group.
    Groups,
    /// Single labels: there is but one group, and what is found holds for that one.
    Labels,
}

/// How well a ranking agrees with the labels, the mean of all groups: 1 is in the best order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankQuality {
    /// The normalised discounted cumulative gain of the whole ranking.
    pub ndcg: f64,
    /// The same of its first five places.
    pub ndcg_at_5: f64,
}

/// The fitted weights beside those there were, on labels that were held out when they were fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOut {
    /// What was held out together.
    pub unit: Unit,
    /// In how many parts.
    pub folds: usize,
    /// With the weights there were.
    pub base: RankQuality,
    /// With the fitted ones.
    pub fitted: RankQuality,
    /// What that is more in NDCG.
    pub gain: f64,
    /// Where 95 of 100 gains lie when groups, and labels of each, are drawn anew.
    pub interval: (f64, f64),
}

/// A label with the scores it gets.
#[derive(Clone, Copy)]
struct HeldOutScore {
    gain: f64,
    base: f64,
    fitted: f64,
}

/// Fits weights without each part of the labels, and ranks that part with them.
pub(super) fn measure(groups: &[Group], base: &Weights) -> HeldOut {
    let (unit, folds) = match groups.len() {
        1 => (Unit::Labels, FOLDS),
        count => (Unit::Groups, FOLDS.min(count)),
    };
    let fold = |group: usize, row: usize| match unit {
        Unit::Groups => group % folds,
        Unit::Labels => row % folds, // rows are in order of their labels: each part has all kinds
    };
    let fits: Vec<Weights> = (0..folds)
        .map(|held| {
            fit(
                &without(groups, |group, row| fold(group, row) == held),
                base,
            )
        })
        .collect();
    let score = |(group, one): (usize, &Group)| {
        let rows = one.rows.iter().enumerate();
        let scored = |(row, judged): (usize, &Judged)| HeldOutScore {
            gain: judged.gain,
            base: base.score(&judged.values),
            fitted: fits[fold(group, row)].score(&judged.values),
        };
        rows.map(scored).collect()
    };
    let scored: Vec<Vec<HeldOutScore>> = groups.iter().enumerate().map(score).collect();
    let quality = |score: fn(&HeldOutScore) -> f64| RankQuality {
        ndcg: mean(&scored, |group| agreement(group, score, usize::MAX)),
        ndcg_at_5: mean(&scored, |group| agreement(group, score, FIRST)),
    };
    HeldOut {
        unit,
        folds,
        base: quality(|one| one.base),
        fitted: quality(|one| one.fitted),
        gain: mean(&scored, |group| gain(group)),
        interval: interval(&scored),
    }
}

fn without(groups: &[Group], held: impl Fn(usize, usize) -> bool) -> Vec<Group> {
    let rest = groups.iter().enumerate().map(|(group, one)| {
        let rows = one.rows.iter().enumerate();
        let rows = rows.filter(|(row, _)| !held(group, *row));
        Group {
            rows: rows.map(|(_, judged)| *judged).collect(),
        }
    });
    rest.collect()
}

fn agreement(group: &[HeldOutScore], score: fn(&HeldOutScore) -> f64, places: usize) -> f64 {
    let scored: Vec<_> = group.iter().map(|one| (score(one), one.gain)).collect();
    ndcg(&scored, places)
}

fn gain(group: &[HeldOutScore]) -> f64 {
    let of = |score| agreement(group, score, usize::MAX);
    of(|one| one.fitted) - of(|one| one.base)
}

fn mean<T>(all: &[T], of: impl Fn(&T) -> f64) -> f64 {
    all.iter().map(of).sum::<f64>() / all.len() as f64
}

/// Returns the bootstrap interval of the gain.
///
/// Groups are drawn, then labels of each: groups alone claim a gain in one of eight sets of labels that mean nothing, for
/// the fits of different folds share most of their labels; both together in about one of forty, as they should.
fn interval(scored: &[Vec<HeldOutScore>]) -> (f64, f64) {
    let mut state = 0;
    let mut below = |count: usize| (random(&mut state) % count as u64) as usize;
    let mut draw = || {
        let groups = (0..scored.len()).map(|_| {
            let group = &scored[below(scored.len())];
            let rows: Vec<HeldOutScore> = group.iter().map(|_| group[below(group.len())]).collect();
            gain(&rows)
        });
        groups.sum::<f64>() / scored.len() as f64
    };
    let mut gains: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    gains.sort_unstable_by(f64::total_cmp);
    (gains[TAIL], gains[DRAWS - 1 - TAIL])
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Groups => "videos",
            Self::Labels => "labels",
        })
    }
}
