//! Any part of a plane, down to fractions of a sample, scaled to any size in one step.
//!
//! A crop that glides must not jump by whole samples, which is all that cropping before or after FFmpeg's scaler can do.
//! Here the part's edges go into the weights: each sample of the result is a weighted sum of samples of the source
//! (cubic, as sharp as FFmpeg's bicubic, widened where the picture shrinks), first along rows, then down columns.

use crate::media::Plane;

/// Rows that go through the first pass together, one in each lane of a vector.
const LANES: usize = 16;

/// Columns that go through the second pass together.
const BLOCK: usize = 64;

/// The sharpness of the cubic: FFmpeg's own.
const SHARPNESS: f64 = 0.6;

/// Weights of one sample sum up to this.
const ONE: i32 = 1 << 14;

/// Which samples of one axis make each sample of the result, and how much of each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    first: Vec<usize>,
    weights: Vec<i16>,
    taps: usize,
}

impl Axis {
    /// Returns the weights for `count` samples out of `samples`: the first is centred on sample `origin`, the next `step`
    /// further; what lies outside repeats the edge.
    pub(super) fn new(samples: usize, origin: f64, step: f64, count: usize) -> Self {
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
            push_whole(&weights, &mut axis.weights);
        }
        axis
    }

    fn count(&self) -> usize {
        self.first.len()
    }

    /// Returns the first sample needed and the first one that is not.
    fn span(&self) -> (usize, usize) {
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

/// Appends weights as whole numbers that sum up to [`ONE`] exactly; the largest takes what rounding leaves.
fn push_whole(weights: &[f64], into: &mut Vec<i16>) {
    let sum: f64 = weights.iter().sum();
    let start = into.len();
    let unit = f64::from(ONE) / sum;
    into.extend(weights.iter().map(|weight| (weight * unit).round() as i16));
    let whole: i32 = into[start..].iter().map(|&weight| i32::from(weight)).sum();
    if let Some(largest) = into[start..].iter_mut().max() {
        *largest += (ONE - whole) as i16;
    }
}

/// A sample of a result: the second pass gives 13 bits with a sign.
pub(super) trait Sample: Copy {
    /// Returns the nearest value that fits.
    fn from_thirteen(value: i16) -> Self;
}

impl Sample for u8 {
    #[inline(always)]
    fn from_thirteen(value: i16) -> Self {
        (value.saturating_add(16) >> 5).clamp(0, 255) as u8
    }
}

/// 12 bits.
impl Sample for u16 {
    #[inline(always)]
    fn from_thirteen(value: i16) -> Self {
        (value.saturating_add(1) >> 1).clamp(0, 4095) as u16
    }
}

/// Where a result goes: samples from its upper left corner on, and how many from one row to the next.
pub(super) struct Target<'a, T> {
    pub(super) samples: &'a mut [T],
    pub(super) stride: usize,
}

/// Scales planes; keeps its buffers.
#[derive(Default)]
pub(super) struct Scaler {
    columns: Vec<[i16; LANES]>,
    ring: Vec<i16>,
}

impl Scaler {
    /// Scales one channel of a plane of `rows` rows of samples of `bits` bits (8 to 12).
    ///
    /// # Panics
    /// When the plane is shorter than the axes promise, or the target than their counts.
    pub(super) fn scale<S: Copy + Into<u16>, T: Sample>(
        &mut self,
        plane: Plane<'_, S>,
        channel: usize,
        bits: u32,
        axes: (&Axis, &Axis),
        target: &mut Target<'_, T>,
    ) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just said that it has these instructions.
            return unsafe { self.scale_wide(plane, channel, bits, axes, target) };
        }
        self.scale_any(plane, channel, bits, axes, target);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn scale_wide<S: Copy + Into<u16>, T: Sample>(
        &mut self,
        plane: Plane<'_, S>,
        channel: usize,
        bits: u32,
        axes: (&Axis, &Axis),
        target: &mut Target<'_, T>,
    ) {
        self.scale_any(plane, channel, bits, axes, target);
    }

    // Always inlined, like all below it, so that each caller's instructions reach the loops.
    #[inline(always)]
    fn scale_any<S: Copy + Into<u16>, T: Sample>(
        &mut self,
        plane: Plane<'_, S>,
        channel: usize,
        bits: u32,
        (across, down): (&Axis, &Axis),
        target: &mut Target<'_, T>,
    ) {
        let width = across.count();
        let (first, end) = down.span();
        // Whole groups, and one more than a result needs at once.
        let slots = (down.taps + 2 * LANES).next_multiple_of(LANES);
        self.ring.resize(slots * width, 0);
        let mut ready = first;
        for (y, row) in target
            .samples
            .chunks_mut(target.stride)
            .take(down.count())
            .enumerate()
        {
            let from = down.first[y];
            while ready < from + down.taps {
                let slot = (ready - first) % slots;
                let into = &mut self.ring[slot * width..][..LANES * width];
                fill_rows(
                    &mut self.columns,
                    plane,
                    channel,
                    bits,
                    across,
                    ready..end,
                    into,
                );
                ready += LANES;
            }
            let weights = &down.weights[y * down.taps..][..down.taps];
            sum_rows(
                &self.ring,
                width,
                (from - first) % slots,
                slots,
                weights,
                &mut row[..width],
            );
        }
    }
}

/// Scales up to [`LANES`] rows along their length; the last one stands in for those past the end.
#[inline(always)]
fn fill_rows<S: Copy + Into<u16>>(
    columns: &mut Vec<[i16; LANES]>,
    plane: Plane<'_, S>,
    channel: usize,
    bits: u32,
    across: &Axis,
    rows: std::ops::Range<usize>,
    into: &mut [i16],
) {
    let (first, end) = across.span();
    let width = across.count();
    columns.resize(end - first, [0; LANES]);
    for lane in 0..LANES {
        let row = (rows.start + lane).min(rows.end - 1);
        let samples = &plane.samples[row * plane.stride + first * plane.channels + channel..];
        let samples = samples.iter().step_by(plane.channels);
        for (column, &sample) in columns.iter_mut().zip(samples) {
            column[lane] = (sample.into() << (15 - bits)) as i16;
        }
    }
    for x in 0..width {
        let taps = &columns[across.first[x] - first..][..across.taps];
        let weights = &across.weights[x * across.taps..][..across.taps];
        let mut sum = [0_i16; LANES];
        for (column, &weight) in taps.iter().zip(weights) {
            for (sum, &sample) in sum.iter_mut().zip(column) {
                *sum = sum.wrapping_add(part(sample, weight));
            }
        }
        for (lane, sum) in sum.into_iter().enumerate() {
            into[lane * width + x] = sum;
        }
    }
}

/// Sums up rows of the ring from `slot` on into one row of the result.
#[inline(always)]
fn sum_rows<T: Sample>(
    ring: &[i16],
    width: usize,
    slot: usize,
    slots: usize,
    weights: &[i16],
    into: &mut [T],
) {
    for (at, into) in into.chunks_mut(BLOCK).enumerate() {
        let mut sum = [0_i16; BLOCK];
        for (tap, &weight) in weights.iter().enumerate() {
            let slot = (slot + tap) % slots;
            let row = &ring[slot * width + at * BLOCK..][..into.len()];
            if let Some(row) = row.first_chunk::<BLOCK>() {
                add_row(&mut sum, row, weight);
            } else {
                for (sum, &sample) in sum.iter_mut().zip(row) {
                    *sum = sum.wrapping_add(part(sample, weight));
                }
            }
        }
        for (into, sum) in into.iter_mut().zip(sum) {
            *into = T::from_thirteen(sum);
        }
    }
}

#[inline(always)]
fn add_row(sum: &mut [i16; BLOCK], row: &[i16; BLOCK], weight: i16) {
    for (sum, &sample) in sum.iter_mut().zip(row) {
        *sum = sum.wrapping_add(part(sample, weight));
    }
}

/// Returns half of `sample` times `weight` in units of [`ONE`], rounded: one instruction of most processors.
#[inline(always)]
fn part(sample: i16, weight: i16) -> i16 {
    ((((i32::from(sample) * i32::from(weight)) >> 14) + 1) >> 1) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scaled(samples: &[u8], size: (usize, usize), across: &Axis, down: &Axis) -> Vec<u8> {
        let plane = Plane {
            samples,
            stride: size.0,
            channels: 1,
        };
        let mut result = vec![0; across.count() * down.count()];
        let mut target = Target {
            samples: &mut result,
            stride: across.count(),
        };
        Scaler::default().scale(plane, 0, 8, (across, down), &mut target);
        result
    }

    #[test]
    fn a_picture_scaled_to_its_own_size_is_itself() {
        let samples: Vec<u8> = (0..37 * 53).map(|i| (i * 7 % 256) as u8).collect();
        let same = |count| Axis::new(count, 0.0, 1.0, count);
        assert_eq!(scaled(&samples, (37, 53), &same(37), &same(53)), samples);
    }

    #[test]
    fn a_ramp_moves_by_tenths_of_a_sample() {
        let ramp: Vec<u8> = (0..64 * 40).map(|i| (i % 64 * 4) as u8).collect();
        let down = Axis::new(40, 0.0, 1.0, 40);
        let mut before = 0.0;
        for tenth in 1..=10 {
            let across = Axis::new(64, 10.0 + f64::from(tenth) / 10.0, 0.517, 64);
            let result = scaled(&ramp, (64, 40), &across, &down);
            let mean = result.iter().map(|&v| f64::from(v)).sum::<f64>() / result.len() as f64;
            if tenth > 1 {
                assert!(
                    (mean - before - 0.4).abs() < 0.1,
                    "{tenth}: {before} to {mean}"
                );
            }
            before = mean;
        }
    }

    #[test]
    fn a_wide_picture_made_small_is_averaged() {
        let stripes: Vec<u8> = (0..400 * 4)
            .map(|i| if i % 2 == 0 { 0 } else { 200 })
            .collect();
        let across = Axis::new(400, 9.5, 20.0, 20);
        let down = Axis::new(4, 0.0, 1.0, 4);
        let result = scaled(&stripes, (400, 4), &across, &down);
        // The edge repeats a single stripe.
        let inside = result.chunks(20).flat_map(|row| &row[2..18]);
        assert!(inside.into_iter().all(|v| v.abs_diff(100) <= 1));
    }

    proptest! {
        #[test]
        fn a_flat_picture_stays_flat(level: u8, width in 1..70_usize, height in 1..70_usize, origin in -9.0..70.0, step in 0.05..30.0) {
            let across = Axis::new(width, origin, step, 21);
            let down = Axis::new(height, origin, step, 67);
            let result = scaled(&vec![level; width * height], (width, height), &across, &down);
            prop_assert!(result.iter().all(|v| v.abs_diff(level) <= 1));
        }

        #[test]
        fn weights_sum_up_and_stay_inside(samples in 1..90_usize, origin in -50.0..150.0, step in 0.01..40.0) {
            let axis = Axis::new(samples, origin, step, 30);
            for (index, first) in axis.first.iter().enumerate() {
                let weights = &axis.weights[index * axis.taps..][..axis.taps];
                prop_assert_eq!(weights.iter().map(|&w| i32::from(w)).sum::<i32>(), ONE);
                prop_assert!(first + axis.taps <= samples);
            }
        }
    }
}
