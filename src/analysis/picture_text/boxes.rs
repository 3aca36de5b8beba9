//! Text boxes from the model's map: connected places above a threshold, grown to the size of the letters. Pure.

use serde::Serialize;

use super::TextBox;
use super::lines::joined_lines;
use crate::analysis::Region;

/// Thresholds of text in a single picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TextBoxRules {
    /// A place of the map above this is text, 0..1.
    pub threshold: f32,
    /// What is not above this on average is none, 0..1.
    pub score: f32,
    /// The map shows the core of a line: it grows on each side by this times its area for each of its perimeter.
    pub growth: f32,
    /// A core that is lower or narrower than so many places is noise.
    pub smallest: usize,
    /// A line is at most this high, in heights of the picture, …
    pub tallest: f32,
    /// … and at least this many times as wide as high.
    pub longer: f32,
    /// About as many pixels of each picture are shown to the model; its time grows with them.
    pub pixels: u32,
}

impl Default for TextBoxRules {
    /// Returns what finds every line of the project's films from 2 % of the picture's height on, and next to nothing else.
    ///
    /// Threshold and growth are those of the model's makers, who made it for paper: in films it takes balloons, doors and
    /// crowds for text and is as sure of them as of any line. They are high and of no length.
    fn default() -> Self {
        Self {
            threshold: 0.2,
            score: 0.6,
            growth: 1.4,
            smallest: 3,
            tallest: 0.25,
            longer: 1.5,
            pixels: 512 * 288,
        }
    }
}

/// Model output for one picture: `columns` values a row, how likely each place is text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextMap<'a> {
    pub(super) columns: usize,
    pub(super) values: &'a [f32],
}

/// Returns the lines of text of one picture, from top to bottom.
pub(super) fn text_boxes(map: &TextMap<'_>, rules: &TextBoxRules) -> Vec<TextBox> {
    let rows = map.values.len() / map.columns.max(1);
    let aspect = map.columns as f32 / rows.max(1) as f32;
    let cores = cores(map, rules.threshold).into_iter();
    let boxes = cores
        .filter(|core| core.size().0.min(core.size().1) >= rules.smallest)
        .filter(|core| core.score() > rules.score)
        .map(|core| core.grown(rules.growth, (map.columns, rows)))
        .filter(|text| text.region.height <= rules.tallest);
    let mut lines = joined_lines(boxes.collect(), aspect);
    lines.retain(|line| line.region.width * aspect >= rules.longer * line.region.height);
    lines
}

/// Connected places of a map.
#[derive(Debug, Clone, Copy)]
struct Core {
    left: usize,
    /// Behind the last column.
    right: usize,
    top: usize,
    /// Behind the last row.
    bottom: usize,
    sum: f32,
    places: usize,
}

impl Core {
    fn size(&self) -> (usize, usize) {
        (self.right - self.left, self.bottom - self.top)
    }

    fn score(&self) -> f32 {
        self.sum / self.places as f32
    }

    fn join(&mut self, other: &Self) {
        self.left = self.left.min(other.left);
        self.right = self.right.max(other.right);
        self.top = self.top.min(other.top);
        self.bottom = self.bottom.max(other.bottom);
        self.sum += other.sum;
        self.places += other.places;
    }

    fn grown(&self, growth: f32, (columns, rows): (usize, usize)) -> TextBox {
        let (width, height) = (self.size().0 as f32, self.size().1 as f32);
        let by = growth * width * height / (2.0 * (width + height));
        let (columns, rows) = (columns as f32, rows as f32);
        let region = Region {
            x: (self.left as f32 - by) / columns,
            y: (self.top as f32 - by) / rows,
            width: (width + 2.0 * by) / columns,
            height: (height + 2.0 * by) / rows,
        };
        TextBox {
            region: region.clipped(),
            score: self.score(),
        }
    }
}

/// Places of one row above the threshold, one beside the other, and the number of their core.
#[derive(Debug, Clone, Copy)]
struct RowRun {
    start: usize,
    end: usize,
    core: usize,
}

/// Returns the connected places above a threshold; places that touch at a corner are connected.
fn cores(map: &TextMap<'_>, threshold: f32) -> Vec<Core> {
    let mut found = Joined::default();
    let mut above: Vec<RowRun> = Vec::new();
    for (row, values) in map.values.chunks_exact(map.columns.max(1)).enumerate() {
        let mut runs = Vec::new();
        let mut column = 0;
        while let Some(first) = values[column..].iter().position(|v| *v > threshold) {
            let start = column + first;
            let rest = &values[start..];
            let length = rest.iter().position(|v| *v <= threshold);
            let end = start + length.unwrap_or(rest.len());
            let core = found.add(Core {
                left: start,
                right: end,
                top: row,
                bottom: row + 1,
                sum: values[start..end].iter().sum(),
                places: end - start,
            });
            let touching = above.iter().filter(|a| a.start <= end && start <= a.end);
            touching.for_each(|a| found.join(a.core, core));
            runs.push(RowRun { start, end, core });
            column = end;
        }
        above = runs;
    }
    found.cores()
}

/// Cores that may turn out to be parts of one.
#[derive(Debug, Default)]
struct Joined {
    cores: Vec<Core>,
    /// The core that each is a part of, itself where it is none.
    whole: Vec<usize>,
}

impl Joined {
    fn add(&mut self, core: Core) -> usize {
        self.cores.push(core);
        self.whole.push(self.whole.len());
        self.whole.len() - 1
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.whole_of(one), self.whole_of(other));
        self.whole[one.max(other)] = one.min(other);
    }

    fn whole_of(&mut self, mut core: usize) -> usize {
        while self.whole[core] != core {
            self.whole[core] = self.whole[self.whole[core]];
            core = self.whole[core];
        }
        core
    }

    fn cores(mut self) -> Vec<Core> {
        for part in (0..self.cores.len()).rev() {
            let whole = self.whole_of(part);
            if whole != part {
                let core = self.cores[part];
                self.cores[whole].join(&core);
            }
        }
        let parts = self.cores.iter().zip(self.whole.iter().enumerate());
        let wholes = parts.filter(|(_, (number, whole))| number == *whole);
        wholes.map(|(core, _)| *core).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: usize = 128;
    const ROWS: usize = 64;

    /// Boxes of a map on which these places have this value: columns, rows, value.
    fn found(areas: &[(std::ops::Range<usize>, std::ops::Range<usize>, f32)]) -> Vec<TextBox> {
        let mut values = vec![0.0; COLUMNS * ROWS];
        for (columns, rows, value) in areas {
            for row in rows.clone() {
                values[row * COLUMNS..][columns.clone()].fill(*value);
            }
        }
        let map = TextMap {
            columns: COLUMNS,
            values: &values,
        };
        text_boxes(&map, &TextBoxRules::default())
    }

    #[test]
    fn a_core_grows_on_each_side_by_its_area_for_its_perimeter() {
        let [text] = found(&[(10..30, 8..13, 0.9)])[..] else {
            panic!("one line")
        };
        // 20 by 5 places: 1.4 * 100 / 50 = 2.8 more on each side.
        let wanted = [7.2 / 128.0, 5.2 / 64.0, 25.6 / 128.0, 10.6 / 64.0];
        let r = text.region;
        for (found, wanted) in [r.x, r.y, r.width, r.height].into_iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-5, "{r:?}");
        }
        assert!((text.score - 0.9).abs() < 1e-5);
    }

    #[test]
    fn what_is_faint_or_tiny_is_no_text() {
        assert_eq!(found(&[(10..30, 8..13, 0.19)]), []);
        assert_eq!(found(&[(10..30, 8..13, 0.59)]), []);
        assert_eq!(found(&[(10..30, 8..10, 0.9)]), []);
    }

    #[test]
    fn what_is_too_high_or_of_no_length_is_no_line() {
        assert_eq!(found(&[(4..60, 8..17, 0.9)]), []);
        assert_eq!(found(&[(10..13, 8..12, 0.9)]), []);
        assert_eq!(
            found(&[(10..13, 8..12, 0.9), (16..19, 8..12, 0.9)]).len(),
            1
        );
    }

    #[test]
    fn places_that_meet_further_down_are_one() {
        let horseshoe = [
            (10..14, 4..6, 0.8),
            (30..34, 4..6, 0.8),
            (10..34, 6..9, 0.8),
        ];
        let found = found(&horseshoe);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].score - 0.8).abs() < 1e-5);
    }

    #[test]
    fn text_at_the_edge_ends_there() {
        let found = found(&[(0..20, 0..5, 0.9), (108..128, 59..64, 0.9)]);
        assert_eq!((found[0].region.x, found[0].region.y), (0.0, 0.0));
        let last = found[1].region;
        assert_eq!((last.x + last.width, last.y + last.height), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn any_map_gives_boxes_inside_the_picture(values in proptest::collection::vec(0.0..1.0_f32, 30 * 20)) {
            let map = TextMap { columns: 30, values: &values };
            for text in text_boxes(&map, &TextBoxRules { score: 0.0, smallest: 0, tallest: 1.0, longer: 0.0, ..TextBoxRules::default() }) {
                prop_assert_eq!(text.region, text.region.clipped());
                prop_assert!(text.region.area() > 0.0 && text.score > 0.2 && text.score <= 1.0);
            }
        }
    }
}
