//! Text followed from picture to picture: what stays in its place inside a shot is one text that lasts. Pure.

use serde::Serialize;

use super::TextBox;
use crate::analysis::Region;
use crate::timeline::{Shot, TimeRange, Timestamp};

/// Boxes that share more than this of what they cover together have the same place.
const REPLACED: f32 = 0.1;

/// Thresholds of text that stays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FollowRules {
    /// Boxes of two pictures that share at least this part of what they cover together are one text, 0..1: other words in the
    /// same place begin or end elsewhere.
    pub overlap: f32,
    /// Pictures in a row in which a text may be missed.
    pub missed: usize,
}

impl Default for FollowRules {
    fn default() -> Self {
        Self {
            overlap: 0.7,
            missed: 1,
        }
    }
}

/// A line of text and how long it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShownText {
    /// When, inside one shot: from half-way between the last picture without it and the first with it, and as far after it.
    pub range: TimeRange,
    /// Where, in fractions of the upright picture.
    pub region: Region,
    /// How sure the model is on average, 0..1.
    pub score: f32,
}

/// Returns every text of a video in the order of its beginning; `samples` are pictures with their text, in order.
pub fn follow(
    samples: &[(Timestamp, Vec<TextBox>)],
    shots: &[Shot],
    rules: &FollowRules,
) -> Vec<ShownText> {
    let mut shown: Vec<ShownText> = shots
        .iter()
        .flat_map(|shot| {
            let first = samples.partition_point(|(time, _)| *time < shot.range.start());
            let end = samples.partition_point(|(time, _)| *time < shot.range.end());
            follow_through(&samples[first..end], shot.range, rules)
        })
        .collect();
    let place = |text: &ShownText| (text.region.y, text.region.x);
    shown.sort_by(|a, b| {
        let ((top, left), (other_top, other_left)) = (place(a), place(b));
        let places = top.total_cmp(&other_top).then(left.total_cmp(&other_left));
        a.range.start().cmp(&b.range.start()).then(places)
    });
    shown
}

/// A text that was found in some pictures of a shot.
struct Followed {
    /// The first and the last picture that show it.
    first: usize,
    last: usize,
    boxes: Vec<TextBox>,
}

fn follow_through(
    samples: &[(Timestamp, Vec<TextBox>)],
    shot: TimeRange,
    rules: &FollowRules,
) -> Vec<ShownText> {
    let (mut open, mut done): (Vec<Followed>, Vec<Followed>) = (Vec::new(), Vec::new());
    for (number, (_, boxes)) in samples.iter().enumerate() {
        let gone = |text: &mut Followed| number - text.last > rules.missed + 1;
        done.extend(open.extract_if(.., gone));
        let new = carry_on(&mut open, number, boxes, rules);
        // Where other words have its place a text is over, however few pictures have missed it.
        let replaced = |text: &mut Followed| {
            let before = text.boxes.last().filter(|_| text.last < number);
            before.is_some_and(|b| {
                let mut shares = boxes.iter().map(|now| now.region.overlap(b.region));
                shares.any(|share| share > REPLACED)
            })
        };
        done.extend(open.extract_if(.., replaced));
        open.extend(new.into_iter().map(|text| Followed {
            first: number,
            last: number,
            boxes: vec![text],
        }));
    }
    done.append(&mut open);
    let shown = done.iter();
    shown.filter_map(|text| text.shown(samples, shot)).collect()
}

/// Gives each text the box of this picture that is most like its last one; returns the boxes that are left.
fn carry_on(
    open: &mut [Followed],
    number: usize,
    boxes: &[TextBox],
    rules: &FollowRules,
) -> Vec<TextBox> {
    let mut alike = pairs(open, boxes, rules.overlap);
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = vec![false; boxes.len()];
    for (_, text, place) in alike {
        if open[text].last < number && !taken[place] {
            taken[place] = true;
            open[text].last = number;
            open[text].boxes.push(boxes[place]);
        }
    }
    let free = boxes.iter().zip(taken).filter(|(_, taken)| !taken);
    free.map(|(text, _)| *text).collect()
}

/// Returns how much each text and each box share, as far as they may be one.
fn pairs(open: &[Followed], boxes: &[TextBox], least: f32) -> Vec<(f32, usize, usize)> {
    let mut found = Vec::new();
    for (text, followed) in open.iter().enumerate() {
        let Some(before) = followed.boxes.last() else {
            continue;
        };
        let shares = boxes.iter().map(|b| b.region.overlap(before.region));
        let alike = shares.enumerate().filter(|(_, share)| *share >= least);
        found.extend(alike.map(|(place, share)| (share, text, place)));
    }
    found
}

impl Followed {
    fn shown(&self, samples: &[(Timestamp, Vec<TextBox>)], shot: TimeRange) -> Option<ShownText> {
        let between = |a: usize, b: usize| {
            let (a, b) = (samples[a].0, samples[b].0);
            a + b.since(a) / 2
        };
        let start = match self.first {
            0 => shot.start(),
            first => between(first - 1, first),
        };
        let end = if self.last + 1 < samples.len() {
            between(self.last, self.last + 1)
        } else {
            shot.end()
        };
        let edge = |of: fn(&Region) -> f32| {
            let mut values: Vec<f32> = self.boxes.iter().map(|b| of(&b.region)).collect();
            values.sort_by(f32::total_cmp);
            values[values.len() / 2]
        };
        let (x, y) = (edge(|r| r.x), edge(|r| r.y));
        let scores = self.boxes.iter().map(|b| b.score);
        Some(ShownText {
            range: TimeRange::new(start, end)?,
            region: Region {
                x,
                y,
                width: edge(|r| r.x + r.width) - x,
                height: edge(|r| r.y + r.height) - y,
            },
            score: scores.sum::<f32>() / self.boxes.len() as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Transition;
    use proptest::prelude::*;

    fn at(tenths: i64) -> Timestamp {
        Timestamp::new(tenths, 10).unwrap()
    }

    fn shot(start: i64, end: i64) -> Shot {
        Shot {
            range: TimeRange::new(at(start), at(end)).unwrap(),
            start_frame: 0,
            end_frame: 1,
            transition: Transition::Cut,
        }
    }

    /// A line of text in the middle, this wide, at this height.
    fn line(width: f32, y: f32) -> TextBox {
        let region = Region {
            x: 0.5 - width / 2.0,
            y,
            width,
            height: 0.05,
        };
        TextBox { region, score: 0.8 }
    }

    /// When each text begins and ends, in tenths of a second; a picture every two seconds from 1.0 s on.
    fn times(pictures: &[&[TextBox]], shots: &[Shot]) -> Vec<(i64, i64)> {
        let times = (10..).step_by(20).map(at);
        let samples: Vec<_> = times.zip(pictures.iter().map(|p| p.to_vec())).collect();
        let found = follow(&samples, shots, &FollowRules::default());
        let tenths = |time: Timestamp| time.to_ticks(1, 10);
        let ranges = found.iter().map(|text| text.range);
        ranges
            .map(|range| (tenths(range.start()), tenths(range.end())))
            .collect()
    }

    #[test]
    fn text_lasts_from_half_way_before_its_first_picture_to_half_way_after_its_last() {
        let text: &[TextBox] = &[line(0.5, 0.1)];
        let pictures: [&[TextBox]; 5] = [&[], text, text, &[], &[]];
        assert_eq!(times(&pictures, &[shot(0, 100)]), [(20, 60)]);
        assert_eq!(times(&[text; 5], &[shot(0, 100)]), [(0, 100)]);
    }

    #[test]
    fn text_that_is_missed_once_goes_on() {
        let text: &[TextBox] = &[line(0.5, 0.1)];
        let pictures: [&[TextBox]; 5] = [text, &[], text, text, text];
        assert_eq!(times(&pictures, &[shot(0, 100)]), [(0, 100)]);
        let pictures: [&[TextBox]; 5] = [text, &[], &[], text, text];
        assert_eq!(times(&pictures, &[shot(0, 100)]), [(0, 20), (60, 100)]);
    }

    #[test]
    fn other_words_in_the_same_place_are_another_text() {
        let pictures: [&[TextBox]; 3] = [&[line(0.5, 0.8)], &[line(0.3, 0.8)], &[line(0.6, 0.8)]];
        let found = times(&pictures, &[shot(0, 60)]);
        assert_eq!(found, [(0, 20), (20, 40), (40, 60)]);
    }

    #[test]
    fn nothing_is_followed_over_a_cut() {
        let text: &[TextBox] = &[line(0.5, 0.1)];
        let shots = [shot(0, 35), shot(35, 80)];
        assert_eq!(times(&[text; 4], &shots), [(0, 35), (35, 80)]);
    }

    #[test]
    fn two_lines_keep_apart_whatever_their_order() {
        let (above, below) = (line(0.5, 0.1), line(0.5, 0.12));
        let pictures: [&[TextBox]; 2] = [&[above, below], &[below, above]];
        assert_eq!(times(&pictures, &[shot(0, 40)]), [(0, 40), (0, 40)]);
    }

    proptest! {
        #[test]
        fn every_box_is_in_a_text_that_is_shown_then(
            pictures in proptest::collection::vec(proptest::collection::vec((0.1..0.9_f32, 0..9_u8), 0..4), 1..12),
        ) {
            let line_of = |&(width, row): &(f32, u8)| line(width, f32::from(row) * 0.1);
            let pictures: Vec<Vec<TextBox>> = pictures.iter().map(|boxes| boxes.iter().map(line_of).collect()).collect();
            let samples: Vec<_> = (0..).step_by(20).map(at).zip(pictures).collect();
            let shots = [shot(0, 90), shot(90, 300)];
            let found = follow(&samples, &shots, &FollowRules::default());
            for (time, boxes) in &samples {
                let now = found.iter().filter(|text| text.range.contains(*time)).count();
                prop_assert!(now >= boxes.len());
            }
            let whole = |text: &ShownText| shots.iter().any(|shot| shot.range.start() <= text.range.start() && text.range.end() <= shot.range.end());
            prop_assert!(found.iter().all(whole));
        }
    }
}
