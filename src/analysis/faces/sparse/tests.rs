use std::collections::BTreeSet;

use super::*;
use crate::analysis::faces::Landmarks;
use crate::analysis::{Point, Region};
use proptest::prelude::*;

/// From one picture to the next.
const STEP: Duration = Duration::from_millis(200);

fn at(picture: usize) -> Timestamp {
    Timestamp::from_ticks(picture as i64, 1, 5).unwrap()
}

fn face(x: f32, size: f32, score: f32) -> Detection {
    Detection {
        region: Region::around(Point { x, y: 0.5 }, size, size),
        score,
        landmarks: Landmarks::default(),
    }
}

/// Searches so many pictures, each `level`s light and with the faces that are told; returns which were searched, and the faces of all.
fn search(
    count: usize,
    rules: Option<SparseRules>,
    level: impl Fn(usize) -> u8,
    faces: impl Fn(usize) -> Vec<Detection>,
) -> (BTreeSet<usize>, Vec<SampledFaces>) {
    let mut search = SparseSearch::new(rules, STEP);
    let mut asked = BTreeSet::new();
    let mut answer_due = |search: &mut SparseSearch<usize>| {
        while let Some((number, picture)) = search.take_due() {
            assert_eq!(number, picture);
            assert!(asked.insert(number), "{number} is searched twice");
            search.answer(number, faces(number));
        }
    };
    for picture in 0..count {
        let due = search.is_next_due(at(picture), &[level(picture); SMALL_BYTES]);
        answer_due(&mut search);
        if due {
            let number = search.push_searched(at(picture));
            search.answer(number, faces(number));
        } else {
            search.push_waiting(at(picture), picture);
        }
    }
    search.end_stretch();
    answer_due(&mut search);
    let found = search.finish();
    assert!(found.iter().map(|(time, _)| *time).eq((0..count).map(at)));
    let searched = found
        .iter()
        .enumerate()
        .filter(|(_, (_, picture))| picture.searched);
    let searched = searched.map(|(number, _)| number).collect();
    (searched, found)
}

/// Pictures that are searched of 21 that look the same.
fn searched(faces: impl Fn(usize) -> Vec<Detection>) -> Vec<usize> {
    let (searched, _) = search(21, Some(SparseRules::default()), |_| 90, faces);
    searched.into_iter().collect()
}

#[test]
fn what_stays_the_same_is_searched_once_a_second() {
    assert_eq!(searched(|_| vec![]), [0, 5, 10, 15, 20]);
    assert_eq!(searched(|_| vec![face(0.5, 0.2, 0.9)]), [0, 5, 10, 15, 20]);
}

#[test]
fn without_rules_all_are_searched() {
    let (searched, _) = search(7, None, |_| 90, |_| vec![]);
    assert_eq!(searched.len(), 7);
}

#[test]
fn a_face_that_moves_evenly_is_found_between_two_searches() {
    let place = |picture: usize| 0.3 + 0.01 * picture as f32;
    let faces = |picture| vec![face(place(picture), 0.2, 0.9)];
    let (searched, found) = search(21, Some(SparseRules::default()), |_| 90, faces);
    assert_eq!(searched.len(), 5);
    for (picture, (_, found)) in found.iter().enumerate() {
        let [face] = found.faces[..] else {
            panic!("one face in {picture}")
        };
        assert!((face.region.centre().x - place(picture)).abs() < 1e-5);
    }
}

#[test]
fn where_a_face_comes_or_goes_the_pictures_around_are_searched() {
    let faces = |picture| match picture {
        8..17 => vec![face(0.5, 0.2, 0.9)],
        _ => vec![],
    };
    assert_eq!(searched(faces), [0, 5, 7, 8, 10, 15, 16, 17, 20]);
}

#[test]
fn a_face_that_moves_fast_is_searched_all_along() {
    let there = |picture: usize| 0.1 + 0.08 * picture.min(10) as f32;
    let found = searched(|picture| vec![face(there(picture), 0.1, 0.9)]);
    assert!((0..=10).all(|picture| found.contains(&picture)));
    assert!(found.len() < 16);
}

#[test]
fn an_unsure_face_may_flicker() {
    let faces = |picture: usize| vec![face(0.5, 0.2, 0.4); picture % 2];
    assert_eq!(searched(faces).len(), 5);
}

#[test]
fn two_who_may_speak_are_watched_more_closely() {
    let two = |size| vec![face(0.3, size, 0.9), face(0.7, size, 0.9)];
    let watched = [0, 2, 3, 5, 7, 8, 10, 12, 13, 15, 17, 18, 20];
    assert_eq!(searched(|_| two(0.2)), watched);
    assert_eq!(searched(|_| two(0.05)).len(), 5);
}

#[test]
fn pictures_on_both_sides_of_a_cut_are_searched() {
    let level = |picture| if picture < 13 { 40 } else { 90 };
    let (searched, _) = search(20, Some(SparseRules::default()), level, |_| vec![]);
    assert_eq!(
        searched.into_iter().collect::<Vec<_>>(),
        [0, 5, 10, 12, 13, 18, 19]
    );
}

#[test]
fn no_more_pictures_are_held_than_is_told() {
    let rules = SparseRules::default();
    for (millis, most) in [(20, 7), (200, 4), (400, 2), (1000, 0)] {
        let interval = Duration::from_millis(millis);
        assert_eq!(rules.most_waiting(interval), most, "{millis}");
        let mut search = SparseSearch::new(Some(rules), interval);
        for picture in 0..100_u32 {
            let time = Timestamp::ZERO + interval * picture;
            if search.is_next_due(time, &[0; SMALL_BYTES]) {
                let number = search.push_searched(time);
                search.answer(number, vec![]);
            } else {
                search.push_waiting(time, ());
            }
            assert!(search.held() <= most, "{} are held", search.held());
        }
    }
}

fn scenes() -> impl Strategy<Value = Vec<(u8, Vec<Detection>)>> {
    let one = (0.1..0.9_f32, 0.05..0.3_f32, 0.3..1.0_f32);
    let one = one.prop_map(|(x, size, score)| face(x, size, score));
    let part = (
        any::<u8>(),
        proptest::collection::vec(one, 0..3),
        1..12_usize,
    );
    let parts = proptest::collection::vec(part, 1..6);
    parts.prop_map(|parts| {
        let parts = parts.into_iter();
        parts
            .flat_map(|(level, faces, length)| vec![(level, faces); length])
            .collect()
    })
}

proptest! {
    #[test]
    fn pictures_are_searched_often_enough_and_keep_their_faces(scene in scenes()) {
        let rules = SparseRules::default();
        let (searched, found) = search(
            scene.len(), Some(rules), |picture| scene[picture].0, |picture| scene[picture].1.clone(),
        );
        let searched: Vec<_> = searched.into_iter().collect();
        prop_assert_eq!((searched[0], searched[searched.len() - 1]), (0, scene.len() - 1));
        for pair in searched.windows(2) {
            prop_assert!(at(pair[1]).since(at(pair[0])) <= rules.longest);
        }
        for number in searched {
            prop_assert_eq!(&found[number].1.faces, &scene[number].1);
        }
    }
}
