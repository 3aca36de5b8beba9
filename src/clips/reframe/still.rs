//! Still crop: the best one that does not move.

use super::axis::Axis;
use super::price::AxisPrices;
use super::sample::Sample;

/// Returns the places, across and down, from which a crop covers the most; of equals, where it costs least.
///
/// The heads that each place covers are counted for all places together, each head adding to a block of them, so the
/// time is that of samples plus places.
pub(super) fn best(
    samples: &[Sample],
    axes: (Axis, Axis),
    prices: (&AxisPrices, &AxisPrices),
) -> (usize, usize) {
    let covered = covered_by(samples, axes);
    let most = covered.iter().copied().fold(0.0, f64::max);
    let (across, down) = (prices.0.total(), prices.1.total());
    let columns = axes.0.places;
    let slots = (0..covered.len()).filter(|&slot| covered[slot] >= most * (1.0 - 1e-9));
    let price = |slot: usize| across[slot % columns] + down[slot / columns];
    let cheapest = slots.min_by(|&a, &b| price(a).total_cmp(&price(b)));
    let slot = cheapest.unwrap_or(0);
    (slot % columns, slot / columns)
}

/// Returns the weight of heads inside the crop at each place, row by row.
fn covered_by(samples: &[Sample], (across, down): (Axis, Axis)) -> Vec<f64> {
    let (columns, rows) = (across.places, down.places);
    let mut sums = vec![0.0; (columns + 1) * (rows + 1)];
    let line = columns + 1;
    for seen in samples.iter().flat_map(|sample| &sample.faces) {
        let (left, right) = across.holding(seen.head.x, seen.head.right());
        let (top, bottom) = down.holding(seen.head.y, seen.head.bottom());
        sums[top * line + left] += seen.weight;
        sums[top * line + right] -= seen.weight;
        sums[bottom * line + left] -= seen.weight;
        sums[bottom * line + right] += seen.weight;
    }
    for row in sums.chunks_mut(line) {
        for at in 1..line {
            row[at] += row[at - 1];
        }
    }
    for at in line..sums.len() {
        sums[at] += sums[at - line];
    }
    let rows = sums.chunks(line).take(rows);
    rows.flat_map(|row| &row[..columns]).copied().collect()
}
