//! Scaler: any part of a plane, down to fractions of a sample, to any size in one step.
//!
//! A crop that glides must not jump by whole samples, which is all that cropping before or after FFmpeg's scaler can do.
//! Here the part's edges go into the weights: each sample of the result is a weighted sum of samples of the source
//! (cubic, as sharp as FFmpeg's bicubic, widened where the picture shrinks), first along rows, then down columns.

use std::ops::Range;

use super::axis::ScaleAxis;
use super::plane::{Plane, PlaneMut, Samples};

/// Rows that go through the first pass together, one in each lane of a vector.
const LANES: usize = 16;

/// Samples of a row that the first pass writes together.
const TILE: usize = 8;

/// Added to a small number, the sum has the nearest whole one in its lowest bits; a cast would go number by number.
const ROUND: f32 = 8_388_608.0;

/// A sample of a result, rounded and clipped.
pub trait PixelSample: Copy {
    /// Samples of 8 bits times this are samples of this kind.
    const UNIT: f32;

    /// Returns the nearest value that fits.
    fn nearest(value: f32) -> Self;

    /// See [`Scaler::scale`].
    fn scale(scaler: &mut Scaler, source: ScaleSource<'_>, target: &mut PlaneMut<'_, Self>);
}

impl PixelSample for u8 {
    const UNIT: f32 = 1.0;

    #[inline(always)]
    fn nearest(value: f32) -> Self {
        (value.clamp(0.0, 255.0) + ROUND).to_bits() as u8
    }

    fn scale(scaler: &mut Scaler, source: ScaleSource<'_>, target: &mut PlaneMut<'_, Self>) {
        scaler.scale_samples(source, target);
    }
}

/// 12 bits.
impl PixelSample for u16 {
    const UNIT: f32 = 16.0;

    #[inline(always)]
    fn nearest(value: f32) -> Self {
        (value.clamp(0.0, 4095.0) + ROUND).to_bits() as u16
    }

    fn scale(scaler: &mut Scaler, source: ScaleSource<'_>, target: &mut PlaneMut<'_, Self>) {
        scaler.scale_samples(source, target);
    }
}

/// One channel of a plane, and which of its samples make the result.
#[derive(Debug, Clone, Copy)]
pub struct ScaleSource<'a> {
    /// The plane.
    pub samples: Samples<'a>,
    /// Which of the values that share a place.
    pub channel: usize,
    /// Of a sample: 8 to 12.
    pub bits: u32,
    /// Across and down.
    pub axes: (&'a ScaleAxis, &'a ScaleAxis),
}

/// Scales planes; keeps its buffers.
#[derive(Default)]
pub struct Scaler {
    columns: Vec<[f32; LANES]>,
    ring: Vec<f32>,
    sums: Vec<f32>,
}

impl Scaler {
    /// Scales one channel of a plane.
    ///
    /// # Panics
    /// When the plane is shorter than the axes promise, or the target than their counts.
    pub fn scale<T: PixelSample>(&mut self, source: ScaleSource<'_>, target: &mut PlaneMut<'_, T>) {
        T::scale(self, source, target);
    }

    fn scale_samples<T: PixelSample>(
        &mut self,
        source: ScaleSource<'_>,
        target: &mut PlaneMut<'_, T>,
    ) {
        match source.samples {
            Samples::Bytes(plane) => self.scale_plane(plane, source, target),
            Samples::Wide(plane) => self.scale_plane(plane, source, target),
        }
    }

    fn scale_plane<S: Copy + Into<u16>, T: PixelSample>(
        &mut self,
        plane: Plane<'_, S>,
        source: ScaleSource<'_>,
        target: &mut PlaneMut<'_, T>,
    ) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just said that it has these instructions.
            return unsafe { self.scale_wide(plane, source, target) };
        }
        self.scale_any(plane, source, target);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn scale_wide<S: Copy + Into<u16>, T: PixelSample>(
        &mut self,
        plane: Plane<'_, S>,
        source: ScaleSource<'_>,
        target: &mut PlaneMut<'_, T>,
    ) {
        self.scale_any(plane, source, target);
    }

    // Always inlined, like all below it, so that each caller's instructions reach the loops.
    #[inline(always)]
    fn scale_any<S: Copy + Into<u16>, T: PixelSample>(
        &mut self,
        plane: Plane<'_, S>,
        source: ScaleSource<'_>,
        target: &mut PlaneMut<'_, T>,
    ) {
        let (across, down) = source.axes;
        let width = across.count();
        // Rows of the ring are as long as whole tiles.
        let line = width.next_multiple_of(TILE);
        let (first, end) = down.span();
        // Whole groups of rows, and one more than a result needs at once.
        let slots = (down.taps + 2 * LANES).next_multiple_of(LANES);
        self.ring.resize(slots * line, 0.0);
        self.sums.resize(line, 0.0);
        let unit = T::UNIT / (1_u32 << (source.bits - 8)) as f32;
        let mut ready = first;
        let rows = target.samples.chunks_mut(target.stride);
        for (y, row) in rows.take(down.count()).enumerate() {
            let from = down.first[y];
            while ready < from + down.taps {
                let slot = (ready - first) % slots;
                load_rows(
                    &mut self.columns,
                    plane,
                    source.channel,
                    unit,
                    across,
                    ready..end,
                );
                let into = &mut self.ring[slot * line..][..LANES * line];
                sum_columns(&self.columns, across, into, line);
                ready += LANES;
            }
            let weights = &down.weights[y * down.taps..][..down.taps];
            let slot = (from - first) % slots;
            sum_rows(&self.ring, slot, weights, &mut self.sums);
            round(&self.sums[..width], &mut row[..width]);
        }
    }
}

/// Puts up to [`LANES`] rows side by side, column by column; the last one stands in for those past the end.
#[inline(always)]
fn load_rows<S: Copy + Into<u16>>(
    columns: &mut Vec<[f32; LANES]>,
    plane: Plane<'_, S>,
    channel: usize,
    unit: f32,
    across: &ScaleAxis,
    rows: Range<usize>,
) {
    let (first, end) = across.span();
    columns.resize(end - first, [0.0; LANES]);
    for lane in 0..LANES {
        let row = (rows.start + lane).min(rows.end - 1);
        let samples = &plane.samples[row * plane.stride + first * plane.channels..];
        if plane.channels == 1 {
            for (column, &sample) in columns.iter_mut().zip(samples) {
                column[lane] = f32::from(sample.into()) * unit;
            }
        } else {
            let samples = samples[channel..].iter().step_by(plane.channels);
            for (column, &sample) in columns.iter_mut().zip(samples) {
                column[lane] = f32::from(sample.into()) * unit;
            }
        }
    }
}

/// Scales the rows that lie side by side, and writes each one by itself, `line` samples apart.
#[inline(always)]
fn sum_columns(columns: &[[f32; LANES]], across: &ScaleAxis, into: &mut [f32], line: usize) {
    let (start, _) = across.span();
    let width = across.count();
    for x in (0..width).step_by(TILE) {
        let mut tile = [[0.0; LANES]; TILE];
        for (x, sums) in (x..width).zip(&mut tile) {
            let columns = &columns[across.first[x] - start..][..across.taps];
            let weights = &across.weights[x * across.taps..][..across.taps];
            let mut sum = [0.0; LANES];
            for (column, &weight) in columns.iter().zip(weights) {
                for (sum, &sample) in sum.iter_mut().zip(column) {
                    *sum += sample * weight;
                }
            }
            *sums = sum;
        }
        for lane in 0..LANES {
            let into = &mut into[lane * line + x..][..TILE];
            for (into, sums) in into.iter_mut().zip(&tile) {
                *into = sums[lane];
            }
        }
    }
}

/// Sums up rows of the ring from `slot` on, four at a time.
#[inline(always)]
fn sum_rows(ring: &[f32], slot: usize, weights: &[f32], sums: &mut [f32]) {
    let line = sums.len();
    let slots = ring.len() / line;
    let row = |tap: usize| &ring[(slot + tap) % slots * line..][..line];
    sums.fill(0.0);
    let (fours, rest) = weights.as_chunks::<4>();
    for (four, &[a, b, c, d]) in fours.iter().enumerate() {
        let [w, x, y, z] = [0, 1, 2, 3].map(|tap| row(4 * four + tap));
        for ((((sum, w), x), y), z) in sums.iter_mut().zip(w).zip(x).zip(y).zip(z) {
            *sum += w * a + x * b + y * c + z * d;
        }
    }
    for (tap, &weight) in rest.iter().enumerate() {
        for (sum, sample) in sums.iter_mut().zip(row(4 * fours.len() + tap)) {
            *sum += sample * weight;
        }
    }
}

#[inline(always)]
fn round<T: PixelSample>(sums: &[f32], into: &mut [T]) {
    for (into, &sum) in into.iter_mut().zip(sums) {
        *into = T::nearest(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scaled(
        samples: &[u8],
        size: (usize, usize),
        across: &ScaleAxis,
        down: &ScaleAxis,
    ) -> Vec<u8> {
        let plane = Plane {
            samples,
            stride: size.0,
            channels: 1,
        };
        let mut result = vec![0; across.count() * down.count()];
        let mut target = PlaneMut {
            samples: &mut result,
            stride: across.count(),
        };
        let source = ScaleSource {
            samples: Samples::Bytes(plane),
            channel: 0,
            bits: 8,
            axes: (across, down),
        };
        Scaler::default().scale(source, &mut target);
        result
    }

    #[test]
    fn a_picture_scaled_to_its_own_size_is_itself() {
        let samples: Vec<u8> = (0..37 * 53).map(|i| (i * 7 % 256) as u8).collect();
        let same = |count| ScaleAxis::new(count, 0.0, 1.0, count);
        assert_eq!(scaled(&samples, (37, 53), &same(37), &same(53)), samples);
    }

    #[test]
    fn a_ramp_moves_by_tenths_of_a_sample() {
        let ramp: Vec<u8> = (0..64 * 40).map(|i| (i % 64 * 4) as u8).collect();
        let down = ScaleAxis::new(40, 0.0, 1.0, 40);
        let mut before = 0.0;
        for tenth in 1..=10 {
            let across = ScaleAxis::new(64, 10.0 + f64::from(tenth) / 10.0, 0.517, 64);
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
        let across = ScaleAxis::new(400, 9.5, 20.0, 20);
        let down = ScaleAxis::new(4, 0.0, 1.0, 4);
        let result = scaled(&stripes, (400, 4), &across, &down);
        // The edge repeats a single stripe.
        let inside = result.chunks(20).flat_map(|row| &row[2..18]);
        assert!(inside.into_iter().all(|v| v.abs_diff(100) <= 1));
    }

    proptest! {
        #[test]
        fn a_flat_picture_stays_flat(level: u8, width in 1..70_usize, height in 1..70_usize, origin in -9.0..70.0, step in 0.05..30.0) {
            let across = ScaleAxis::new(width, origin, step, 21);
            let down = ScaleAxis::new(height, origin, step, 67);
            let result = scaled(&vec![level; width * height], (width, height), &across, &down);
            prop_assert!(result.iter().all(|v| v.abs_diff(level) <= 1));
        }
    }
}
