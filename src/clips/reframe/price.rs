//! Price of a crop position at a sample, along one axis.

use super::axis::Axis;
use super::sample::{BRINK, Sample};

/// Where on the crop a face is best: in the middle across, in the upper third or a little below it down.
pub(super) const BEST: (f64, f64) = (0.5, 0.38);
/// How far off that is as good, in crops.
const FREE: f64 = 0.1;
/// What one crop further off costs.
const OFF: f64 = 0.15;
/// What an uncovered head costs before it is far away, and for each crop further.
const OUT: (f64, f64) = (0.5, 2.0);
/// What an uncovered head costs for each crop, near or far: enough to know which way to go.
const FAR: f64 = 0.02;
/// Air that heads are given at the edges, in crops.
const AIR: f64 = 0.02;
/// How much salience counts while faces are seen.
const BESIDE_FACES: f64 = 0.2;
/// What a line of text costs that an edge of the crop cuts, less than a head out of sight.
const CUT_LINE: f64 = 0.3;
/// What one crop away from the middle costs, where nothing else speaks.
const MIDDLE: f64 = 0.001;

/// What is wanted inside the crop, along one axis.
#[derive(Debug, Clone, Copy)]
struct Want {
    low: f64,
    high: f64,
    /// Where the middle of the face is; `None` for salience.
    face: Option<f64>,
    weight: f64,
}

/// A line of text along one axis: whole inside the crop or whole outside.
#[derive(Debug, Clone, Copy)]
struct Line {
    low: f64,
    high: f64,
}

/// The prices along one axis: seconds of the most that is ever seen being out of sight.
#[derive(Debug)]
pub(super) struct AxisPrices {
    axis: Axis,
    best: f64,
    wants: Vec<Vec<Want>>,
    lines: Vec<Vec<Line>>,
}

/// Which axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// From left to right.
    X,
    /// From top to bottom.
    Y,
}

impl AxisPrices {
    /// Returns the prices of what the samples show; a second of them counts `1 / RATE` each.
    pub(super) fn new(samples: &[Sample], axis: Axis, along: Along) -> Self {
        let mut wants: Vec<Vec<Want>> = samples.iter().map(|s| wants(s, along)).collect();
        let most = |of: &Vec<Want>| of.iter().map(|w| w.weight).sum::<f64>();
        let most = wants.iter().map(most).fold(f64::MIN_POSITIVE, f64::max);
        let second = 1.0 / f64::from(super::path::RATE);
        let each = wants.iter_mut().flatten();
        each.for_each(|want| want.weight *= second / most);
        let best = match along {
            Along::X => BEST.0,
            Along::Y => BEST.1,
        };
        let lines = samples.iter().map(|sample| lines(sample, along)).collect();
        Self {
            axis,
            best,
            wants,
            lines,
        }
    }

    /// Returns how many samples there are.
    pub(super) fn len(&self) -> usize {
        self.wants.len()
    }

    /// Writes the price of each place at sample `k`.
    pub(super) fn write(&self, k: usize, prices: &mut [f32]) {
        let middle = (self.axis.places - 1) as f64 / 2.0;
        for (place, price) in prices.iter_mut().enumerate() {
            let from_middle = (place as f64 - middle).abs() * self.axis.step();
            let at = self.axis.at(place);
            let wants = self.wants[k].iter().map(|want| self.want(want, at));
            let cut = self.lines[k].iter().map(|line| self.cut(line, at));
            *price = (wants.sum::<f64>() + cut.sum::<f64>() + from_middle * MIDDLE) as f32;
        }
    }

    /// Returns the price of each place for a crop that stays there all the time.
    pub(super) fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.axis.places];
        let mut prices = vec![0.0; self.axis.places];
        for k in 0..self.len() {
            self.write(k, &mut prices);
            let sums = total.iter_mut().zip(&prices);
            sums.for_each(|(sum, price)| *sum += f64::from(*price));
        }
        total
    }

    /// Returns what it costs that an edge of the crop lies inside a line: more the less there is to do about it.
    fn cut(&self, line: &Line, at: f64) -> f64 {
        let end = at + self.axis.crop;
        let length = line.high - line.low;
        let shown = (line.high.min(end) - line.low.max(at)) / length.max(f64::MIN_POSITIVE);
        let second = 1.0 / f64::from(super::path::RATE);
        if shown > BRINK && shown < 1.0 - BRINK {
            CUT_LINE * second
        } else {
            0.0
        }
    }

    fn want(&self, want: &Want, at: f64) -> f64 {
        let crop = self.axis.crop;
        let air = (AIR * crop).min((crop - (want.high - want.low)).max(0.0) / 2.0);
        let before = at - (want.low - air).max(self.axis.at(0));
        let after = (want.high + air).min(self.axis.end()) - (at + crop);
        let out = before.max(after).max(0.0) / crop;
        let price = match want.face {
            None => out.min((want.high - want.low) / crop) * crop / (want.high - want.low),
            Some(_) if out > 1e-6 => (OUT.0 + OUT.1 * out).min(1.0) + FAR * out,
            Some(face) => {
                let off = ((face - at) / crop - self.best).abs();
                OFF * (off - FREE).max(0.0)
            }
        };
        want.weight * price
    }
}

fn lines(sample: &Sample, along: Along) -> Vec<Line> {
    let lines = sample.text.iter().map(|area| match along {
        Along::X => Line {
            low: area.x,
            high: area.right(),
        },
        Along::Y => Line {
            low: area.y,
            high: area.bottom(),
        },
    });
    lines.collect()
}

fn wants(sample: &Sample, along: Along) -> Vec<Want> {
    let beside = if sample.faces.is_empty() {
        1.0
    } else {
        BESIDE_FACES
    };
    let faces = sample.faces.iter().map(|seen| match along {
        Along::X => Want {
            low: seen.head.x,
            high: seen.head.right(),
            face: Some(seen.face.middle().0),
            weight: seen.weight,
        },
        Along::Y => Want {
            low: seen.head.y,
            high: seen.head.bottom(),
            face: Some(seen.face.middle().1),
            weight: seen.weight,
        },
    });
    let salience = sample.salience.iter().map(|(area, weight)| {
        let (low, high) = match along {
            Along::X => (area.x, area.right()),
            Along::Y => (area.y, area.bottom()),
        };
        Want {
            low,
            high,
            face: None,
            weight: weight * beside,
        }
    });
    faces.chain(salience).collect()
}
