//! Options of a scene: each layout that it may have, with its price.

use crate::timeline::TimeRange;

use super::fit;
use super::framing::{Framing, Pane};
use super::layout::{self, Ballot, CHOICES};
use super::panes;
use super::quality;
use super::sample::{self, Sample};
use super::scene::{SAME_SHAPE, Scene, Subject, active_picture};
use super::stack;
use super::stage::PaneStage;
use crate::frame::{Layout, Rect, Size};
use crate::manifest::FramingOverride;

/// Price of the layouts to choose from; the first can always be had, the last costs less where less than all must be shown.
const PRICES: [(Layout, f64); CHOICES] = [
    (Layout::Track, 0.0),
    (Layout::Split, 0.25),
    (Layout::Fit, 0.4),
];
/// What `Fit` costs where it shows no more than a crop that stays: a change of layout all the same.
const SETTLED: f64 = 0.1;
/// What a screen with its camera below costs, and a call with both one above the other: it is what editors make of them.
const STACKED: f64 = 0.05;
/// How much of the output a fitted picture may fill at most: beyond it the bars are dull strips, and a crop takes its place.
const FILLS: f64 = 0.75;
/// How much of a split's smaller pane may be seen in the other one too.
const SEEN_TWICE: f64 = 0.2;
/// A shot of fewer seconds is over before a layout of its own is taken in.
const FLASH: f64 = 0.5;
/// The least height for one width of an output that is split: panes of others would be strips.
const SPLIT_FROM: f64 = 1.2;

/// The framings that a piece may have: one alone where that is decided.
#[derive(Debug)]
pub(super) struct Options {
    seconds: f64,
    people: bool,
    /// In the order of `PRICES`, each with what it is worth.
    framings: [Option<(Framing, f64)>; CHOICES],
}

impl Options {
    /// Returns what the part of a scene in `range` may be shown as; `camera` is where faces of one are that is laid over it.
    pub(super) fn new(
        scene: &Scene,
        range: TimeRange,
        output: Size,
        camera: Option<Rect>,
        decided: Option<&FramingOverride>,
    ) -> Self {
        let active = active_picture(scene, output);
        let subjects = sample::ordered(&scene.subjects, range);
        let samples = looked_at(scene, range, &subjects, active);
        let stage = PaneStage {
            start: range.start(),
            samples: &samples,
            active,
            camera,
            insets: &scene.insets,
            aspect: output.aspect() / scene.frame.aspect(),
            rows: f64::from(output.height) / f64::from(scene.frame.height.max(1)),
        };
        let piece = ScenePiece {
            range,
            subjects: &subjects,
            stage: &stage,
        };
        let one = decided
            .and_then(|decided| panes::decided(&stage, decided))
            .or_else(|| same_shape(&stage));
        Self {
            seconds: range.duration().as_secs_f64(),
            people: samples.iter().any(|sample| !sample.faces.is_empty()),
            framings: match one {
                Some((layout, panes)) => [Some(piece.framed(layout, panes, 0.0)), None, None],
                None => piece.framings(1.0 / output.aspect() >= SPLIT_FROM),
            },
        }
    }

    /// Returns what a layout is worth, if it can be had; what is over in a moment follows its neighbours.
    fn value(&self, layout: usize) -> Option<f64> {
        if self.seconds < FLASH {
            return Some(0.0);
        }
        Some(self.framings[layout].as_ref()?.1)
    }

    /// Tells whether there is nothing to choose from.
    pub(super) fn is_decided(&self) -> bool {
        self.framings.iter().flatten().count() < 2
    }

    /// Tells whether both are to be decided about, and both show people or neither does, as far as one sees that.
    pub(super) fn joins(&self, next: &Self) -> bool {
        let alike = self.people == next.people || self.seconds.min(next.seconds) < FLASH;
        alike && !self.is_decided() && !next.is_decided()
    }
}

/// Returns what is seen of a scene; where somebody writes, one looks at what is written.
fn looked_at(scene: &Scene, range: TimeRange, subjects: &[&Subject], active: Rect) -> Vec<Sample> {
    let mut samples = sample::samples(range, subjects, scene, active);
    if let Some(part) = scene.written.and_then(|part| part.shared(active)) {
        for sample in &mut samples {
            sample.salience = vec![(part, 1.0)];
        }
    }
    samples
}

/// Returns the framing of each piece of a segment that is decided about as one.
pub(super) fn decide(pieces: Vec<Options>) -> Vec<Framing> {
    let ballots: Vec<Ballot> = pieces
        .iter()
        .map(|piece| Ballot {
            seconds: piece.seconds,
            values: std::array::from_fn(|n| piece.value(n)),
        })
        .collect();
    let chosen = layout::choose(&ballots).into_iter().zip(pieces);
    let framings = chosen.map(|(number, mut piece)| {
        let [first, ..] = &mut piece.framings;
        let first = first.take();
        if number == 0 {
            first
        } else {
            piece.framings[number].take().or(first)
        }
    });
    let framings = framings.map(|framing| framing.expect("only what can be had is chosen").0);
    framings.collect()
}

/// A piece whose framings are made.
struct ScenePiece<'a> {
    range: TimeRange,
    subjects: &'a [&'a Subject],
    stage: &'a PaneStage<'a>,
}

impl ScenePiece<'_> {
    fn framings(&self, upright: bool) -> [Option<(Framing, f64)>; CHOICES] {
        let pair = panes::pair(self.stage).filter(|_| upright);
        let split = pair.map(|pair| panes::split(self.stage, Some(pair)));
        let split = split.filter(|panes| self.seen_twice(panes) <= SEEN_TWICE);
        let track = panes::panes(self.stage, Layout::Track);
        let price = |shrunk: f64| SETTLED + (PRICES[2].1 - SETTLED) * shrunk;
        let (fitted, shrunk) = fit::fitted(self.stage, price);
        let narrow = fitted.iter().any(|pane| pane.fills() >= FILLS);
        let fit = if narrow && quality::text_cut(self.stage.samples, &track) == 0.0 {
            self.framed(Layout::Track, track.clone(), SETTLED)
        } else {
            self.framed(Layout::Fit, fitted, price(shrunk))
        };
        let found = |parts: fn(&PaneStage<'_>) -> Option<Vec<Pane>>| {
            upright.then(|| parts(self.stage)).flatten()
        };
        let stack = found(stack::screen_and_camera).map(|panes| (Layout::Stack, panes, STACKED));
        let call = found(stack::call).map(|panes| (Layout::Split, panes, STACKED));
        let split = split.map(|panes| (Layout::Split, panes, PRICES[1].1));
        let parted = stack.or(call).or(split);
        let parted = parted.map(|(layout, panes, price)| self.framed(layout, panes, price));
        [
            Some(self.framed(Layout::Track, track, PRICES[0].1)),
            parted,
            Some(fit),
        ]
    }

    /// Returns how much of the smaller of two panes the other one shows too, on average.
    fn seen_twice(&self, panes: &[Pane]) -> f64 {
        let [a, b] = panes else { return 0.0 };
        let count = self.stage.samples.len().max(1);
        let shared = (0..count).map(|k| {
            let (a, b) = (a.path.after(k as f64), b.path.after(k as f64));
            a.share_in(b).max(b.share_in(a))
        });
        shared.sum::<f64>() / count as f64
    }

    fn framed(&self, layout: Layout, panes: Vec<Pane>, price: f64) -> (Framing, f64) {
        let samples: &[Sample] = self.stage.samples;
        let quality = quality::quality(samples, self.subjects, &panes);
        let worth = quality::kept(samples, &panes, quality.coverage) - price;
        let framing = Framing {
            range: self.range,
            layout,
            panes,
            quality,
        };
        (framing, worth)
    }
}

fn same_shape(stage: &PaneStage<'_>) -> Option<(Layout, Vec<Pane>)> {
    let crop = stage.active.largest(stage.aspect);
    let same = stage.active.share_in(crop) >= 1.0 - SAME_SHAPE;
    same.then(|| (Layout::Whole, panes::panes(stage, Layout::Whole)))
}
