//! Changes of slides: much of what can be read changes at once in a picture that stands still before and after.
//!
//! The shot model sees pictures, and two slides of one design are one picture to it. [`SlideWatch`] notes where places of
//! 48x27 pictures change once; [`slide_changes`] keeps what the lines of text that were found there confirm.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analysis::picture_text::TextBox;
use crate::frame::{SMALL_HEIGHT, SMALL_WIDTH, SmallPicture};
use crate::timeline::Timestamp;

const PLACES: usize = SMALL_WIDTH * SMALL_HEIGHT;
/// Levels by which a place differs that has changed.
const CHANGED: u8 = 6;
/// Places that change together when a slide does, at least: two short lines.
const LEAST: usize = 12;
/// How long a place stands still before and after.
const STILL: Duration = Duration::from_millis(500);
/// What compression leaves to be drawn comes in this time.
const SETTLED: Duration = Duration::from_millis(150);
/// Share of the places of a line of text that change when the line does.
const LINE: f64 = 0.2;
/// Share of the picture's height over which lines change; subtitles have less.
const SPREAD: f32 = 0.2;
/// A slide has no fewer lines than this.
const LINES: usize = 2;

/// Places of a small picture that changed once, and the first frame that has them so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallChange {
    frame: usize,
    /// In order; row by row from the top left.
    places: Vec<u16>,
}

/// Watches the pictures of one video for places that change once and stand still before and after.
#[derive(Debug, Default)]
pub struct SlideWatch {
    frames: usize,
    last: Option<Box<[u8; PLACES]>>,
    /// Which places changed, with every picture of the last [`STILL`].
    moved: VecDeque<(Timestamp, PlaceSet)>,
    open: Vec<(Timestamp, usize, PlaceSet)>,
    found: Vec<SmallChange>,
}

impl SlideWatch {
    /// Takes the next frame; `None` is one without a picture.
    pub fn push(&mut self, time: Timestamp, small: Option<&SmallPicture>) {
        let frame = self.frames;
        self.frames += 1;
        let before = std::mem::replace(&mut self.last, small.map(lights));
        let (Some(before), Some(now)) = (before, &self.last) else {
            return;
        };
        let changed = PlaceSet::changed(&before, now);
        self.close(time, changed);
        self.moved.retain(|(moved, _)| time.since(*moved) <= STILL);
        let before = self.moved.iter().map(|(_, places)| *places);
        let fresh = before.fold(changed, PlaceSet::without);
        if fresh.count() >= LEAST {
            self.open.push((time, frame, fresh));
        }
        if changed.count() > 0 {
            self.moved.push_back((time, changed));
        }
    }

    /// Returns what was found, in order.
    pub fn finish(mut self) -> Vec<SmallChange> {
        self.close_all(|_| true);
        self.found
    }

    /// Takes what moves again from the changes that are not settled yet, and keeps those that stood still for long enough.
    fn close(&mut self, time: Timestamp, changed: PlaceSet) {
        self.close_all(|begun| time.since(begun) > STILL);
        for (begun, _, places) in &mut self.open {
            if time.since(*begun) > SETTLED {
                *places = places.without(changed);
            }
        }
    }

    fn close_all(&mut self, is_over: impl Fn(Timestamp) -> bool) {
        let over = self.open.extract_if(.., |(begun, ..)| is_over(*begun));
        let lasting = over.filter(|(.., places)| places.count() >= LEAST);
        self.found
            .extend(lasting.map(|(_, frame, places)| SmallChange {
                frame,
                places: places.numbers().collect(),
            }));
    }
}

/// Returns the first frames of slides after another one, in order.
///
/// `samples` are pictures with their lines of text, in order: of those before and after half must change, over a part of the
/// picture's height.
pub fn slide_changes(
    changes: &[SmallChange],
    times: &[Timestamp],
    samples: &[(Timestamp, Vec<TextBox>)],
) -> Vec<usize> {
    let is_slide = |change: &&SmallChange| {
        let Some(&time) = times.get(change.frame) else {
            return false;
        };
        let after = samples.partition_point(|(sample, _)| *sample < time);
        let before = after.checked_sub(1).map(|before| &samples[before].1);
        let (Some(before), Some((_, after))) = (before, samples.get(after)) else {
            return false;
        };
        [before, after]
            .iter()
            .all(|lines| are_new(lines, &change.places))
    };
    let slides = changes.iter().filter(is_slide);
    slides.map(|change| change.frame).collect()
}

/// Tells whether the lines are those of a slide that comes, or goes, with the change of these places.
fn are_new(lines: &[TextBox], places: &[u16]) -> bool {
    let changed = || lines.iter().filter(|line| changes(line, places));
    let count = changed().count();
    let top = changed().map(|line| line.region.y).reduce(f32::min);
    let bottom = changed().map(|line| line.region.y + line.region.height);
    let spread = bottom.reduce(f32::max).zip(top);
    let spread = spread.map_or(0.0, |(bottom, top)| bottom - top);
    count >= LINES && 2 * count >= lines.len() && spread >= SPREAD
}

fn changes(line: &TextBox, places: &[u16]) -> bool {
    let along = |from: f32, length: f32, count: usize| {
        let first = (from * count as f32).floor().max(0.0) as usize;
        let end = ((from + length) * count as f32).ceil() as usize;
        first..end.min(count)
    };
    let region = line.region;
    let columns = along(region.x, region.width, SMALL_WIDTH);
    let rows = along(region.y, region.height, SMALL_HEIGHT);
    let inside = places
        .iter()
        .map(|place| usize::from(*place))
        .filter(|n| columns.contains(&(n % SMALL_WIDTH)) && rows.contains(&(n / SMALL_WIDTH)));
    inside.count() as f64 >= LINE * (columns.len() * rows.len()) as f64
}

fn lights(small: &SmallPicture) -> Box<[u8; PLACES]> {
    let mut lights = Box::new([0; PLACES]);
    kernels::lights(small, lights.as_mut_slice());
    lights
}

/// A set of places of a small picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PlaceSet([u64; PLACES.div_ceil(64)]);

impl PlaceSet {
    fn changed(before: &[u8; PLACES], after: &[u8; PLACES]) -> Self {
        let mut places = [0; PLACES.div_ceil(64)];
        kernels::changed_places(before, after, CHANGED, &mut places);
        Self(places)
    }

    fn without(self, others: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & !others.0[n]))
    }

    fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Returns the places in order.
    fn numbers(self) -> impl Iterator<Item = u16> {
        (0..PLACES as u16).filter(move |n| self.0[usize::from(n / 64)] >> (n % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Region;
    use crate::frame::SMALL_BYTES;

    fn at(frame: usize) -> Timestamp {
        Timestamp::from_ticks(frame as i64, 1, 10).unwrap()
    }

    /// White, with dark cells: rows and columns of a picture.
    fn page(dark: &[(usize, std::ops::Range<usize>)]) -> SmallPicture {
        let mut picture = [250; SMALL_BYTES];
        for (row, columns) in dark {
            for column in columns.clone() {
                let place = 3 * (row * SMALL_WIDTH + column);
                picture[place..place + 3].fill(190);
            }
        }
        picture
    }

    /// Watches pictures, each shown for so many tenths of a second, with their lines in the middle of that time.
    fn found(shown: &[(&SmallPicture, usize)], lines: &[usize]) -> Vec<usize> {
        let mut watch = SlideWatch::default();
        let (mut times, mut samples) = (Vec::new(), Vec::new());
        for (picture, count) in shown {
            let text = lines.iter().map(|row| TextBox {
                region: Region {
                    x: 0.1,
                    y: *row as f32 / SMALL_HEIGHT as f32,
                    width: 0.5,
                    height: 0.037,
                },
                score: 1.0,
            });
            samples.push((at(times.len() + count / 2), text.collect()));
            for _ in 0..*count {
                let time = at(times.len());
                times.push(time);
                watch.push(time, Some(picture));
            }
        }
        slide_changes(&watch.finish(), &times, &samples)
    }

    #[test]
    fn a_slide_changes_where_most_of_its_lines_do() {
        let first = page(&[(3, 5..20), (9, 5..18), (12, 5..25)]);
        let second = page(&[(3, 5..10), (9, 9..26), (12, 14..18)]);
        assert_eq!(found(&[(&first, 20), (&second, 20)], &[3, 9, 12]), [20]);
        // Too soon after it moved, and without words.
        assert!(found(&[(&first, 20), (&second, 3), (&first, 20)], &[3, 9, 12]).is_empty());
        assert!(found(&[(&first, 20), (&second, 20)], &[]).is_empty());
    }

    #[test]
    fn a_line_more_and_subtitles_are_no_other_slide() {
        let first = page(&[(3, 5..20), (9, 5..18), (12, 5..25)]);
        let more = page(&[(3, 5..20), (9, 5..18), (12, 5..25), (15, 5..30)]);
        assert!(found(&[(&first, 20), (&more, 20)], &[3, 9, 12, 15]).is_empty());
        let said = page(&[(22, 5..30), (24, 5..30)]);
        let next = page(&[(22, 9..14), (24, 12..18)]);
        assert!(found(&[(&said, 20), (&next, 20)], &[22, 24]).is_empty());
    }

    #[test]
    fn what_moves_beside_a_slide_is_not_it() {
        let mut watch = SlideWatch::default();
        for frame in 0..60 {
            let moving = (20, frame % 7..frame % 7 + 20);
            let lines = if frame < 30 { 5..20 } else { 10..35 };
            let picture = page(&[(3, lines.clone()), (9, lines), moving]);
            watch.push(at(frame), Some(&picture));
        }
        let [change] = watch.finish().try_into().unwrap();
        assert_eq!(change.frame, 30);
        let rows: Vec<usize> = change
            .places
            .iter()
            .map(|n| usize::from(*n) / SMALL_WIDTH)
            .collect();
        assert!(rows.iter().all(|row| [3, 9].contains(row)), "{rows:?}");
    }
}
