//! Panes of each layout: the sizes of the crops, and where on the output they are shown.

use super::fit::fit;
use super::framing::Pane;
use super::path::Path;
use super::quality;
use super::sample::{Face, Sample};
use super::solve;
use super::stack;
use super::stage::{ENLARGED, PaneStage};
use crate::frame::{Layout, Rect};
use crate::manifest::FramingOverride;

/// The two subjects of a split, upper pane first.
pub(super) type Pair = [Half; 2];

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Half {
    subject: usize,
    /// How high its pane's crop is, in fractions of the picture.
    height: f64,
}

/// How much of a pane's height a head takes, and how much it takes at most.
const HEAD: (f64, f64) = (0.45, 0.75);
/// A head that takes less of a crop's height is far away; so much of it is what a closer crop gives it.
const FAR_HEAD: f64 = 0.14;
const NEAR_HEAD: f64 = 0.22;
/// How many times closer a crop comes at most, and rows of the output for each row of the picture that are still good to see.
const CLOSER: f64 = 2.0;
const COARSE: f64 = 4.0;
/// What a closer crop may miss more, as a share of all heads: an audience, say.
const LEFT_OUT: f64 = 0.1;
/// The least that the lesser of two matters, as a share of the greater one.
const MATTERS: f64 = 0.35;
/// The least share of time with either in which both are there.
const TOGETHER: f64 = 0.6;

/// Returns the crop that keeps to the heads; of one who is seen from afar, a closer one that misses hardly more.
fn track(stage: &PaneStage<'_>) -> Vec<Pane> {
    let crop = stage.active.largest(stage.aspect);
    let solved = |size| solve::solve(stage.samples, stage.start, stage.active, size);
    let whole = solved((crop.width, crop.height));
    let closer = closer(stage, crop.height).map(|height| solved((height * stage.aspect, height)));
    let heads = |path: &Path| solve::missed(stage.samples, path).heads;
    let all: f64 = stage
        .samples
        .iter()
        .flat_map(|sample| &sample.faces)
        .map(|seen| seen.weight)
        .sum();
    let closer = closer.filter(|closer| heads(closer) <= heads(&whole) + all * LEFT_OUT);
    let pane = |path| {
        vec![Pane {
            path,
            target: Rect::WHOLE,
        }]
    };
    let whole = pane(whole);
    let text_cut = |panes: &Vec<Pane>| quality::text_cut(stage.samples, panes);
    let closer = closer
        .map(pane)
        .filter(|closer| text_cut(closer) <= text_cut(&whole));
    closer.unwrap_or(whole)
}

/// Returns how high a crop is that comes closer to who counts most, or `None` where they are not far, or the picture too coarse.
fn closer(stage: &PaneStage<'_>, height: f64) -> Option<f64> {
    let [subject, ..] = greatest(stage.samples)[..] else {
        return None;
    };
    let head = Of::new(stage, subject).head.1;
    let closer = (head / NEAR_HEAD)
        .max(height / CLOSER)
        .max(stage.rows / COARSE);
    (head < FAR_HEAD * height && closer < height).then_some(closer)
}

/// Returns two crops, one above the other.
///
/// Without two subjects they are the middles of the picture's left and right half.
pub(super) fn split(stage: &PaneStage<'_>, pair: Option<Pair>) -> Vec<Pane> {
    let path = |number: usize| match pair {
        Some(pair) => half(stage, pair[number]),
        None => {
            let half = Rect {
                x: stage.active.x + stage.active.width / 2.0 * number as f64,
                width: stage.active.width / 2.0,
                ..stage.active
            };
            Path::still(stage.start, half.largest(stage.aspect * 2.0))
        }
    };
    let panes = (0..2).map(|number| Pane {
        path: path(number),
        target: Rect {
            y: number as f64 / 2.0,
            height: 0.5,
            ..Rect::WHOLE
        },
    });
    panes.collect()
}

/// Returns one crop that stays.
fn still(stage: &PaneStage<'_>, crop: Rect) -> Vec<Pane> {
    vec![Pane {
        path: Path::still(stage.start, crop),
        target: Rect::WHOLE,
    }]
}

/// Returns the panes of a layout.
pub(super) fn panes(stage: &PaneStage<'_>, layout: Layout) -> Vec<Pane> {
    match layout {
        Layout::Track => track(stage),
        Layout::Split => split(stage, pair(stage)),
        Layout::Stack => {
            stack::screen_and_camera(stage).unwrap_or_else(|| split(stage, pair(stage)))
        }
        Layout::Fit => fit(stage, stage.active),
        Layout::Whole => still(stage, stage.active.largest(stage.aspect)),
    }
}

/// Returns what a person has decided; `None` when that is nothing.
pub(super) fn decided(
    stage: &PaneStage<'_>,
    decided: &FramingOverride,
) -> Option<(Layout, Vec<Pane>)> {
    if !decided.regions.is_empty() {
        let layout = decided.layout.unwrap_or(Layout::Split);
        return Some((layout, stack::named_parts(stage, layout, &decided.regions)));
    }
    let Some(region) = decided.region else {
        let layout = decided.layout?;
        return Some((layout, panes(stage, layout)));
    };
    let region = region.shared(stage.active).unwrap_or(stage.active);
    let largest = stage.active.largest(stage.aspect);
    let width = region.width.max(region.height * stage.aspect);
    let open = if width <= largest.width {
        Layout::Track
    } else {
        Layout::Fit
    };
    let layout = decided.layout.unwrap_or(open);
    let panes = match layout {
        Layout::Fit => fit(stage, region),
        Layout::Split | Layout::Stack => {
            let stage = PaneStage {
                active: region,
                ..*stage
            };
            panes(&stage, layout)
        }
        Layout::Track | Layout::Whole => {
            let width = width.min(largest.width);
            let crop = region.centred((width, width / stage.aspect));
            still(stage, crop.moved_into(stage.active))
        }
    };
    Some((layout, panes))
}

/// Returns the two that a split shows: both matter, are there together, and are far enough apart that neither's pane
/// shows the other.
pub(super) fn pair(stage: &PaneStage<'_>) -> Option<Pair> {
    let [a, b] = greatest_two(stage.samples)?;
    let (mut left, mut right) = (Of::new(stage, a), Of::new(stage, b));
    if left.weight.min(right.weight) < MATTERS * left.weight.max(right.weight) {
        return None;
    }
    let has = |sample: &&Sample, n: usize| sample.faces.iter().any(|seen| seen.subject == n);
    let samples = stage.samples.iter();
    let both = samples.clone().filter(|s| has(s, a) && has(s, b)).count();
    let either = samples.filter(|s| has(s, a) || has(s, b)).count();
    if (both as f64) < TOGETHER * either as f64 {
        return None;
    }
    if right.middle < left.middle {
        (left, right) = (right, left);
    }
    Some([
        Half {
            subject: left.subject,
            height: left.height(stage, &right)?,
        },
        Half {
            subject: right.subject,
            height: right.height(stage, &left)?,
        },
    ])
}

fn half(stage: &PaneStage<'_>, half: Half) -> Path {
    let samples = stage.samples.iter().map(|sample| {
        let own = sample.faces.iter().filter(|f| f.subject == half.subject);
        Sample {
            faces: own.copied().collect(),
            salience: Vec::new(),
            text: sample.text.clone(),
        }
    });
    let samples: Vec<_> = samples.collect();
    let size = (half.height * stage.aspect * 2.0, half.height);
    solve::solve(&samples, stage.start, stage.active, size)
}

/// What one subject is like over the scene.
struct Of {
    subject: usize,
    weight: f64,
    middle: f64,
    head: (f64, f64),
}

impl Of {
    fn new(stage: &PaneStage<'_>, subject: usize) -> Self {
        let faces = stage.samples.iter().flat_map(|sample| &sample.faces);
        let own: Vec<&Face> = faces.filter(|seen| seen.subject == subject).collect();
        Self {
            subject,
            weight: own.iter().map(|seen| seen.weight).sum(),
            middle: median(own.iter().map(|seen| seen.face.middle().0)),
            head: (
                median(own.iter().map(|seen| seen.head.width)),
                median(own.iter().map(|seen| seen.head.height)),
            ),
        }
    }

    /// Returns the height of the crop for it, or `None` when a crop without `other` would be too small for it.
    fn height(&self, stage: &PaneStage<'_>, other: &Self) -> Option<f64> {
        let aspect = stage.aspect * 2.0;
        let largest = stage.active.largest(aspect).height;
        let apart = (self.middle - other.middle).abs() - other.head.0 / 2.0;
        // A crop that the edge of the picture holds back reaches further over to the other.
        let own_side = if self.middle < other.middle {
            self.middle - stage.active.x
        } else {
            stage.active.right() - self.middle
        };
        let width = (2.0 * apart).min(own_side + apart);
        let without = (width / aspect).min(largest);
        let sharp = (stage.rows / 2.0 / ENLARGED).min(largest);
        let least = sharp.max(self.head.1 / HEAD.1);
        (least <= without).then(|| (self.head.1 / HEAD.0).clamp(least, without))
    }
}

/// Returns the two subjects that count most, of equals the first.
fn greatest_two(samples: &[Sample]) -> Option<[usize; 2]> {
    let order = greatest(samples);
    Some([*order.first()?, *order.get(1)?])
}

/// Returns the subjects by what they count, the greatest first, of equals the first.
fn greatest(samples: &[Sample]) -> Vec<usize> {
    let mut weights: Vec<f64> = Vec::new();
    for seen in samples.iter().flat_map(|sample| &sample.faces) {
        if weights.len() <= seen.subject {
            weights.resize(seen.subject + 1, 0.0);
        }
        weights[seen.subject] += seen.weight;
    }
    let mut order: Vec<usize> = (0..weights.len()).filter(|&n| weights[n] > 0.0).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    order
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}
