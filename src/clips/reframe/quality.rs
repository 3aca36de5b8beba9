//! Quality of a framing: coverage of heads and saliency, speed, jerk.

use super::framing::{CutFace, FramingQuality, Pane};
use super::path::RATE;
use super::sample::{BRINK, Sample};
use super::scene::Subject;
use super::solve;
use crate::frame::Rect;

/// How much a line of text counts, as a share of all heads seen with it; what of that one outside keeps, and how many times
/// more one counts that is cut.
const TEXT: f64 = 0.5;
const OUTSIDE: f64 = 0.6;
const CUT: f64 = 4.0;

/// A part of a whole, by weight.
#[derive(Debug, Clone, Copy, Default)]
struct PartInside {
    all: f64,
    part: f64,
}

impl PartInside {
    fn add(&mut self, weight: f64, share: f64) {
        self.all += weight;
        self.part += weight * share;
    }

    /// Returns the share, 1 of nothing.
    fn share(self) -> f64 {
        if self.all > 0.0 {
            (self.part / self.all).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }
}

/// Returns the quality of panes that show a scene.
pub(super) fn quality(samples: &[Sample], subjects: &[&Subject], panes: &[Pane]) -> FramingQuality {
    let mut salience = PartInside::default();
    for (k, sample) in samples.iter().enumerate() {
        for (area, weight) in sample.salience.iter().filter(|_| sample.faces.is_empty()) {
            salience.add(*weight, most_seen(*area, panes, k));
        }
    }
    let heads = heads(samples, subjects.len(), panes);
    let motions = panes.iter().map(motion);
    let (speed, jerk, moves) = motions.fold((0.0_f64, 0.0_f64, 0), |a, b| {
        (a.0.max(b.0), a.1.max(b.1), a.2 + b.2)
    });
    FramingQuality {
        coverage: heads.all.share(),
        peopled: heads.peopled,
        nobody: heads.nobody,
        salience: salience.share(),
        text_cut: text_cut(samples, panes),
        speed,
        jerk,
        moves,
        cut: cut(&heads.each, subjects),
    }
}

/// Returns the share of what is wanted that the panes keep: heads and salience together, by weight.
///
/// Salience that loses a third is lost: half a line of text cannot be read.
pub(super) fn kept(samples: &[Sample], panes: &[Pane], coverage: f64) -> f64 {
    let heads = samples.iter().flat_map(|sample| &sample.faces);
    let mut kept = PartInside::default();
    kept.add(heads.map(|seen| seen.weight).sum(), coverage);
    for (k, sample) in samples.iter().enumerate() {
        for (area, weight) in &sample.salience {
            let lost = 1.0 - most_seen(*area, panes, k);
            kept.add(*weight, (1.0 - 3.0 * lost).max(0.0));
        }
        let heads: f64 = sample.faces.iter().map(|seen| seen.weight).sum();
        let weight = TEXT * heads.max(1.0);
        for seen in text_seen(sample, panes, k) {
            match seen {
                TextSeen::Whole => kept.add(weight, 1.0),
                TextSeen::Outside => kept.add(weight, OUTSIDE),
                TextSeen::Cut => kept.add(weight * CUT, 0.0),
            }
        }
    }
    kept.share()
}

/// Returns the share of what draws the eye that the panes show, by weight and area.
pub(super) fn salience_seen(samples: &[Sample], panes: &[Pane]) -> f64 {
    let mut seen = PartInside::default();
    for (k, sample) in samples.iter().enumerate() {
        for (area, weight) in &sample.salience {
            seen.add(*weight, most_seen(*area, panes, k));
        }
    }
    seen.share()
}

/// Returns the share of the time with text in which a line is cut.
pub(super) fn text_cut(samples: &[Sample], panes: &[Pane]) -> f64 {
    let (mut with, mut cut) = (0, 0);
    for (k, sample) in samples
        .iter()
        .enumerate()
        .filter(|(_, s)| !s.text.is_empty())
    {
        with += 1;
        cut += usize::from(text_seen(sample, panes, k).any(|seen| seen == TextSeen::Cut));
    }
    if with > 0 {
        cut as f64 / with as f64
    } else {
        0.0
    }
}

/// What is seen of a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextSeen {
    Whole,
    Outside,
    Cut,
}

/// Returns what is seen of each line of sample `k`, in the pane that shows most of it.
fn text_seen(sample: &Sample, panes: &[Pane], k: usize) -> impl Iterator<Item = TextSeen> {
    sample
        .text
        .iter()
        .map(move |area| match most_seen(*area, panes, k) {
            share if share >= 1.0 - BRINK => TextSeen::Whole,
            share if share <= BRINK => TextSeen::Outside,
            _ => TextSeen::Cut,
        })
}

/// The heads that are shown whole.
struct ShownHeads {
    /// All by weight.
    all: PartInside,
    /// Each subject's by time.
    each: Vec<PartInside>,
    /// The share of the time in which there are some.
    peopled: f64,
    /// The share of the time in which there are some and none is shown whole.
    nobody: f64,
}

fn heads(samples: &[Sample], subjects: usize, panes: &[Pane]) -> ShownHeads {
    let (mut all, mut each) = (PartInside::default(), vec![PartInside::default(); subjects]);
    let (mut with, mut without) = (0, 0);
    let fitted = panes.iter().map(|pane| solve::fitted(samples, size(pane)));
    let fitted: Vec<_> = fitted.collect();
    for (k, sample) in samples.iter().enumerate() {
        let mut any = sample.faces.is_empty();
        for (number, seen) in sample.faces.iter().enumerate() {
            let is_shown = panes.iter().zip(&fitted).any(|(pane, fitted)| {
                let crop = pane.path.after(k as f64);
                crop.holds(fitted[k].faces[number].head)
            });
            let share = if is_shown { 1.0 } else { 0.0 };
            all.add(seen.weight, share);
            each[seen.subject].add(1.0, share);
            any |= is_shown;
        }
        with += usize::from(!sample.faces.is_empty());
        without += usize::from(!any);
    }
    ShownHeads {
        all,
        each,
        peopled: with as f64 / samples.len().max(1) as f64,
        nobody: without as f64 / samples.len().max(1) as f64,
    }
}

/// Returns the share of an area that is seen at sample `k`, in the pane that shows most of it.
fn most_seen(area: Rect, panes: &[Pane], k: usize) -> f64 {
    let shares = panes
        .iter()
        .map(|pane| area.share_in(pane.path.after(k as f64)));
    shares.fold(0.0, f64::max)
}

fn size(pane: &Pane) -> (f64, f64) {
    let crop = pane.path.after(0.0);
    (crop.width, crop.height)
}

fn cut(each: &[PartInside], subjects: &[&Subject]) -> Vec<CutFace> {
    let cut = each.iter().zip(subjects).map(|(shown, subject)| CutFace {
        track: subject.track,
        share: 1.0 - shown.share(),
    });
    cut.filter(|cut| cut.share > 0.0).collect()
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
