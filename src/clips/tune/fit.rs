//! Pairwise logistic regression: weights that order pairs of clips as their labels do.
//!
//! The better clip of a pair is first with the probability 1 / (1 + exp(−difference)), where a clip has
//! `steepness · base · values + change · values`. The change is pulled towards none: with few labels, or where they
//! say nothing, the base remains.

use super::labels::Group;
use super::solve::solve;
use crate::clips::Weights;
use crate::clips::signals::{Signal, Values};

/// How strongly the change is pulled towards none: in simulated labels of 28 signals as good as any from 0.3 to 3.
const PULL: f64 = 1.0;
/// Holds back the steepness, which has no end where no pair is in the wrong order.
const STEEPNESS_PULL: f64 = 0.05;
/// No clip is compared with more of its group: pairs grow with the square.
const HEAT: usize = 200;
/// Newton's method needs about ten.
const MOST_STEPS: usize = 100;
/// A step that promises less is the last.
const LEAST_FALL: f64 = 1e-10;
/// Differences below this are none.
const NOTHING: f64 = 1e-6;

const SIGNALS: usize = Signal::ALL.len();
/// A change for each signal, and the steepness.
type FitRow = [f64; SIGNALS + 1];
const STEEPNESS: usize = SIGNALS;

/// Clips of one group that are compared with one another, worst first.
struct Heat {
    rows: Vec<FitRow>,
    /// For each clip how many of those before it are worse.
    worse: Vec<usize>,
    /// What a pair counts: all pairs together as much as there are clips.
    share: f64,
}

/// How the cost changes near a place.
struct Slope {
    gradient: FitRow,
    curvature: [FitRow; SIGNALS + 1],
}

/// Returns the weights, to three decimals; their sizes add up to those of `base`.
///
/// The weight of a signal that differs in no group stays. A value that is not known counts as its group's mean, so that
/// the others decide.
pub(super) fn fit(groups: &[Group], base: &Weights) -> Weights {
    let mut heats: Vec<Heat> = groups.iter().flat_map(|group| heats(group, base)).collect();
    let mut found = minimise(&heats);
    if found[STEEPNESS] < 0.0 {
        // These labels contradict the base: nothing is pulled towards its opposite.
        let rows = heats.iter_mut().flat_map(|heat| &mut heat.rows);
        rows.for_each(|row| row[STEEPNESS] = 0.0);
        found = minimise(&heats);
    }
    weights(&heats, &found, base)
}

fn weights(heats: &[Heat], found: &FitRow, base: &Weights) -> Weights {
    let told = Signal::ALL.map(|signal| {
        let mut rows = heats.iter().flat_map(|heat| &heat.rows);
        rows.any(|row| row[signal as usize].abs() > NOTHING)
    });
    let raw = |signal: Signal| found[STEEPNESS] * base.of(signal) + found[signal as usize];
    let size = |weight: &dyn Fn(Signal) -> f64| {
        let told = Signal::ALL.into_iter().filter(|s| told[*s as usize]);
        told.map(|signal| weight(signal).abs()).sum::<f64>()
    };
    let scale = size(&|signal| base.of(signal)) / size(&raw);
    Weights::each(|signal| {
        if told[signal as usize] && scale.is_finite() {
            (raw(signal) * scale * 1000.0).round() / 1000.0 + 0.0
        } else {
            base.of(signal)
        }
    })
}

/// Spreads a group over as few heats as may be, better and worse ones alike; heats without a pair are left out.
fn heats(group: &Group, base: &Weights) -> Vec<Heat> {
    let rows = features(group, base);
    let count = rows.len().div_ceil(HEAT);
    let heat = |first: usize| {
        let members = || (first..rows.len()).step_by(count);
        let gains: Vec<f64> = members().map(|row| group.rows[row].gain).collect();
        let below = |gain: &f64| gains.partition_point(|other| other < gain);
        let worse: Vec<usize> = gains.iter().map(below).collect();
        let pairs: usize = worse.iter().sum();
        (pairs > 0).then(|| Heat {
            share: worse.len() as f64 / pairs as f64,
            rows: members().map(|row| rows[row]).collect(),
            worse,
        })
    };
    (0..count).filter_map(heat).collect()
}

/// Returns for each clip how far each signal, and the base's score, is from the mean of those known in the group.
fn features(group: &Group, base: &Weights) -> Vec<FitRow> {
    let value = |values: &Values, signal| values.get(signal).map(f64::from);
    let means = Signal::ALL.map(|signal| {
        let known = || {
            group
                .rows
                .iter()
                .filter_map(|row| value(&row.values, signal))
        };
        known().sum::<f64>() / known().count().max(1) as f64
    });
    let row = |values: &Values| {
        let mut row = [0.0; SIGNALS + 1];
        for signal in Signal::ALL {
            let slot = signal as usize;
            row[slot] = value(values, signal).map_or(0.0, |value| value - means[slot]);
            row[STEEPNESS] += base.of(signal) * row[slot];
        }
        row
    };
    group.rows.iter().map(|one| row(&one.values)).collect()
}

/// Returns where the cost is least: it has one lowest place, for it is curved upwards everywhere.
fn minimise(heats: &[Heat]) -> FitRow {
    let mut at = [0.0; SIGNALS + 1];
    let mut here = cost(heats, &at);
    for _ in 0..MOST_STEPS {
        let Slope {
            gradient,
            curvature,
        } = slope(heats, &at);
        let step = solve(curvature, gradient);
        let fall = dot(&step, &gradient);
        if fall < LEAST_FALL {
            break;
        }
        // Far from the lowest place a whole step may go too far.
        let halves = (0..30).map(|half| 0.5_f64.powi(half));
        let steps = halves.map(|part| (part, std::array::from_fn(|k| at[k] - part * step[k])));
        let mut costs = steps.map(|(part, next)| (part, next, cost(heats, &next)));
        let Some((_, next, there)) = costs.find(|(part, _, c)| *c < here - 1e-4 * part * fall)
        else {
            break; // as exact as numbers are
        };
        (at, here) = (next, there);
    }
    at
}

fn pull(slot: usize) -> f64 {
    if slot == STEEPNESS {
        STEEPNESS_PULL
    } else {
        PULL
    }
}

fn cost(heats: &[Heat], at: &FitRow) -> f64 {
    let pulled = at.iter().enumerate().map(|(k, x)| 0.5 * pull(k) * x * x);
    let of = |heat: &Heat| {
        let heights = heat.heights(at);
        let wrong = heat.pairs().map(|(better, worse)| {
            let lead = heights[better] - heights[worse];
            (-lead.abs()).exp().ln_1p() + (-lead).max(0.0) // ln(1 + exp(−lead))
        });
        heat.share * wrong.sum::<f64>()
    };
    pulled.sum::<f64>() + heats.iter().map(of).sum::<f64>()
}

fn slope(heats: &[Heat], at: &FitRow) -> Slope {
    let mut slope = Slope {
        gradient: std::array::from_fn(|k| pull(k) * at[k]),
        curvature: std::array::from_fn(|row| {
            std::array::from_fn(|column| if row == column { pull(row) } else { 0.0 })
        }),
    };
    for heat in heats {
        heat.add_to(&mut slope, at);
    }
    slope
}

impl Heat {
    /// Walks through the clips that are in order, the better one first.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let worse = self.worse.iter().enumerate();
        worse.flat_map(|(better, &count)| (0..count).map(move |worse| (better, worse)))
    }

    fn heights(&self, at: &FitRow) -> Vec<f64> {
        self.rows.iter().map(|row| dot(row, at)).collect()
    }

    /// Sums over clips what sums over pairs would give: Σ h (a−b)(a−b)ᵀ = Σ a (Σ h · a − Σ h b)ᵀ.
    fn add_to(&self, slope: &mut Slope, at: &FitRow) {
        let heights = self.heights(at);
        let mut forces = vec![0.0; self.rows.len()];
        let mut bends = vec![[0.0; SIGNALS + 1]; self.rows.len()];
        for (better, worse) in self.pairs() {
            let wrong = 1.0 / (1.0 + (heights[better] - heights[worse]).exp());
            forces[better] -= self.share * wrong;
            forces[worse] += self.share * wrong;
            let bend = self.share * wrong * (1.0 - wrong);
            let apart = std::array::from_fn(|k| self.rows[better][k] - self.rows[worse][k]);
            add(&mut bends[better], bend, &apart);
            add(&mut bends[worse], -bend, &apart);
        }
        for ((row, force), bend) in self.rows.iter().zip(forces).zip(&bends) {
            add(&mut slope.gradient, force, row);
            for (line, part) in slope.curvature.iter_mut().zip(row) {
                add(line, *part, bend);
            }
        }
    }
}

fn add(to: &mut FitRow, times: f64, row: &FitRow) {
    to.iter_mut().zip(row).for_each(|(x, y)| *x += times * y);
}

fn dot(a: &FitRow, b: &FitRow) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
