//! Smoothing of regions over time, without lag.

use std::time::Duration;

use super::sample::TrackSample;
use crate::analysis::{Point, Region};

/// Returns the samples with each region's middle on the line that fits its neighbours best, and its size their mean.
///
/// Nearer neighbours count more; those `span` away or farther not at all. A face that moves evenly stays where it is.
pub(super) fn smooth(samples: &[TrackSample], span: Duration) -> Vec<TrackSample> {
    let span = span.as_secs_f64();
    let times: Vec<f64> = samples.iter().map(|s| s.time.seconds()).collect();
    let even = |(sample, &time): (&TrackSample, &f64)| {
        let first = times.partition_point(|t| *t < time - span);
        let last = times.partition_point(|t| *t <= time + span);
        let near: Vec<(f64, f64, Region)> = (first..last)
            .map(|n| times[n] - time)
            .zip(&samples[first..last])
            .filter(|(away, _)| away.abs() < span)
            .map(|(away, s)| (1.0 - away.abs() / span, away, s.region))
            .collect();
        match near.len() {
            0 => *sample,
            _ => TrackSample {
                region: fitted(&near),
                ..*sample
            },
        }
    };
    samples.iter().zip(&times).map(even).collect()
}

/// Returns the region at time 0 of neighbours given as weight, time and region.
fn fitted(near: &[(f64, f64, Region)]) -> Region {
    let sum = |value: &dyn Fn(f64, &Region) -> f64| -> f64 {
        near.iter()
            .map(|(weight, away, r)| weight * value(*away, r))
            .sum()
    };
    let (weight, first, second) = (
        sum(&|_, _| 1.0),
        sum(&|away, _| away),
        sum(&|away, _| away * away),
    );
    let mean = |of: &dyn Fn(&Region) -> f32| (sum(&|_, r| of(r).into()) / weight) as f32;
    let spread = weight * second - first * first;
    let line = |of: &dyn Fn(&Region) -> f32| {
        let (level, slope) = (
            sum(&|_, r| of(r).into()),
            sum(&|away, r| away * f64::from(of(r))),
        );
        if spread > 1e-9 {
            ((second * level - first * slope) / spread) as f32
        } else {
            (level / weight) as f32
        }
    };
    let centre = Point {
        x: line(&|r| r.centre().x),
        y: line(&|r| r.centre().y),
    };
    Region::around(centre, mean(&|r| r.width), mean(&|r| r.height)).clipped()
}
