use proptest::prelude::*;

use super::*;
use crate::timeline::Timestamp;

fn range(start: i64, end: i64) -> TimeRange {
    let at = |second| Timestamp::new(second, 1).unwrap();
    TimeRange::new(at(start), at(end)).unwrap()
}

/// An offer of 20 s whose sound is that of moment `heard`.
fn offer(start: i64, score: f64, heard: u64) -> Offer {
    Offer {
        range: range(start, start + 20),
        score,
        fingerprint: Fingerprint::of_noise(heard),
    }
}

/// Offers of each video by score and moment, one after the other in time.
fn videos(raw: &[&[(f64, u64)]]) -> Vec<Vec<Offer>> {
    let offers = |video: &&[(f64, u64)]| {
        let starts = video.iter().zip(0..);
        starts
            .map(|(&(score, heard), slot)| offer(30 * slot, score, heard))
            .collect()
    };
    raw.iter().map(offers).collect()
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn lists(videos: &[Vec<Offer>]) -> Vec<Shortlist<'_>> {
    let named = NAMES.into_iter().zip(videos);
    named
        .map(|(video, offers)| Shortlist { video, offers })
        .collect()
}

fn check(raw: &[&[(f64, u64)]], (best_of, floor, cap): (usize, usize, usize), expected: &str) {
    let (videos, rules) = (
        videos(raw),
        Archive {
            best: best_of,
            floor,
            cap,
        },
    );
    let sign = |place: &Place| match place {
        Place::Best { rank } => rank.to_string(),
        Place::Repeats { rank } => format!("={rank}"),
        Place::OverVideo { .. } => "^".into(),
        Place::Below { .. } => "-".into(),
    };
    let found = best(&lists(&videos), &rules);
    let found: Vec<String> = found
        .iter()
        .map(|all| all.iter().map(sign).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(found.join(" | "), expected);
}

#[test]
fn the_best_of_all_videos_are_chosen() {
    check(
        &[&[(0.9, 1), (0.5, 2)], &[(0.8, 3), (0.7, 4)]],
        (3, 0, 9),
        "1 - | 2 3",
    );
}

#[test]
fn no_video_gives_more_than_its_cap_and_none_less_than_its_floor() {
    let raw: [&[_]; 2] = [&[(0.9, 1), (0.8, 2), (0.7, 3)], &[(0.1, 4), (0.05, 5)]];
    check(&raw, (3, 0, 2), "1 2 ^ | 3 -");
    check(&raw, (3, 1, 9), "1 2 - | 3 -");
    check(&raw, (1, 2, 9), "1 2 - | 3 4");
}

#[test]
fn a_moment_of_two_videos_is_taken_from_the_better_one() {
    let raw: [&[_]; 2] = [&[(0.6, 1), (0.5, 2)], &[(0.7, 1), (0.4, 3)]];
    check(&raw, (9, 0, 9), "=1 2 | 1 3");
    check(&raw, (9, 2, 2), "=1 2 | 1 3");
}

#[test]
fn equal_scores_are_decided_by_the_videos_name() {
    check(&[&[(0.5, 1)], &[(0.5, 2)]], (1, 0, 9), "1 | -");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_numbers_are_in_their_bounds_and_the_order_changes_nothing(
        raw in proptest::collection::vec(proptest::collection::vec((0..9_u8, 0..12_u64), 0..5), 1..4),
        best_of in 1..10_usize, floor in 0..3_usize, more in 0..3_usize,
    ) {
        let videos: Vec<Vec<Offer>> = raw.iter().map(|video| {
            let starts = video.iter().zip(0..);
            starts.map(|(&(score, heard), slot)| offer(30 * slot, f64::from(score) / 9.0, heard)).collect()
        }).collect();
        let rules = Archive { best: best_of, floor, cap: floor + more };
        let lists = lists(&videos);
        let found = best(&lists, &rules);
        let chosen = |places: &Vec<Place>| places.iter().filter(|place| matches!(place, Place::Best { .. })).count();
        prop_assert!(found.iter().map(chosen).sum::<usize>() <= best_of.max(floor * lists.len()));
        prop_assert!(found.iter().all(|places| chosen(places) <= floor + more));
        let reversed: Vec<Vec<Offer>> = videos.iter().map(|all| all.iter().rev().cloned().collect()).collect();
        let backwards: Vec<_> = lists.iter().zip(&reversed).rev().map(|(list, offers)| Shortlist { video: list.video, offers }).collect();
        let mut other = best(&backwards, &rules);
        other.reverse();
        other.iter_mut().for_each(|places| places.reverse());
        prop_assert_eq!(found, other);
    }
}
