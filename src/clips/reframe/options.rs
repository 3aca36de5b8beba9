//! Options of a scene: each layout that it may have, with its price.

use crate::timeline::TimeRange;

use super::framing::{Framing, Pane};
use super::layout::{self, Ballot, CHOICES};
use super::panes::{self, PaneStage};
use super::quality;
use super::sample::{self, Sample};
use super::scene::{Scene, Subject};
use crate::frame::{Layout, Rect, Size};
use crate::manifest::FramingOverride;

/// Price of the layouts to choose from; the first can always be had, the last costs less where less than all must be shown.
const PRICES: [(Layout, f64); CHOICES] = [
    (Layout::Track, 0.0),
    (Layout::Split, 0.25),
    (Layout::Fit, 0.45),
];
/// What `Fit` costs where it shows no more than a crop that stays: a change of layout all the same.
const SETTLED: f64 = 0.1;
/// The least height for one width of an output that is split: panes of others would be strips.
const SPLIT_FROM: f64 = 1.2;
/// How much of a picture may be lost that still counts as one of the output's shape.
const SAME_SHAPE: f64 = 0.02;

/// The framings that a piece may have: one alone where that is decided.
#[derive(Debug)]
pub(super) struct Options {
    seconds: f64,
    people: bool,
    /// In the order of `PRICES`, each with what it is worth.
    framings: [Option<(Framing, f64)>; CHOICES],
}

impl Options {
    /// Returns what the part of a scene in `range` may be shown as.
    pub(super) fn new(
        scene: &Scene,
        range: TimeRange,
        output: Size,
        decided: Option<&FramingOverride>,
    ) -> Self {
        let active = scene.active.and_then(|a| a.shared(Rect::WHOLE));
        let active = active.unwrap_or(Rect::WHOLE);
        let subjects = sample::ordered(&scene.subjects, range);
        let samples = sample::samples(range, &subjects, &scene.salience, active);
        let stage = PaneStage {
            start: range.start(),
            samples: &samples,
            active,
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

    /// Tells whether both are to be decided about, and both show people or neither does.
    pub(super) fn joins(&self, next: &Self) -> bool {
        let open = |options: &Self| options.framings.iter().flatten().count() > 1;
        self.people == next.people && open(self) && open(next)
    }
}

/// Returns the framing of each piece of a segment that is decided about as one.
pub(super) fn decide(pieces: Vec<Options>) -> Vec<Framing> {
    let ballots: Vec<Ballot> = pieces
        .iter()
        .map(|piece| Ballot {
            seconds: piece.seconds,
            values: std::array::from_fn(|n| Some(piece.framings[n].as_ref()?.1)),
        })
        .collect();
    let chosen = layout::choose(&ballots).into_iter().zip(pieces);
    let framings = chosen.map(|(number, mut piece)| piece.framings[number].take());
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
        PRICES.map(|(layout, price)| {
            let (panes, price) = match layout {
                Layout::Split => (panes::split(self.stage, Some(pair?)), price),
                Layout::Fit => {
                    let (panes, shrunk) = panes::fitted(self.stage);
                    (panes, SETTLED + (price - SETTLED) * shrunk)
                }
                _ => (panes::panes(self.stage, layout), price),
            };
            Some(self.framed(layout, panes, price))
        })
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
