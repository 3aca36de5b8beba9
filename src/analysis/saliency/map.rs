//! Saliency map: how much each part of a picture draws the eye.

use serde::{Deserialize, Serialize};

use crate::analysis::planes::PlaneArea;
use crate::analysis::{Point, Region};

/// Cells of a map along either side of the picture.
pub const GRID: usize = 16;
/// A map whose highest value is less than this above its mean is flat; pictures of a single colour give 0.01.
const STANDS_OUT: f32 = 0.05;

/// Saliency on a grid over the upright picture, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// [`GRID`] times [`GRID`] values, 0..1.
    pub cells: Vec<f32>,
}

impl Map {
    /// Returns the mean of each cell over the part of a square of `side` that holds the picture.
    pub(super) fn reduced(values: &[f32], side: usize, part: PlaneArea) -> Self {
        let cells = (0..GRID * GRID).map(|cell| {
            let rows = share(part.top, part.height, cell / GRID);
            let columns = share(part.left, part.width, cell % GRID);
            let count = rows.len() * columns.len();
            let lines = rows.map(|row| &values[row * side..][columns.clone()]);
            lines.flatten().sum::<f32>() / count as f32
        });
        Self {
            cells: cells.collect(),
        }
    }

    /// Tells whether it says one and the same of every place: no picture that shows something makes the model do so.
    pub fn is_flat(&self) -> bool {
        self.cells
            .iter()
            .all(|cell| Some(cell) == self.cells.first())
    }

    /// Returns the middle of what draws the eye; the middle of the picture where nothing stands out.
    pub fn centre(&self) -> Point {
        let [x, y] = [self.along(0), self.along(1)];
        Point {
            x: x.map_or(0.5, |(middle, _)| middle),
            y: y.map_or(0.5, |(middle, _)| middle),
        }
    }

    /// Returns the part of the picture that draws the eye; all of it where nothing stands out.
    pub fn interest(&self) -> Region {
        let (Some((x, width)), Some((y, height))) = (self.along(0), self.along(1)) else {
            return Region::WHOLE;
        };
        Region::around(Point { x, y }, width, height).clipped()
    }

    /// Returns the middle and the length of what stands out, along x (0) or y (1).
    ///
    /// The length is that of an even segment that scatters as much. Only what is above the mean counts, by its square:
    /// the maps are soft, and most of a picture is background.
    fn along(&self, axis: usize) -> Option<(f32, f32)> {
        let mean = self.cells.iter().sum::<f32>() / self.cells.len().max(1) as f32;
        let highest = self.cells.iter().copied().fold(0.0, f32::max);
        if highest - mean < STANDS_OUT {
            return None;
        }
        let place = |cell: usize| {
            let steps = [cell % GRID, cell / GRID][axis];
            (steps as f32 + 0.5) / GRID as f32
        };
        let weighed = || {
            let weight = |value: f32| (value - mean).max(0.0).powi(2);
            let cells = self.cells.iter().enumerate();
            cells.map(move |(cell, value)| (weight(*value), place(cell)))
        };
        let total: f32 = weighed().map(|(weight, _)| weight).sum();
        let middle = weighed().map(|(weight, at)| weight * at).sum::<f32>() / total;
        let scatter = |(weight, at): (f32, f32)| weight * (at - middle).powi(2);
        let variance = weighed().map(scatter).sum::<f32>() / total;
        let cell = 1.0 / GRID as f32;
        Some((middle, (12.0 * variance + cell * cell).sqrt()))
    }
}

/// Returns the places of one cell out of [`GRID`] along a segment; at least one.
fn share(first: usize, length: usize, cell: usize) -> std::ops::Range<usize> {
    let start = (cell * length / GRID).min(length.saturating_sub(1));
    let end = ((cell + 1) * length / GRID).max(start + 1);
    first + start..first + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A map that is `high` between the given columns and rows and `low` elsewhere.
    fn bright(
        columns: std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
        low: f32,
        high: f32,
    ) -> Map {
        let inside = |cell| columns.contains(&(cell % GRID)) && rows.contains(&(cell / GRID));
        let cells = (0..GRID * GRID).map(|cell| if inside(cell) { high } else { low });
        Map {
            cells: cells.collect(),
        }
    }

    #[test]
    fn the_part_of_interest_is_what_stands_out() {
        let found = bright(8..12, 0..8, 0.2, 0.9).interest();
        let wanted = Region {
            x: 0.5,
            y: 0.0,
            width: 0.25,
            height: 0.5,
        };
        assert!(found.overlap(wanted) > 0.99, "{found:?}");
    }

    #[test]
    fn where_nothing_stands_out_all_of_the_picture_is_of_interest() {
        let flat = bright(0..16, 0..16, 0.0, 0.5);
        assert_eq!(flat.interest(), Region::WHOLE);
        assert_eq!(flat.centre(), Point { x: 0.5, y: 0.5 });
    }

    #[test]
    fn bars_are_left_out_and_each_cell_is_the_mean_of_its_places() {
        let part = PlaneArea {
            left: 0,
            top: 16,
            width: 64,
            height: 32,
        };
        let values: Vec<f32> = (0..64 * 64)
            .map(|place| {
                if (16..48).contains(&(place / 64)) {
                    (place % 64 / 4) as f32 / 16.0
                } else {
                    9.0
                }
            })
            .collect();
        let map = Map::reduced(&values, 64, part);
        for (cell, value) in map.cells.iter().enumerate() {
            assert_eq!(*value, (cell % GRID) as f32 / 16.0);
        }
    }

    proptest! {
        #[test]
        fn any_part_is_reduced_to_values_that_are_there(left in 0..100_usize, top in 0..100_usize, width in 1..124_usize, height in 1..124_usize) {
            let part = PlaneArea { left, top, width, height };
            let values: Vec<f32> = (0..224 * 224).map(|n| (n % 7) as f32 / 7.0).collect();
            let map = Map::reduced(&values, 224, part);
            prop_assert_eq!(map.cells.len(), GRID * GRID);
            prop_assert!(map.cells.iter().all(|v| (0.0..1.0).contains(v)));
            let region = map.interest();
            prop_assert_eq!(region, region.clipped());
        }
    }
}
