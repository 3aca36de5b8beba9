//! Black bars above, below and beside the picture.

use kernels::light;

use super::Region;

/// A line whose mean light is above this is lit, in levels of 0..255.
const LIT: u32 = 20;
/// A line is a bar when it is lit in no more of the lit pictures than one in this many.
const SELDOM: u32 = 50;
/// Less of the picture than this between bars is no picture: then there are no bars.
const LEAST: f32 = 0.2;
/// Bars lie on both sides, as broad but for this share of the picture: what is dark on one side alone is a dark room.
const UNEVEN: f32 = 0.03;
/// A slimmer bar is a dark edge or a coding error, as a share of the picture.
const SLIM: f32 = 0.01;

/// Counts, for each line of pictures of one size, how often it is lit.
#[derive(Debug, Clone, Default)]
pub(super) struct BlackBars {
    rows: Vec<u32>,
    columns: Vec<u32>,
    lit: u32,
}

impl BlackBars {
    /// Takes a picture of `width` by RGB pixels; one of another size than those before begins the count anew.
    pub(super) fn push(&mut self, width: usize, rgb: &[u8]) {
        let pixels = rgb.as_chunks::<3>().0;
        let height = pixels.len() / width.max(1);
        if height == 0 {
            return;
        }
        if (self.columns.len(), self.rows.len()) != (width, height) {
            *self = Self {
                rows: vec![0; height],
                columns: vec![0; width],
                lit: 0,
            };
        }
        let mut sums = vec![0; width];
        let mut lit = false;
        for (row, pixels) in self.rows.iter_mut().zip(pixels.chunks_exact(width)) {
            let mut line = 0;
            for (sum, pixel) in sums.iter_mut().zip(pixels) {
                let light = u32::from(light(*pixel));
                *sum += light;
                line += light;
            }
            let row_lit = line > LIT * width as u32;
            *row += u32::from(row_lit);
            lit |= row_lit;
        }
        for (column, sum) in self.columns.iter_mut().zip(sums) {
            *column += u32::from(sum > LIT * height as u32);
        }
        self.lit += u32::from(lit);
    }

    /// Returns the picture between the bars, and whether any picture was lit.
    pub(super) fn active(&self) -> Option<Region> {
        let ((x, width), (y, height)) = (self.between(&self.columns)?, self.between(&self.rows)?);
        Some(Region {
            x,
            y,
            width,
            height,
        })
    }

    fn between(&self, lines: &[u32]) -> Option<(f32, f32)> {
        let used = |count: &u32| *count > self.lit / SELDOM;
        let first = lines.iter().position(used)?;
        let last = lines.iter().rposition(used)?;
        let whole = lines.len() as f32;
        let edge = |lines: usize| Some(lines as f32 / whole).filter(|bar| *bar >= SLIM);
        let (start, end) = (edge(first), edge(lines.len() - 1 - last));
        let (start, end) = (start.unwrap_or(0.0), 1.0 - end.unwrap_or(0.0));
        let uneven = (start - (1.0 - end)).abs() > UNEVEN;
        Some(if end - start < LEAST || uneven {
            (0.0, 1.0)
        } else {
            (start, end - start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 20x10 that is `light` inside the given columns and rows.
    fn picture(
        columns: std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
        light: u8,
    ) -> Vec<u8> {
        let inside = |place: usize| columns.contains(&(place % 20)) && rows.contains(&(place / 20));
        let pixel = |place| [if inside(place) { light } else { 2 }; 3];
        (0..200).flat_map(pixel).collect()
    }

    fn active(pictures: &[Vec<u8>]) -> Option<Region> {
        let mut bars = BlackBars::default();
        pictures.iter().for_each(|rgb| bars.push(20, rgb));
        bars.active()
    }

    #[test]
    fn what_is_never_lit_is_a_bar() {
        let found = active(&[picture(0..20, 2..8, 90), picture(0..9, 2..8, 90)]);
        let wanted = Region {
            x: 0.0,
            y: 0.2,
            width: 1.0,
            height: 0.6,
        };
        let found = found.unwrap();
        assert!(found.overlap(wanted) > 0.9999, "{found:?}");
    }

    #[test]
    fn a_dark_edge_is_no_bar() {
        let mut bars = BlackBars::default();
        let line: Vec<u8> = (0..200)
            .flat_map(|x| [if x < 1 { 0 } else { 90 }; 3])
            .collect();
        bars.push(200, &line.repeat(20));
        assert_eq!(bars.active(), Some(Region::WHOLE));
    }

    #[test]
    fn a_picture_that_fills_the_frame_has_no_bars_and_a_black_one_tells_nothing() {
        let dark = picture(0..0, 0..0, 0);
        let full = picture(0..20, 0..10, 90);
        assert_eq!(active(std::slice::from_ref(&dark)), None);
        assert_eq!(active(&[dark, full]), Some(Region::WHOLE));
    }

    #[test]
    fn one_odd_picture_among_many_does_not_take_the_bars_away() {
        let mut pictures = vec![picture(5..15, 0..10, 90); 100];
        pictures.push(picture(0..20, 0..10, 255));
        let wanted = Region {
            x: 0.25,
            y: 0.0,
            width: 0.5,
            height: 1.0,
        };
        assert_eq!(active(&pictures), Some(wanted));
    }

    #[test]
    fn a_room_that_is_dark_on_one_side_has_no_bars() {
        assert_eq!(active(&[picture(5..18, 2..8, 90)]).unwrap().width, 1.0);
    }

    #[test]
    fn a_small_light_in_the_dark_is_no_picture_between_bars() {
        let found = active(&[picture(9..11, 0..10, 255)]).unwrap();
        assert_eq!((found.x, found.width), (0.0, 1.0));
    }
}
