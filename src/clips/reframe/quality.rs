//! How good a framing is.

use super::path::RATE;
use super::sample::Sample;
use super::{Pane, Rect, Subject, solve};

/// Measures of a framing.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// The share of the weighted time of all subjects in which the whole head is shown; 1 without subjects.
    pub coverage: f64,
    /// The share of the weight of salience shown where no subject is; 1 without it.
    pub salience: f64,
    /// The highest speed, in crops a second, across or down.
    pub speed: f64,
    /// The largest change of acceleration, in crops a second, per second, per second, across or down.
    pub jerk: f64,
    /// How often a crop sets out.
    pub moves: usize,
    /// The subjects that are not shown whole all the time, in the order of their tracks.
    pub cut: Vec<Cut>,
}

/// A subject that is not shown whole all the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Its track.
    pub track: u32,
    /// The share of its time that the head is cut off or not shown, above 0.
    pub share: f64,
}

/// Returns the quality of panes that show a scene.
pub(super) fn quality(samples: &[Sample], subjects: &[&Subject], panes: &[Pane]) -> Quality {
    let mut times = vec![(0.0, 0.0); subjects.len()];
    let (mut all, mut shown) = (0.0, 0.0);
    let (mut salient, mut kept) = (0.0, 0.0);
    let fitted: Vec<_> = panes
        .iter()
        .map(|pane| solve::fitted(samples, size(pane)))
        .collect();
    for (k, sample) in samples.iter().enumerate() {
        let crops: Vec<Rect> = panes.iter().map(|p| p.path.after(k as f64)).collect();
        for (number, seen) in sample.faces.iter().enumerate() {
            let mut heads = fitted.iter().map(|pane| pane[k].faces[number].head);
            let is_shown = crops
                .iter()
                .any(|crop| heads.next().is_some_and(|h| crop.holds(h)));
            all += seen.weight;
            shown += if is_shown { seen.weight } else { 0.0 };
            times[seen.subject].0 += 1.0;
            times[seen.subject].1 += if is_shown { 0.0 } else { 1.0 };
        }
        let alone = sample.salience.iter().filter(|_| sample.faces.is_empty());
        for (area, weight) in alone {
            let most = crops
                .iter()
                .map(|crop| area.share_in(*crop))
                .fold(0.0, f64::max);
            salient += weight;
            kept += weight * most;
        }
    }
    let motions = panes.iter().map(motion);
    let (speed, jerk, moves) = motions.fold((0.0_f64, 0.0_f64, 0), |a, b| {
        (a.0.max(b.0), a.1.max(b.1), a.2 + b.2)
    });
    Quality {
        coverage: share(shown, all),
        salience: share(kept, salient),
        speed,
        jerk,
        moves,
        cut: cut(&times, subjects),
    }
}

/// Returns the share of what is wanted that the panes keep: heads and salience together, by weight.
///
/// Salience that loses a third is lost: half a line of text cannot be read.
pub(super) fn kept(samples: &[Sample], panes: &[Pane], coverage: f64) -> f64 {
    let heads = samples.iter().flat_map(|sample| &sample.faces);
    let heads: f64 = heads.map(|seen| seen.weight).sum();
    let (mut all, mut kept) = (heads, heads * coverage);
    for (k, sample) in samples.iter().enumerate() {
        let crops: Vec<Rect> = panes.iter().map(|p| p.path.after(k as f64)).collect();
        for (area, weight) in &sample.salience {
            let most = crops
                .iter()
                .map(|crop| area.share_in(*crop))
                .fold(0.0, f64::max);
            all += weight;
            kept += weight * (1.0 - 3.0 * (1.0 - most)).max(0.0);
        }
    }
    share(kept, all)
}

fn size(pane: &Pane) -> (f64, f64) {
    let crop = pane.path.after(0.0);
    (crop.width, crop.height)
}

fn share(part: f64, all: f64) -> f64 {
    if all > 0.0 {
        (part / all).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

fn cut(times: &[(f64, f64)], subjects: &[&Subject]) -> Vec<Cut> {
    let cut = times
        .iter()
        .zip(subjects)
        .filter(|((_, cut), _)| *cut > 0.0);
    let cut = cut.map(|((all, cut), subject)| Cut {
        track: subject.track,
        share: cut / all,
    });
    cut.collect()
}

/// Returns the highest speed, the largest jerk, and how often a crop sets out.
fn motion(pane: &Pane) -> (f64, f64, usize) {
    let at: Vec<(f64, f64)> = pane.path.crops().collect();
    let rate = f64::from(RATE);
    let less = |a: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let steps = a.windows(2).map(|w| (w[1].0 - w[0].0, w[1].1 - w[0].1));
        steps.map(|(x, y)| (x * rate, y * rate)).collect()
    };
    let largest = |a: &[(f64, f64)]| {
        a.iter()
            .fold(0.0, |m: f64, v| m.max(v.0.abs()).max(v.1.abs()))
    };
    let speeds = less(&at);
    let moving = |v: &(f64, f64)| v.0.abs().max(v.1.abs()) > 1e-9;
    let starts = speeds
        .windows(2)
        .filter(|w| !moving(&w[0]) && moving(&w[1]));
    let moves = starts.count() + usize::from(speeds.first().is_some_and(moving));
    let jerk = largest(&less(&less(&speeds)));
    (largest(&speeds), jerk, moves)
}
