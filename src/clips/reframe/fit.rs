//! Fitted pictures: as much of the picture as is worth its bars, with room left above and below it or at its sides.

use super::framing::Pane;
use super::path::Path;
use super::quality;
use super::sample::Sample;
use super::stage::PaneStage;
use crate::frame::Rect;

/// Room at both ends of a line of text, in lengths of the line.
const BESIDE_TEXT: f64 = 0.06;
/// Lengths, and places for each, that are tried between what must be seen and what may be.
const LENGTHS: usize = 6;
const PLACES: usize = 9;

/// Returns all of `area`, with room left above and below it or at its sides.
pub(super) fn fit(stage: &PaneStage<'_>, area: Rect) -> Vec<Pane> {
    let wider = area.width / area.height / stage.aspect;
    vec![Pane {
        path: Path::still(stage.start, area),
        target: Rect::WHOLE.centred((wider.min(1.0), (1.0 / wider).min(1.0))),
    }]
}

/// Returns the part of the picture that is best fitted, and how much of its shrinking beyond a full-size crop it has, 0 to 1.
///
/// All heads and all that can be read are in it, and of what draws the eye as much as is worth `price` of the shrinking. It has
/// the whole length of the picture one way, and reaches as far as it must the other way.
pub(super) fn fitted(stage: &PaneStage<'_>, price: impl Fn(f64) -> f64) -> (Vec<Pane>, f64) {
    let ground = FitGround::new(stage);
    let fitted = ground.spans().into_iter().map(|span| {
        let panes = fit(stage, ground.area(span));
        let shrunk = ground.shrunk(span.1 - span.0);
        let worth = quality::salience_seen(stage.samples, &panes) - price(shrunk);
        (worth, panes, shrunk)
    });
    let better = |a: &(f64, Vec<Pane>, f64), b: &(f64, Vec<Pane>, f64)| b.0 > a.0 + 1e-9;
    let best = fitted.reduce(|a, b| if better(&a, &b) { b } else { a });
    let (_, panes, shrunk) = best.unwrap_or_else(|| (0.0, fit(stage, stage.active), 1.0));
    (panes, shrunk)
}

/// What a fitted part is chosen from, along the way in which it may be shorter than the picture.
struct FitGround {
    active: Rect,
    wide: bool,
    /// From where to where the picture goes.
    all: (f64, f64),
    /// The length of a crop that fills the output.
    least: f64,
    /// From where to where there is what must be seen.
    must: Option<(f64, f64)>,
    /// The same with what draws the eye.
    may: Option<(f64, f64)>,
}

impl FitGround {
    fn new(stage: &PaneStage<'_>) -> Self {
        let (active, crop) = (stage.active, stage.active.largest(stage.aspect));
        let wide = crop.width < active.width;
        let along = |area: Rect| {
            if wide {
                (area.x, area.right())
            } else {
                (area.y, area.bottom())
            }
        };
        let span = |areas: &mut dyn Iterator<Item = Rect>| {
            areas.map(along).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        };
        let must = span(&mut stage.samples.iter().flat_map(must_see));
        let eyes = stage.samples.iter().flat_map(draws_eye);
        let may = span(&mut stage.samples.iter().flat_map(must_see).chain(eyes));
        let (from, to) = along(crop);
        Self {
            active,
            wide,
            all: along(active),
            least: to - from,
            must,
            may,
        }
    }

    /// Returns the spans to choose from, the shortest first; all of the picture where nothing is known of it.
    fn spans(&self) -> Vec<(f64, f64)> {
        let Some(may) = self.may else {
            return vec![self.all];
        };
        let longest = self.length_of(may);
        let shortest = self.must.map_or(self.least, |must| self.length_of(must));
        let steps = if longest - shortest > 1e-9 {
            LENGTHS
        } else {
            1
        };
        let part = |n: usize, of: usize| n as f64 / (of - 1).max(1) as f64;
        let spans = (0..steps).flat_map(|n| {
            let length = shortest + (longest - shortest) * part(n, steps);
            let (first, last) = self.places(length, may);
            let places = if last - first > 1e-9 { PLACES } else { 1 };
            (0..places).map(move |k| {
                // From the middle outwards: of equals the first is taken.
                let from_middle = k.div_ceil(2) as f64 / (places / 2).max(1) as f64 / 2.0;
                let at = if k % 2 == 0 {
                    0.5 + from_middle
                } else {
                    0.5 - from_middle
                };
                let start = first + (last - first) * at;
                (start, start + length)
            })
        });
        spans.collect()
    }

    fn length_of(&self, (start, end): (f64, f64)) -> f64 {
        (end - start).clamp(self.least, self.all.1 - self.all.0)
    }

    /// Returns the first and the last start of a span of a length that holds what must be seen and nothing but what may be.
    fn places(&self, length: f64, may: (f64, f64)) -> (f64, f64) {
        let inside = |start: f64| start.clamp(self.all.0, (self.all.1 - length).max(self.all.0));
        let around = |(start, end): (f64, f64)| (start + end - length) / 2.0;
        if may.1 - may.0 <= length {
            let start = inside(around(may));
            return (start, start);
        }
        let (mut first, mut last) = (may.0, may.1 - length);
        if let Some(must) = self.must {
            let (low, high) = (must.1 - length, must.0);
            let only = inside(around(must));
            if low > high {
                return (only, only);
            }
            (first, last) = (first.max(low), last.min(high));
        }
        let (first, last) = (inside(first), inside(last));
        (first.min(last), last)
    }

    fn area(&self, (start, end): (f64, f64)) -> Rect {
        if self.wide {
            Rect {
                x: start,
                width: end - start,
                ..self.active
            }
        } else {
            Rect {
                y: start,
                height: end - start,
                ..self.active
            }
        }
    }

    fn shrunk(&self, length: f64) -> f64 {
        let most = 1.0 - self.least / (self.all.1 - self.all.0);
        let shrunk = (1.0 - self.least / length) / most.max(f64::MIN_POSITIVE);
        shrunk.clamp(0.0, 1.0)
    }
}

/// Returns what must be seen of a sample: its heads, and all that can be read.
fn must_see(sample: &Sample) -> impl Iterator<Item = Rect> {
    let heads = sample.faces.iter().map(|face| face.head);
    let text = sample.text.iter().map(|line| Rect {
        x: line.x - BESIDE_TEXT * line.width,
        width: line.width * (1.0 + 2.0 * BESIDE_TEXT),
        ..*line
    });
    heads.chain(text)
}

/// Returns what draws the eye where there are no heads.
fn draws_eye(sample: &Sample) -> impl Iterator<Item = Rect> {
    let salience = sample.salience.iter().map(|(area, _)| *area);
    salience.filter(|_| sample.faces.is_empty())
}
