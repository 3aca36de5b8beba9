//! Persons from the model's maps, as the original finds them. Pure.

use serde::Serialize;

use super::PersonDetection;
use super::head::{JOINTS, Joint, head_of};
use crate::analysis::{Point, Region};

/// A person's middle is the likeliest place this far around it.
const PEAK: usize = 2;
/// How much closer than likelier places a joint's way from the middle counts, as the original has it.
const SPREAD: f32 = 0.300_048_83;
/// A joint less likely than this does not count for its person's score, as in the original.
const COUNTS: f32 = 0.126_953_13;

/// Thresholds of a person in a single picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PersonRules {
    /// A person at least this likely is one, 0..1.
    pub threshold: f32,
    /// Of two persons that share more than this of what they cover together, the likelier stays, 0..1.
    pub overlap: f32,
    /// So many of a picture are found at most.
    pub most: usize,
    /// About as many pixels of each picture are shown to the model; its time grows with them.
    pub pixels: u32,
}

impl Default for PersonRules {
    /// Returns what finds people from about a seventh of the picture's height on, with next to none too many.
    fn default() -> Self {
        Self {
            threshold: 0.15,
            overlap: 0.6,
            most: 6,
            pixels: 256 * 144,
        }
    }
}

/// Model output for one picture: maps of `columns` by `rows` places, row by row, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct PersonMaps<'a> {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// How likely a person has its middle here.
    pub(super) centers: &'a [f32],
    /// Its height and width in places.
    pub(super) sizes: &'a [f32],
    /// From the place to the middle, down and across.
    pub(super) offsets: &'a [f32],
    /// How likely each joint is here.
    pub(super) joints: &'a [f32],
    /// From the middle's place to each joint, down and across.
    pub(super) joint_ways: &'a [f32],
    /// From a joint's place to the joint, down and across.
    pub(super) joint_offsets: &'a [f32],
}

/// Returns the persons of one picture of this shape, width to height, the likeliest first.
pub(super) fn decode(
    maps: &PersonMaps<'_>,
    shape: f32,
    rules: &PersonRules,
) -> Vec<PersonDetection> {
    let mut peaks = maps.peaks(rules.threshold);
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let found = peaks.into_iter().take(rules.most);
    let found = found.map(|(place, score)| maps.person(place, score, shape));
    let likely = |person: &PersonDetection| person.score >= rules.threshold;
    let mut found: Vec<_> = found
        .filter(|person| likely(person) && person.region.area() > 0.0)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<PersonDetection> = Vec::new();
    for person in found {
        let apart = |other: &PersonDetection| other.region.overlap(person.region) < rules.overlap;
        if kept.iter().all(apart) {
            kept.push(person);
        }
    }
    kept
}

impl PersonMaps<'_> {
    /// Returns the places no less likely than those around them, with how likely they are: `threshold` at least.
    fn peaks(&self, threshold: f32) -> Vec<(usize, f32)> {
        let likely = self.centers.iter().copied().enumerate();
        let likely = likely.filter(|(_, score)| *score >= threshold);
        likely
            .filter(|&(place, score)| {
                let (row, column) = (place / self.columns, place % self.columns);
                let mut around = (row.saturating_sub(PEAK)..=row + PEAK)
                    .take_while(|row| *row < self.rows)
                    .flat_map(|row| {
                        let last = (column + PEAK).min(self.columns - 1);
                        let first = column.saturating_sub(PEAK);
                        &self.centers[row * self.columns..][first..=last]
                    });
                around.all(|other| *other <= score)
            })
            .collect()
    }

    fn person(&self, place: usize, center: f32, shape: f32) -> PersonDetection {
        let (columns, rows) = (self.columns as f32, self.rows as f32);
        let (down, across) = self.pair(self.offsets, 0, place);
        let (height, width) = self.pair(self.sizes, 0, place);
        let middle = Point {
            x: (place % self.columns) as f32 + across,
            y: (place / self.columns) as f32 + down,
        };
        let places = Region::around(middle, width.max(0.0), height.max(0.0));
        let region = Region {
            x: places.x / columns,
            y: places.y / rows,
            width: places.width / columns,
            height: places.height / rows,
        };
        let region = region.clipped();
        let joints = std::array::from_fn(|number| self.joint(number, place, region));
        PersonDetection {
            region,
            head: head_of(region, &joints, shape),
            score: center * sureness(&joints),
        }
    }

    /// Returns a joint of the person with its middle at a place: where the map of all persons' joints says so, the nearer to
    /// where this one's is expected the rather, and inside of it.
    fn joint(&self, number: usize, middle: usize, region: Region) -> Joint {
        let plane = self.columns * self.rows;
        let (down, across) = self.pair(self.joint_ways, number, middle);
        let expected = Point {
            x: (middle % self.columns) as f32 + across,
            y: (middle / self.columns) as f32 + down,
        };
        let spread = self.columns.min(self.rows) as f32 * SPREAD;
        let likely = &self.joints[number * plane..][..plane];
        let (mut best, mut score) = (middle, 0.0);
        for row in within(region.y, region.height, self.rows) {
            for column in within(region.x, region.width, self.columns) {
                let place = row * self.columns + column;
                if likely[place] <= score {
                    continue;
                }
                let far = (row as f32 - expected.y).powi(2) + (column as f32 - expected.x).powi(2);
                let here = likely[place] * (-far / spread).exp();
                if here > score {
                    (best, score) = (place, here);
                }
            }
        }
        let (down, across) = self.pair(self.joint_offsets, number, best);
        let place = Point {
            x: ((best % self.columns) as f32 + across) / self.columns as f32,
            y: ((best / self.columns) as f32 + down) / self.rows as f32,
        };
        Joint { place, score }
    }

    /// Returns what a pair of planes says of a place, down and across.
    fn pair(&self, planes: &[f32], number: usize, place: usize) -> (f32, f32) {
        let plane = self.columns * self.rows;
        let at = 2 * number * plane + place;
        (planes[at], planes[at + plane])
    }
}

/// Returns the mean of how likely the joints are that are seen.
fn sureness(joints: &[Joint; JOINTS]) -> f32 {
    let seen = joints.iter().map(|joint| joint.score);
    let seen = seen.filter(|score| *score > COUNTS);
    seen.clone().sum::<f32>() / (seen.count() as f32).max(1.0)
}

/// Returns the places from `from` on, both in fractions of `count` places.
fn within(from: f32, length: f32, count: usize) -> std::ops::Range<usize> {
    let places = count as f32;
    let first = (from * places).ceil().max(0.0) as usize;
    first..(((from + length) * places).ceil() as usize).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 32;
    const ROWS: usize = 16;
    const PLANE: usize = COLUMNS * ROWS;

    /// Persons 8 places high and 4 wide with all joints at their middle, at the given places.
    fn persons(places: &[(usize, usize, f32)]) -> Vec<PersonDetection> {
        let mut centers = vec![0.0; PLANE];
        for (column, row, score) in places {
            centers[row * COLUMNS + column] = *score;
        }
        let maps = PersonMaps {
            columns: COLUMNS,
            rows: ROWS,
            centers: &centers,
            sizes: &[[8.0; PLANE], [4.0; PLANE]].concat(),
            offsets: &[0.5; 2 * PLANE],
            joints: &vec![0.8; JOINTS * PLANE],
            joint_ways: &vec![0.0; 2 * JOINTS * PLANE],
            joint_offsets: &vec![0.5; 2 * JOINTS * PLANE],
        };
        decode(&maps, 2.0, &PersonRules::default())
    }

    #[test]
    fn a_person_lies_around_its_middle_in_fractions_of_the_picture() {
        let [person] = persons(&[(16, 8, 0.9)])[..] else {
            panic!("one person")
        };
        let centre = person.region.centre();
        assert!((centre.x - 16.5 / 32.0).abs() < 1e-6 && (centre.y - 8.5 / 16.0).abs() < 1e-6);
        assert!((person.region.width - 0.125).abs() < 1e-6);
        assert!((person.region.height - 0.5).abs() < 1e-6);
        assert!((person.score - 0.72).abs() < 1e-6);
    }

    #[test]
    fn the_likeliest_of_neighbours_is_the_person() {
        let found = persons(&[(8, 8, 0.5), (9, 8, 0.8), (24, 8, 0.9), (16, 4, 0.1)]);
        let scores: Vec<f32> = found.iter().map(|p| (p.score * 100.0).round()).collect();
        assert_eq!(scores, [72.0, 64.0]);
    }

    #[test]
    fn a_person_at_the_edge_ends_there_and_so_does_its_head() {
        let person = persons(&[(0, 0, 0.9)])[0];
        assert_eq!((person.region.x, person.region.y), (0.0, 0.0));
        assert_eq!(person.head, person.head.clipped());
        assert!(person.head.area() > 0.0);
    }

    #[test]
    fn no_more_persons_than_asked_for_are_found() {
        let places: Vec<_> = (0..8).map(|n| (4 * n + 1, 8, 0.9)).collect();
        assert_eq!(persons(&places).len(), 6);
    }
}
