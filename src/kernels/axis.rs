//! One axis of a scaled picture: which samples make each sample of the result.

/// The sharpness of the cubic: FFmpeg's own.
const SHARPNESS: f64 = 0.6;

/// Which samples of one axis make each sample of the result, and how much of each.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaleAxis {
    pub(super) first: Vec<usize>,
    pub(super) weights: Vec<f32>,
    pub(super) taps: usize,
}

impl ScaleAxis {
    /// Returns the weights for `count` samples out of `samples`: the first is centred on sample `origin`, the next `step`
    /// further; what lies outside repeats the edge.
    pub fn new(samples: usize, origin: f64, step: f64, count: usize) -> Self {
        let stretch = step.max(1.0);
        let wanted = (4.0 * stretch).ceil() as usize;
        let taps = wanted.min(samples.max(1));
        let mut axis = Self {
            first: Vec::with_capacity(count),
            weights: Vec::with_capacity(count * taps),
            taps,
        };
        let mut weights = vec![0.0; taps];
        for index in 0..count {
            let centre = origin + index as f64 * step;
            let lowest = (centre - 2.0 * stretch).ceil();
            let first = lowest.clamp(0.0, (samples - taps) as f64) as usize;
            weights.fill(0.0);
            for tap in 0..wanted {
                let at = lowest + tap as f64;
                let place = (at - first as f64).clamp(0.0, (taps - 1) as f64) as usize;
                weights[place] += cubic((at - centre).abs() / stretch);
            }
            axis.first.push(first);
            let sum: f64 = weights.iter().sum();
            let whole = weights.iter().map(|weight| (weight / sum) as f32);
            axis.weights.extend(whole);
        }
        axis
    }

    pub(super) fn count(&self) -> usize {
        self.first.len()
    }

    /// Returns the first sample needed and the first one that is not.
    pub(super) fn span(&self) -> (usize, usize) {
        let (first, last) = (self.first.first(), self.first.last());
        let end = last.map_or(0, |last| last + self.taps);
        (first.copied().unwrap_or(0), end)
    }
}

/// Keys' cubic: 1 at 0, 0 from 2 on.
fn cubic(x: f64) -> f64 {
    let a = -SHARPNESS;
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn weights_sum_up_and_stay_inside(samples in 1..90_usize, origin in -50.0..150.0, step in 0.01..40.0) {
            let axis = ScaleAxis::new(samples, origin, step, 30);
            for (index, first) in axis.first.iter().enumerate() {
                let weights = &axis.weights[index * axis.taps..][..axis.taps];
                prop_assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                prop_assert!(first + axis.taps <= samples);
            }
        }
    }
}
