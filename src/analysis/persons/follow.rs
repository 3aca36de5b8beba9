//! Person tracks: joins the persons of single pictures through a shot. Pure.

use std::time::Duration;

use super::PersonDetection;
use crate::analysis::tracking::{JoinRules, Reach, distinct, join};
use crate::timeline::{Shot, Timestamp};

/// Thresholds of a person's track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonTrackRules {
    /// How far a person moves and grows from one picture to the next.
    pub reach: Reach,
    /// A person missed for no longer than this is the same when it is found again.
    pub max_gap: Duration,
    /// A person found less often is dropped, unless its shot has fewer pictures and it is in all of them.
    pub min_found: usize,
    /// A person whose best score stays below this is dropped, 0..1.
    pub sure: f32,
}

impl Default for PersonTrackRules {
    /// Returns what suits pictures half a second apart.
    fn default() -> Self {
        Self {
            reach: Reach {
                moved: 0.8,
                grown: 2.0,
            },
            max_gap: Duration::from_millis(1600),
            min_found: 2,
            sure: 0.22,
        }
    }
}

/// One person, from the first picture of a shot that shows one to the last.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonTrack {
    /// 0-based, by the time and place of the first picture; no two tracks of a video share it.
    pub id: u32,
    /// The shot it lies in, 0-based.
    pub shot: usize,
    /// Where the person was found and when, in order; never empty.
    pub samples: Vec<(Timestamp, PersonDetection)>,
}

/// Returns the persons of a video, by shot and first appearance.
///
/// `pictures` holds every picture that was searched, in order of time, also those without a person. A track lies in one shot;
/// the order of a picture's persons does not matter.
pub fn follow_persons(
    pictures: &[(Timestamp, Vec<PersonDetection>)],
    shots: &[Shot],
    rules: &PersonTrackRules,
) -> Vec<PersonTrack> {
    let joining = JoinRules {
        reach: rules.reach,
        max_gap: rules.max_gap,
    };
    let mut tracks = Vec::new();
    for (shot, inside) in shots.iter().enumerate() {
        let start = pictures.partition_point(|(time, _)| *time < inside.range.start());
        let end = pictures.partition_point(|(time, _)| *time < inside.range.end());
        let seen = distinct(pictures.get(start..end).unwrap_or_default());
        let enough = rules.min_found.min(seen.len());
        for found in join(&seen, &joining) {
            let sure = found.iter().any(|(_, person)| person.score >= rules.sure);
            if sure && found.len() >= enough {
                let samples = found.iter().map(|(number, p)| (seen[*number].0, *p));
                tracks.push(PersonTrack {
                    id: tracks.len() as u32,
                    shot,
                    samples: samples.collect(),
                });
            }
        }
    }
    tracks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Point, Region};
    use crate::timeline::{TimeRange, Transition};

    fn at(halves: i64) -> Timestamp {
        Timestamp::new(halves, 2).unwrap()
    }

    fn person(x: f32, score: f32) -> PersonDetection {
        let region = Region::around(Point { x, y: 0.5 }, 0.1, 0.5);
        PersonDetection {
            region,
            head: region,
            score,
        }
    }

    /// The shot and the times in half seconds of each track; shots begin at the given half seconds.
    fn followed(starts: &[i64], pictures: &[&[(f32, f32)]]) -> Vec<(usize, Vec<i64>)> {
        let end = pictures.len() as i64;
        let ends = starts.iter().skip(1).chain([&end]);
        let shots = starts.iter().zip(ends).map(|(&start, &end)| Shot {
            range: TimeRange::new(at(start), at(end)).unwrap(),
            start_frame: 0,
            end_frame: 1,
            transition: Transition::Cut,
        });
        let found = pictures.iter().zip(0..).map(|(found, time)| {
            let found = found.iter().map(|&(x, score)| person(x, score));
            (at(time), found.collect())
        });
        let found: Vec<_> = found.collect();
        let shots: Vec<_> = shots.collect();
        let tracks = follow_persons(&found, &shots, &PersonTrackRules::default());
        let times =
            |track: &PersonTrack| track.samples.iter().map(|s| s.0.to_ticks(1, 2)).collect();
        tracks.iter().map(|t| (t.shot, times(t))).collect()
    }

    #[test]
    fn a_person_who_walks_is_followed_until_the_cut() {
        let walk: [&[_]; 5] = [
            &[(0.2, 0.5)],
            &[(0.25, 0.5)],
            &[(0.3, 0.5)],
            &[(0.3, 0.5)],
            &[(0.3, 0.5)],
        ];
        assert_eq!(
            followed(&[0, 3], &walk),
            [(0, vec![0, 1, 2]), (1, vec![3, 4])]
        );
    }

    #[test]
    fn a_person_found_once_or_never_surely_is_dropped() {
        let seldom: [&[_]; 4] = [&[(0.2, 0.9)], &[], &[(0.8, 0.2)], &[(0.8, 0.2)]];
        assert_eq!(followed(&[0], &seldom), []);
    }

    #[test]
    fn a_person_missed_for_a_second_is_the_same() {
        let missed: [&[_]; 4] = [&[(0.2, 0.9)], &[], &[], &[(0.22, 0.4)]];
        assert_eq!(followed(&[0], &missed), [(0, vec![0, 3])]);
    }

    #[test]
    fn a_short_shot_keeps_a_person_who_is_in_all_of_it() {
        assert_eq!(followed(&[0], &[&[(0.2, 0.9)]]), [(0, vec![0])]);
    }
}
