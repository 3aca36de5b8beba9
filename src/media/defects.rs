//! Picture defects: shares of black, frozen and blank time, from the 48x27 pictures. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::frame::Rect;
use crate::frame::{SMALL_HEIGHT, SMALL_WIDTH, SmallPicture};
use crate::timeline::Timestamp;

/// Shares of a range of time, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Shares {
    /// Nothing but black.
    pub black: f64,
    /// Nothing moves for a second or longer.
    pub frozen: f64,
    /// One colour; in a clip another than black.
    pub blank: f64,
}

/// Pictures closer together than this are not all looked at.
const STEP: Duration = Duration::from_millis(90);

/// What is lighter than this on black is a letter, not a gleam.
const GLEAM: u32 = 48;

/// Cells of a small picture.
const CELLS: usize = SMALL_WIDTH * SMALL_HEIGHT;

/// Thresholds of the defects. A source is judged more loosely than a clip of it, so that a clip is not blamed for what lies between the two.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Strictness {
    /// Luma below which a cell is dark, and the share of cells that have to be.
    dark: u32,
    dark_cells: f64,
    /// Levels that a cell may change, and how long it may take to be frozen.
    still: u8,
    long: Duration,
    /// Levels between the least and the most of a colour.
    spread: u8,
    /// Whether what is black is blank as well: what is dark enough to be black in a source may be dark grey in a clip.
    black_is_blank: bool,
}

const CLIP: Strictness = Strictness {
    dark: 22,
    dark_cells: 0.98,
    still: 2,
    long: Duration::from_millis(1000),
    spread: 6,
    black_is_blank: false,
};

const SOURCE: Strictness = Strictness {
    dark: 30,
    dark_cells: 0.94,
    still: 5,
    long: Duration::from_millis(700),
    spread: 14,
    black_is_blank: true,
};

/// Which cells count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mask(Vec<bool>);

impl Mask {
    /// Returns the cells whose middle lies in one of the parts; all where that is none.
    pub(super) fn of(parts: &[Rect]) -> Self {
        let inside = |cell: usize| {
            let x = ((cell % SMALL_WIDTH) as f64 + 0.5) / SMALL_WIDTH as f64;
            let y = ((cell / SMALL_WIDTH) as f64 + 0.5) / SMALL_HEIGHT as f64;
            parts.iter().any(|part| {
                (part.x..part.x + part.width).contains(&x)
                    && (part.y..part.y + part.height).contains(&y)
            })
        };
        let mask: Vec<bool> = (0..CELLS).map(inside).collect();
        if mask.contains(&true) {
            Self(mask)
        } else {
            Self(vec![true; CELLS])
        }
    }

    /// Returns the cells outside of all parts; all where that is less than a third.
    pub(super) fn around(parts: &[Rect]) -> Self {
        let mut mask = match parts {
            [] => vec![true; CELLS],
            parts => Self::of(parts).0.iter().map(|inside| !inside).collect(),
        };
        if mask.iter().filter(|&&counts| counts).count() < CELLS / 3 {
            mask.fill(true);
        }
        Self(mask)
    }

    /// Tells whether a place of the picture counts, in fractions of its width and height below one.
    pub(super) fn counts_at(&self, x: f64, y: f64) -> bool {
        let cell = |at: f64, cells: usize| ((at * cells as f64) as usize).min(cells - 1);
        self.0[cell(y, SMALL_HEIGHT) * SMALL_WIDTH + cell(x, SMALL_WIDTH)]
    }

    /// Returns by how many levels two pictures differ in the mean, where cells count.
    pub(super) fn difference(&self, a: &SmallPicture, b: &SmallPicture) -> f64 {
        let levels = self.cells(a).zip(self.cells(b));
        let (sum, count) = levels.fold((0_u32, 0_u32), |(sum, count), (a, b)| {
            let apart = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)));
            (sum + apart.sum::<u32>(), count + 3)
        });
        f64::from(sum) / f64::from(count.max(1))
    }

    fn cells<'a>(&'a self, picture: &'a SmallPicture) -> impl Iterator<Item = &'a [u8; 3]> {
        let cells = picture.as_chunks::<3>().0.iter().zip(&self.0);
        cells.filter(|(_, counts)| **counts).map(|(cell, _)| cell)
    }
}

/// Watches a clip's or a source's pictures.
pub(super) struct Watch {
    strictness: Strictness,
    first: Option<Timestamp>,
    last: Option<(Timestamp, bool, bool)>,
    /// The picture since which nothing has moved.
    anchor: Option<(Timestamp, Box<SmallPicture>, Mask)>,
    black: Duration,
    blank: Duration,
    frozen: Duration,
}

impl Watch {
    /// Returns a watch over a clip.
    pub(super) fn over_clip() -> Self {
        Self::new(CLIP)
    }

    /// Returns a watch over what a clip shows of its source.
    pub(super) fn over_source() -> Self {
        Self::new(SOURCE)
    }

    fn new(strictness: Strictness) -> Self {
        Self {
            strictness,
            first: None,
            last: None,
            anchor: None,
            black: Duration::ZERO,
            blank: Duration::ZERO,
            frozen: Duration::ZERO,
        }
    }

    /// Tells whether a picture at `time` is far enough from the last one to be looked at.
    pub(super) fn is_due(&self, time: Timestamp) -> bool {
        self.last.is_none_or(|(last, ..)| time.since(last) >= STEP)
    }

    /// Tells whether a picture is black where cells count, without a sign or a title on it.
    pub(super) fn is_black(&self, picture: &SmallPicture, mask: &Mask) -> bool {
        let written = mask.cells(picture).any(|cell| luma(cell) > GLEAM);
        !written && is_black(picture, mask, self.strictness)
    }

    /// Takes the next picture.
    pub(super) fn take(&mut self, time: Timestamp, picture: &SmallPicture, mask: &Mask) {
        self.first.get_or_insert(time);
        self.count_until(time);
        let black = is_black(picture, mask, self.strictness);
        let blank =
            (!black || self.strictness.black_is_blank) && is_blank(picture, mask, self.strictness);
        self.last = Some((time, black, blank));
        let still = self.anchor.as_ref().is_some_and(|(_, anchor, before)| {
            is_still(anchor, picture, before, mask, self.strictness.still)
        });
        if !still {
            self.end_stillness(time);
            self.anchor = Some((time, Box::new(*picture), mask.clone()));
        }
    }

    /// Returns the shares of the time up to `end`.
    pub(super) fn finish(mut self, end: Timestamp) -> Shares {
        self.count_until(end);
        self.end_stillness(end);
        let whole = self
            .first
            .map_or(0.0, |first| end.since(first).as_secs_f64());
        let share = |part: Duration| {
            if whole > 0.0 {
                part.as_secs_f64() / whole
            } else {
                0.0
            }
        };
        Shares {
            black: share(self.black),
            frozen: share(self.frozen),
            blank: share(self.blank),
        }
    }

    /// A picture stands until the next one.
    fn count_until(&mut self, time: Timestamp) {
        if let Some((last, black, blank)) = self.last {
            let length = time.since(last);
            self.black += if black { length } else { Duration::ZERO };
            self.blank += if blank { length } else { Duration::ZERO };
        }
    }

    fn end_stillness(&mut self, time: Timestamp) {
        if let Some((since, ..)) = self.anchor.take() {
            let length = time.since(since);
            if length >= self.strictness.long {
                self.frozen += length;
            }
        }
    }
}

/// Tells whether a picture is black all over.
pub(super) fn is_black_picture(picture: &SmallPicture) -> bool {
    is_black(picture, &Mask::of(&[Rect::WHOLE]), CLIP)
}

fn luma([r, g, b]: &[u8; 3]) -> u32 {
    (2126 * u32::from(*r) + 7152 * u32::from(*g) + 722 * u32::from(*b)) / 10_000
}

fn is_black(picture: &SmallPicture, mask: &Mask, strictness: Strictness) -> bool {
    let (mut dark, mut all) = (0, 0);
    for cell in mask.cells(picture) {
        dark += usize::from(luma(cell) < strictness.dark);
        all += 1;
    }
    dark as f64 >= all as f64 * strictness.dark_cells
}

fn is_blank(picture: &SmallPicture, mask: &Mask, strictness: Strictness) -> bool {
    (0..3).all(|channel| {
        let levels = || mask.cells(picture).map(move |cell| cell[channel]);
        let (least, most) = (levels().min(), levels().max());
        most.unwrap_or(0) - least.unwrap_or(0) <= strictness.spread
    })
}

fn is_still(a: &SmallPicture, b: &SmallPicture, in_a: &Mask, in_b: &Mask, most: u8) -> bool {
    let counts = in_a.0.iter().zip(&in_b.0);
    let counts = counts.flat_map(|(a, b)| [*a && *b; 3]);
    a.iter()
        .zip(b)
        .zip(counts)
        .all(|((a, b), counts)| !counts || a.abs_diff(*b) <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SMALL_BYTES;

    #[test]
    fn a_title_on_black_is_no_black_picture() {
        let mut picture = [4; SMALL_BYTES];
        let all = Mask::of(&[Rect::WHOLE]);
        let watch = Watch::over_clip();
        assert!(watch.is_black(&picture, &all));
        picture[3 * 600..3 * 612].fill(90);
        assert!(!watch.is_black(&picture, &all));
    }

    /// A picture whose cells are all different, `shift` levels brighter.
    fn busy(shift: usize) -> SmallPicture {
        std::array::from_fn(|at| (at * 7 % 180 + 40 + shift) as u8)
    }

    fn at(millis: usize) -> Timestamp {
        Timestamp::new(millis as i64, 1000).unwrap()
    }

    /// Watches ten pictures a second.
    fn watch(strictness: Strictness, pictures: &[SmallPicture]) -> Shares {
        let mut watch = Watch::new(strictness);
        let all = Mask::of(&[Rect::WHOLE]);
        for (index, picture) in pictures.iter().enumerate() {
            watch.take(at(index * 100), picture, &all);
        }
        watch.finish(at(pictures.len() * 100))
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn each_kind_of_nothing_is_counted_by_itself() {
        let mut pictures: Vec<_> = (0..20).map(|n| busy(n % 2 * 10)).collect();
        pictures[3..6].fill([8; SMALL_BYTES]);
        pictures[8..10].fill([120; SMALL_BYTES]);
        let shares = watch(CLIP, &pictures);
        assert!(
            near(shares.black, 0.15) && near(shares.blank, 0.1),
            "{shares:?}"
        );
        assert_eq!(shares.frozen, 0.0);
        pictures[5..17].fill(busy(3));
        assert!(near(watch(CLIP, &pictures).frozen, 0.6));
    }

    #[test]
    fn a_source_is_judged_more_loosely_than_its_clip() {
        let slow: Vec<_> = (0..20).map(|n| busy(n / 7 * 2)).collect();
        assert!(near(watch(SOURCE, &slow).frozen, 1.0));
        assert_eq!(watch(CLIP, &slow).frozen, 1.4 / 2.0);
        for level in 0..60 {
            let grey = [[level; SMALL_BYTES]; 10];
            let (source, clip) = (watch(SOURCE, &grey), watch(CLIP, &grey));
            assert!(source.black >= clip.black && source.blank >= clip.blank);
        }
    }

    #[test]
    fn only_what_the_clip_shows_counts() {
        let mut half = busy(0);
        for cell in 0..CELLS {
            if cell % SMALL_WIDTH < SMALL_WIDTH / 2 {
                half[cell * 3..cell * 3 + 3].fill(0);
            }
        }
        let left = Mask::of(&[Rect {
            width: 0.5,
            ..Rect::WHOLE
        }]);
        assert!(is_black(&half, &left, CLIP));
        assert!(!is_black(&half, &Mask::of(&[Rect::WHOLE]), CLIP));
        assert!(!is_black(
            &half,
            &Mask::around(&[Rect {
                width: 0.5,
                ..Rect::WHOLE
            }]),
            CLIP
        ));
        assert_eq!(Mask::around(&[Rect::WHOLE]), Mask::of(&[Rect::WHOLE]));
    }
}
