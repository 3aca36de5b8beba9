//! Sampling times for saliency: the parts of a shot without a face or a person. Pure.

use std::time::Duration;

use serde::Serialize;

use crate::timeline::{Shot, TimeRange, Timestamp};

/// Sampling of the parts of a shot without a face or a person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PlaceRules {
    /// A shorter moment without anybody, in a shot that shows somebody, is left alone.
    pub min_length: Duration,
    /// A range is looked at in the middle of each of its parts, which are even and no longer than this.
    pub interval: Duration,
}

impl Default for PlaceRules {
    fn default() -> Self {
        Self {
            min_length: Duration::from_secs(2),
            interval: Duration::from_secs(2),
        }
    }
}

/// A face or a person, from the first picture of a shot that shows it to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownSubject {
    /// The shot, 0-based.
    pub shot: usize,
    /// When the first picture is shown.
    pub first: Timestamp,
    /// When the last picture is shown.
    pub last: Timestamp,
}

/// Returns the times to look at, in order: in each range of a shot that shows nobody.
pub fn places(shots: &[Shot], shown: &[ShownSubject], rules: &PlaceRules) -> Vec<Timestamp> {
    let of_shot = |number: usize| shown.iter().filter(move |subject| subject.shot == number);
    shots
        .iter()
        .enumerate()
        .flat_map(|(number, shot)| empty(shot.range, of_shot(number), rules.min_length))
        .flat_map(|range| looks(range, rules.interval))
        .collect()
}

/// Returns the ranges of a shot without anybody.
fn empty<'a>(
    shot: TimeRange,
    shown: impl Iterator<Item = &'a ShownSubject>,
    min_length: Duration,
) -> Vec<TimeRange> {
    let spans = shown.map(|subject| (subject.first, subject.last));
    let mut spans: Vec<(Timestamp, Timestamp)> = spans.collect();
    if spans.is_empty() {
        return vec![shot];
    }
    spans.sort();
    spans.push((shot.end(), shot.end()));
    let mut free = Vec::new();
    let mut from = shot.start();
    for (first, last) in spans {
        free.extend(TimeRange::new(from, first));
        from = from.max(last);
    }
    free.retain(|range| range.duration() >= min_length);
    free
}

fn looks(range: TimeRange, interval: Duration) -> impl Iterator<Item = Timestamp> {
    let parts = range.duration().div_duration_f64(interval).ceil().max(1.0) as u32;
    (0..parts).map(move |part| range.start() + range.duration() * (2 * part + 1) / (2 * parts))
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

    fn face(shot: usize, first: i64, last: i64) -> ShownSubject {
        ShownSubject {
            shot,
            first: at(first),
            last: at(last),
        }
    }

    fn tenths(shots: &[Shot], shown: &[ShownSubject]) -> Vec<i64> {
        let found = places(shots, shown, &PlaceRules::default());
        found.iter().map(|time| time.to_ticks(1, 10)).collect()
    }

    #[test]
    fn a_shot_without_a_face_is_looked_at_in_the_middle_of_each_of_its_parts() {
        assert_eq!(
            tenths(&[shot(0, 10), shot(10, 90)], &[]),
            [5, 20, 40, 60, 80]
        );
    }

    #[test]
    fn a_shot_with_a_face_is_looked_at_only_where_it_is_long_gone() {
        let shots = [shot(0, 100), shot(100, 200)];
        assert_eq!(
            tenths(&shots, &[face(0, 5, 60), face(1, 100, 199)]),
            [70, 90]
        );
        assert_eq!(
            tenths(
                &shots,
                &[face(0, 70, 98), face(0, 2, 40), face(1, 110, 190)]
            ),
            [48, 63]
        );
    }

    proptest! {
        #[test]
        fn no_time_to_look_at_shows_a_face_and_all_are_in_order(spans in proptest::collection::vec((0..200_i64, 0..100_i64), 0..6)) {
            let tracks: Vec<ShownSubject> = spans.iter().map(|(first, length)| face(0, *first, (first + length).min(199))).collect();
            let found = tenths(&[shot(0, 200), shot(200, 300)], &tracks);
            prop_assert!(found.is_sorted());
            for time in found {
                prop_assert!(!spans.iter().any(|(first, length)| (*first..=first + length).contains(&time)) || time >= 200);
            }
        }
    }
}
