//! Pictures inside the picture, with straight edges that stay where they are: a camera over a game or a slide.
//!
//! Of each larger picture the edges are found on a grid of `COLUMNS` x `ROWS` means. An edge between two lines of the grid
//! that is there in most pictures, along a whole side, is the side of an inset.

use kernels::grid_light;

use super::Region;

const COLUMNS: usize = 160;
const ROWS: usize = 90;
/// Levels between the means on both sides of an edge.
const STEP: i32 = 10;
/// The share of the pictures in which it is there, and of a side along which it is.
const OFTEN: f32 = 0.5;
const ALONG: f32 = 0.85;
/// The shortest sides, in lines of the grid.
const LEAST: (usize, usize) = (COLUMNS / 16, ROWS / 12);
/// The most of the picture that an inset takes, and how much wider than high it is.
const LARGEST: f32 = 0.3;
const SHAPE: std::ops::RangeInclusive<f32> = 0.5..=2.5;
/// Those that overlap more are one and the same; so many are kept.
const SAME: f32 = 0.7;
const MOST: usize = 8;
/// So many lines across, and down, are looked at: those with the most edges.
const LINES: usize = 64;

/// Counts edges over pictures.
#[derive(Debug, Clone, Default)]
pub(super) struct Insets {
    /// Of each place of the grid, in how many pictures it differs from the one two to its right, and two below.
    right: Vec<u16>,
    below: Vec<u16>,
    pictures: u16,
}

impl Insets {
    /// Takes a picture of `width` by RGB pixels; one smaller than the grid tells nothing.
    pub(super) fn push(&mut self, width: usize, rgb: &[u8]) {
        let pixels = rgb.as_chunks::<3>().0;
        let height = pixels.len() / width.max(1);
        if width < COLUMNS || height < ROWS || self.pictures == u16::MAX {
            return;
        }
        let mut means = vec![0; COLUMNS * ROWS];
        grid_light(pixels, width, COLUMNS, &mut means);
        self.right.resize(COLUMNS * ROWS, 0);
        self.below.resize(COLUMNS * ROWS, 0);
        self.pictures += 1;
        let differ = |a: usize, b: usize| u16::from((means[a] - means[b]).abs() > STEP);
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let at = row * COLUMNS + column;
                if column + 2 < COLUMNS {
                    self.right[at] += differ(at, at + 2);
                }
                if row + 2 < ROWS {
                    self.below[at] += differ(at, at + 2 * COLUMNS);
                }
            }
        }
    }

    /// Returns the insets, the largest first.
    pub(super) fn finish(&self) -> Vec<Region> {
        if self.pictures == 0 {
            return Vec::new();
        }
        let often = (f32::from(self.pictures) * OFTEN).ceil() as u16;
        let across = SideLines::new(COLUMNS, ROWS, |column, row| {
            self.right[row * COLUMNS + column] >= often
        });
        let down = SideLines::new(ROWS, COLUMNS, |row, column| {
            self.below[row * COLUMNS + column] >= often
        });
        let mut found = Vec::new();
        for (left, right) in across.pairs(LEAST.0) {
            for (top, bottom) in down.pairs(LEAST.1) {
                let inner = [left, right, top, bottom].iter().flatten().count();
                let (x, y) = (across.between(left, right), down.between(top, bottom));
                let sides = across.are_edges([left, right], y) && down.are_edges([top, bottom], x);
                let region = region(without_edges(x, left, right), without_edges(y, top, bottom));
                if inner >= 2 && sides && is_inset(region) {
                    found.push((4 - inner, region));
                }
            }
        }
        // One with edges of its own before one that the edge of the picture bounds.
        found.sort_by(|a, b| a.0.cmp(&b.0).then(larger_first(&a.1, &b.1)));
        let mut found = apart(found.into_iter().map(|(_, region)| region));
        found.sort_by(larger_first);
        found
    }
}

/// Lines of the grid with edges along them, one way.
struct SideLines {
    /// Of each line, how many edges lie before each place along it.
    sums: Vec<Vec<u16>>,
    /// The numbers of the lines with the most, in order.
    best: Vec<usize>,
}

impl SideLines {
    fn new(lines: usize, length: usize, is_edge: impl Fn(usize, usize) -> bool) -> Self {
        let sums_of = |line: usize| -> Vec<u16> {
            let mut sum = 0;
            let sums = (0..length).map(|place| {
                sum += u16::from(is_edge(line, place));
                sum
            });
            std::iter::once(0).chain(sums).collect()
        };
        let sums: Vec<Vec<u16>> = (0..lines).map(sums_of).collect();
        let mut best: Vec<usize> = (0..lines).collect();
        best.sort_by_key(|line| (std::cmp::Reverse(sums[*line][length]), *line));
        best.truncate(LINES);
        best.sort_unstable();
        Self { sums, best }
    }

    /// Returns pairs of lines at least so far apart; `None` stands for the edge of the picture.
    fn pairs(&self, least: usize) -> impl Iterator<Item = (Option<usize>, Option<usize>)> + '_ {
        let lines = || self.best.iter().copied().map(Some);
        let firsts = std::iter::once(None).chain(lines());
        firsts.flat_map(move |first| {
            let lasts = lines().chain([None]).map(move |last| (first, last));
            lasts.filter(move |(first, last)| {
                let (start, end) = self.between(*first, *last);
                end >= start + least
            })
        })
    }

    /// Returns the first line of the grid between two, and the one after the last: an edge lies in the middle of two lines.
    fn between(&self, first: Option<usize>, last: Option<usize>) -> (usize, usize) {
        let start = first.map_or(0, |line| line + 2);
        let end = last.map_or(self.sums.len(), |line| line + 1);
        (start, end)
    }

    /// Tells whether there are edges along lines between two places; the edge of the picture is one.
    fn are_edges(&self, lines: [Option<usize>; 2], (from, to): (usize, usize)) -> bool {
        lines.into_iter().flatten().all(|line| {
            let sums = &self.sums[line];
            let edges = f32::from(sums[to.min(sums.len() - 1)] - sums[from]);
            edges >= ALONG * (to - from) as f32
        })
    }
}

/// Returns the first of those that are much the same.
fn apart(found: impl Iterator<Item = Region>) -> Vec<Region> {
    let mut kept: Vec<Region> = Vec::new();
    for region in found {
        if kept.len() < MOST && kept.iter().all(|other| other.overlap(region) < SAME) {
            kept.push(region);
        }
    }
    kept
}

fn larger_first(a: &Region, b: &Region) -> std::cmp::Ordering {
    (b.width * b.height).total_cmp(&(a.width * a.height))
}

/// Returns lines of the grid without the outermost ones, which may hold some of what is around them.
fn without_edges(
    (start, end): (usize, usize),
    first: Option<usize>,
    last: Option<usize>,
) -> (usize, usize) {
    (
        start + usize::from(first.is_some()),
        end - usize::from(last.is_some()),
    )
}

fn region(x: (usize, usize), y: (usize, usize)) -> Region {
    Region {
        x: x.0 as f32 / COLUMNS as f32,
        y: y.0 as f32 / ROWS as f32,
        width: (x.1 - x.0) as f32 / COLUMNS as f32,
        height: (y.1 - y.0) as f32 / ROWS as f32,
    }
}

fn is_inset(region: Region) -> bool {
    let shape = region.width * COLUMNS as f32 / (region.height * ROWS as f32);
    region.width * region.height <= LARGEST && SHAPE.contains(&shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 320;
    const HEIGHT: usize = 180;

    /// A picture with a little noise of its own and a lighter camera in it, in columns and rows.
    fn picture(seed: u32, camera: Option<[usize; 4]>) -> Vec<u8> {
        let noise = |x: usize, y: usize| {
            let cell = (x as u32 / 8 + seed * 31) ^ ((y as u32 / 8 + seed) << 8);
            (cell.wrapping_mul(2_654_435_761) >> 28) as u8
        };
        let places = (0..WIDTH * HEIGHT).flat_map(|at| {
            let (x, y) = (at % WIDTH, at / WIDTH);
            let inside = camera.is_some_and(|[left, right, top, bottom]| {
                (left..right).contains(&x) && (top..bottom).contains(&y)
            });
            [noise(x, y) + if inside { 150 } else { 20 }; 3]
        });
        places.collect()
    }

    fn found(pictures: impl Iterator<Item = Vec<u8>>) -> Vec<Region> {
        let mut insets = Insets::default();
        pictures.for_each(|rgb| insets.push(WIDTH, &rgb));
        insets.finish()
    }

    #[test]
    fn a_camera_in_a_corner_is_found_to_a_line_of_the_grid() {
        let camera = Some([220, 310, 120, 170]);
        let found = found((0..9).map(|seed| picture(seed, camera)));
        assert_eq!(found.len(), 1, "{found:?}");
        let found = found[0];
        let near = |a: f32, b: f32| (a - b).abs() <= 2.0 / ROWS as f32;
        assert!(near(found.x, 220.0 / 320.0) && near(found.x + found.width, 310.0 / 320.0));
        assert!(near(found.y, 120.0 / 180.0) && near(found.y + found.height, 170.0 / 180.0));
    }

    #[test]
    fn a_camera_that_touches_the_edges_is_found_and_one_that_moves_is_not() {
        let corner = Some([240, 320, 130, 180]);
        assert!(!found((0..9).map(|seed| picture(seed, corner))).is_empty());
        let moved = |seed: u32| {
            let left = 20 + 24 * seed as usize;
            picture(seed, Some([left, left + 80, 60, 110]))
        };
        assert_eq!(found((0..9).map(moved)), []);
        assert_eq!(found((0..9).map(|seed| picture(seed, None))), []);
    }
}
