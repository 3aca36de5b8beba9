//! Area average of a picture on a small grid, exact: every sample counts by the area of it that a cell covers.

use std::ops::Range;

use super::plane::{Plane, Samples};

/// Rows added in one go: their sum of 12-bit samples still fits 16 bits.
const TOGETHER: usize = 16;

/// Columns added in one go: a cache line of each row.
const BLOCK: usize = 64;

/// Averages planes of one size down to a grid.
///
/// Weights are whole numbers, so the sums are exact; only the last division rounds, to `f32`.
#[derive(Debug, Clone)]
pub struct AreaAverage {
    columns: Vec<AreaCell>,
    rows: Vec<AreaCell>,
    width: usize,
    one: (u32, u32),
    area: f64,
    sums: Vec<u32>,
}

/// Samples that one cell takes along one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AreaCell {
    /// First of the samples that lie inside it whole.
    first: usize,
    /// The first after them.
    last: usize,
    /// Samples that its borders cut, with the part of them inside it.
    cut: [Option<(usize, u32)>; 2],
}

impl AreaAverage {
    /// Returns an averager from a picture of `size` to `grid`, for a plane that is `1 << shift` times coarser.
    ///
    /// `None` when a side is zero, or so long that the sums of 12-bit samples would not fit 32 bits.
    pub fn new(size: (usize, usize), shift: (u32, u32), grid: (usize, usize)) -> Option<Self> {
        let one = ((grid.0 << shift.0) as u32, (grid.1 << shift.1) as u32);
        let highest = (size.1 as u64 / grid.1.max(1) as u64 + 2) * u64::from(one.1) * 4096;
        if size.0.min(size.1).min(grid.0).min(grid.1) == 0 || highest > u64::from(u32::MAX) {
            return None;
        }
        Some(Self {
            columns: cells(size.0, one.0, grid.0),
            rows: cells(size.1, one.1, grid.1),
            width: size.0.div_ceil(1 << shift.0),
            one,
            area: size.0 as f64 * size.1 as f64,
            sums: Vec::new(),
        })
    }

    /// Writes the average of each cell into `averages`: row by row, channels side by side.
    ///
    /// Samples may have up to 12 bits.
    ///
    /// # Panics
    /// When the plane is shorter than the size promised, or `averages` than the grid.
    pub fn average(&mut self, samples: Samples<'_>, averages: &mut [f32]) {
        match samples {
            Samples::Bytes(plane) => self.average_plane(plane, averages),
            Samples::Wide(plane) => self.average_plane(plane, averages),
        }
    }

    fn average_plane<S: Copy + Into<u16>>(&mut self, plane: Plane<'_, S>, averages: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just said that it has these instructions.
            return unsafe { self.average_wide(plane, averages) };
        }
        self.average_any(plane, averages);
    }

    /// The same with twice as wide registers: it takes two thirds of the time.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn average_wide<S: Copy + Into<u16>>(&mut self, plane: Plane<'_, S>, averages: &mut [f32]) {
        self.average_any(plane, averages);
    }

    // Always inlined, like all below it, so that each caller's instructions reach the loops.
    #[inline(always)]
    fn average_any<S: Copy + Into<u16>>(&mut self, plane: Plane<'_, S>, averages: &mut [f32]) {
        let line = self.columns.len() * plane.channels;
        self.sums.resize(self.width * plane.channels, 0);
        for (cell, averages) in self.rows.iter().zip(averages.chunks_exact_mut(line)) {
            sum_rows(&mut self.sums, plane, cell, self.one.1);
            for (column, averages) in self
                .columns
                .iter()
                .zip(averages.chunks_exact_mut(plane.channels))
            {
                for (channel, average) in averages.iter_mut().enumerate() {
                    let sum =
                        sum_columns(&self.sums[channel..], plane.channels, column, self.one.0);
                    *average = (sum as f64 / self.area) as f32;
                }
            }
        }
    }
}

/// Cuts `size` samples, each `one` units long, into `count` cells of `size` units.
///
/// Coarse planes are longer than the picture by less than a sample: the rest belongs to no cell.
fn cells(size: usize, one: u32, count: usize) -> Vec<AreaCell> {
    let one = one as usize;
    (0..count)
        .map(|index| {
            let (low, high) = (index * size, (index + 1) * size);
            let (first, last) = (low.div_ceil(one), high / one);
            if first > last {
                // Inside a single sample.
                let cut = [Some((last, size as u32)), None];
                return AreaCell {
                    first: last,
                    last,
                    cut,
                };
            }
            let head = first * one - low;
            let tail = high - last * one;
            let cut = [
                (head > 0).then(|| (first - 1, head as u32)),
                (tail > 0).then_some((last, tail as u32)),
            ];
            AreaCell { first, last, cut }
        })
        .collect()
}

/// Sums the rows of one cell, column by column.
#[inline(always)]
fn sum_rows<S: Copy + Into<u16>>(sums: &mut [u32], plane: Plane<'_, S>, cell: &AreaCell, one: u32) {
    sums.fill(0);
    for first in (cell.first..cell.last).step_by(TOGETHER) {
        add_together(sums, plane, first..cell.last.min(first + TOGETHER));
    }
    sums.iter_mut().for_each(|sum| *sum *= one);
    for &(row, part) in cell.cut.iter().flatten() {
        add(sums, &plane.samples[row * plane.stride..], part);
    }
}

/// Adds whole blocks of columns of several rows, and the columns left over one row after another.
#[inline(always)]
fn add_together<S: Copy + Into<u16>>(sums: &mut [u32], plane: Plane<'_, S>, rows: Range<usize>) {
    let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
    let done = blocks.len() * BLOCK;
    for (at, sums) in blocks.iter_mut().enumerate() {
        // 16 bits hold the sum of sixteen 12-bit samples, and make the loop twice as wide as 32 would.
        let mut block = [0_u16; BLOCK];
        for row in rows.clone() {
            let samples = &plane.samples[row * plane.stride + at * BLOCK..][..BLOCK];
            for (sum, &sample) in block.iter_mut().zip(samples) {
                *sum = sum.wrapping_add(sample.into());
            }
        }
        for (sum, block) in sums.iter_mut().zip(block) {
            *sum += u32::from(block);
        }
    }
    rows.for_each(|row| add(rest, &plane.samples[row * plane.stride + done..], 1));
}

#[inline(always)]
fn add<S: Copy + Into<u16>>(sums: &mut [u32], row: &[S], part: u32) {
    for (sum, &sample) in sums.iter_mut().zip(row) {
        *sum += part * u32::from(sample.into());
    }
}

/// Sums the columns of one cell, `step` apart.
#[inline(always)]
fn sum_columns(sums: &[u32], step: usize, cell: &AreaCell, one: u32) -> u64 {
    let whole = &sums[(cell.first * step).min(sums.len())..];
    let whole: u64 = match step {
        1 => whole[..cell.last - cell.first]
            .iter()
            .map(|&sum| u64::from(sum))
            .sum(),
        _ => {
            let apart = whole.iter().step_by(step).take(cell.last - cell.first);
            apart.map(|&sum| u64::from(sum)).sum()
        }
    };
    let cut = cell.cut.iter().flatten();
    let cut: u64 = cut
        .map(|&(index, part)| u64::from(sums[index * step]) * u64::from(part))
        .sum();
    whole * u64::from(one) + cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Averages by definition: each sample times the area it shares with the cell.
    fn slow(
        samples: &[u8],
        stride: usize,
        size: (usize, usize),
        shift: (u32, u32),
        grid: (usize, usize),
        cell: (usize, usize),
    ) -> f64 {
        let borders = |size: usize, shift: u32, grid: usize, cell: usize| {
            let unit = size as f64 / f64::from(1 << shift) / grid as f64;
            (cell as f64 * unit, (cell + 1) as f64 * unit)
        };
        let shared = |(low, high): (f64, f64), at: usize| {
            (high.min(at as f64 + 1.0) - low.max(at as f64)).max(0.0)
        };
        let across = borders(size.0, shift.0, grid.0, cell.0);
        let down = borders(size.1, shift.1, grid.1, cell.1);
        let mut sum = 0.0;
        for y in 0..size.1.div_ceil(1 << shift.1) {
            for x in 0..size.0.div_ceil(1 << shift.0) {
                let area = shared(across, x) * shared(down, y);
                sum += f64::from(samples[y * stride + x]) * area;
            }
        }
        sum / (across.1 - across.0) / (down.1 - down.0)
    }

    proptest! {
        #[test]
        fn the_fast_average_is_the_slow_one(
            size in (1..150_usize, 1..150_usize), shift in (0..3_u32, 0..3_u32), grid in (1..50_usize, 1..50_usize), pad in 0..9_usize, seed: u64,
        ) {
            let stride = size.0 + pad;
            let mut state = seed | 1;
            let samples: Vec<u8> = std::iter::repeat_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            }).take(stride * size.1).collect();
            let mut averages = vec![0.0; grid.0 * grid.1];
            let plane = Plane { samples: &samples[..], stride, channels: 1 };
            AreaAverage::new(size, shift, grid).unwrap().average(Samples::Bytes(plane), &mut averages);
            for cell in [(0, 0), (grid.0 / 2, grid.1 / 3), (grid.0 - 1, grid.1 - 1)] {
                let expected = slow(&samples, stride, size, shift, grid, cell);
                let average = f64::from(averages[cell.1 * grid.0 + cell.0]);
                prop_assert!((average - expected).abs() < 1e-3, "{} for {}", average, expected);
            }
        }
    }

    #[test]
    fn channels_do_not_mix() {
        let samples: Vec<u16> = (0..64 * 36).flat_map(|_| [100, 200, 4095]).collect();
        let mut averages = vec![0.0; 48 * 27 * 3];
        let plane = Plane {
            samples: &samples[..],
            stride: 64 * 3,
            channels: 3,
        };
        AreaAverage::new((64, 36), (0, 0), (48, 27))
            .unwrap()
            .average(Samples::Wide(plane), &mut averages);
        let expected = [100.0, 200.0, 4095.0];
        assert!(averages.chunks(3).all(|channels| channels == expected));
    }

    #[test]
    fn sums_that_would_not_fit_are_refused() {
        assert!(AreaAverage::new((8192, 8192), (2, 2), (48, 27)).is_some());
        assert!(AreaAverage::new((1, 35_389_440), (0, 0), (48, 27)).is_none());
        assert!(AreaAverage::new((0, 10), (0, 0), (48, 27)).is_none());
    }
}
