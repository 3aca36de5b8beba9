use std::time::Duration;

use super::*;
use crate::analysis::faces::{Detection, Landmarks};
use crate::analysis::{Point, Region};
use crate::timeline::{TimeRange, Timestamp, Transition};
use proptest::prelude::*;

/// Samples a second.
const RATE: i32 = 5;

fn at(sample: usize) -> Timestamp {
    Timestamp::from_ticks(sample as i64, 1, RATE).unwrap()
}

fn face(x: f32, y: f32) -> Detection {
    sized(x, y, 0.1)
}

fn sized(x: f32, y: f32, size: f32) -> Detection {
    let centre = Point { x, y };
    Detection {
        region: Region::around(centre, size, size),
        score: 0.9,
        landmarks: Landmarks {
            nose: centre,
            ..Landmarks::default()
        },
    }
}

/// Shots that begin at the given samples, the last one ending at `end`.
fn shots_from(starts: &[usize], end: usize) -> Vec<Shot> {
    let ends = starts.iter().skip(1).chain([&end]);
    let shot = |(&start, &end): (&usize, &usize)| Shot {
        range: TimeRange::new(at(start), at(end)).unwrap(),
        start_frame: start as u64,
        end_frame: end as u64,
        transition: Transition::Cut,
    };
    starts.iter().zip(ends).map(shot).collect()
}

fn numbered(pictures: Vec<Vec<Detection>>) -> Vec<SampledFaces> {
    let searched = true;
    let numbered = pictures.into_iter().enumerate();
    numbered
        .map(|(n, faces)| (at(n), PictureFaces { faces, searched }))
        .collect()
}

/// Each track as the samples from its first to its last.
fn spans(tracks: &[Track]) -> Vec<(usize, usize)> {
    let sample = |s: &TrackSample| s.time.to_ticks(1, RATE) as usize;
    let ends = |t: &Track| (sample(&t.samples[0]), sample(t.samples.last().unwrap()));
    tracks.iter().map(ends).collect()
}

fn bare() -> TrackRules {
    TrackRules {
        smoothing: Duration::ZERO,
        ..TrackRules::default()
    }
}

#[test]
fn a_face_is_followed_until_the_cut_and_is_another_after_it() {
    let pictures = numbered(vec![vec![face(0.5, 0.5)]; 10]);
    let tracks = track(&pictures, &shots_from(&[0, 6], 10), &bare());
    assert_eq!(spans(&tracks), [(0, 5), (6, 9)]);
    assert_eq!(
        tracks.iter().map(|t| (t.id, t.shot)).collect::<Vec<_>>(),
        [(0, 0), (1, 1)]
    );
}

#[test]
fn a_face_missed_for_a_moment_is_bridged_between_its_neighbours() {
    let mut pictures = vec![vec![face(0.5, 0.5)], vec![face(0.5, 0.5)]];
    pictures.extend([vec![], vec![], vec![face(0.56, 0.5)]]);
    let tracks = track(&numbered(pictures), &shots_from(&[0], 5), &bare());
    assert_eq!(spans(&tracks), [(0, 4)]);
    let bridge = tracks[0].samples[3];
    assert_eq!(bridge.score, None);
    assert!((bridge.region.centre().x - 0.54).abs() < 1e-6);
    assert!((bridge.landmarks.nose.x - 0.54).abs() < 1e-6);
}

#[test]
fn a_face_missed_for_long_begins_anew() {
    let mut pictures = vec![vec![face(0.5, 0.5)]; 16];
    pictures[4..10].fill(vec![]);
    let tracks = track(&numbered(pictures), &shots_from(&[0], 16), &bare());
    assert_eq!(spans(&tracks), [(0, 3), (10, 15)]);
}

#[test]
fn a_face_found_seldom_or_never_surely_is_dropped() {
    let mut pictures = vec![vec![]; 12];
    pictures[3] = vec![face(0.2, 0.2)];
    pictures[4] = vec![face(0.2, 0.2)];
    let unsure = Detection {
        score: 0.4,
        ..face(0.8, 0.8)
    };
    pictures.iter_mut().for_each(|p| p.push(unsure));
    assert_eq!(
        track(&numbered(pictures), &shots_from(&[0], 12), &bare()),
        []
    );
}

#[test]
fn a_shot_of_few_samples_keeps_a_face_that_is_in_all_of_them() {
    let pictures = numbered(vec![vec![face(0.5, 0.5)]; 5]);
    let tracks = track(&pictures, &shots_from(&[0, 1, 3], 5), &bare());
    assert_eq!(spans(&tracks), [(0, 0), (1, 2), (3, 4)]);
}

#[test]
fn two_faces_that_move_past_one_another_keep_their_numbers() {
    let step = |n: usize| {
        let x = 0.3 + 0.02 * n as f32;
        vec![face(1.0 - x, 0.7), face(x, 0.3)]
    };
    let tracks = track(
        &numbered((0..20).map(step).collect()),
        &shots_from(&[0], 20),
        &bare(),
    );
    assert_eq!(spans(&tracks), [(0, 19), (0, 19)]);
    assert!(tracks[0].samples.iter().all(|s| s.region.y < 0.5));
}

#[test]
fn a_face_of_another_size_is_another_face() {
    let picture = |n: usize| vec![sized(0.5, 0.5, if n < 4 { 0.1 } else { 0.3 })];
    let tracks = track(
        &numbered((0..8).map(picture).collect()),
        &shots_from(&[0], 8),
        &bare(),
    );
    assert_eq!(spans(&tracks), [(0, 3), (4, 7)]);
}

#[test]
fn smoothing_takes_the_tremble_out_and_leaves_an_even_movement_where_it_is() {
    let x = |n: usize| 0.2 + 0.02 * n as f32;
    let tremble = |n: usize| if n.is_multiple_of(2) { 0.004 } else { -0.004 };
    let even = numbered((0..20).map(|n| vec![face(x(n), 0.5)]).collect());
    let shaken = numbered(
        (0..20)
            .map(|n| vec![face(x(n) + tremble(n), 0.5)])
            .collect(),
    );
    let error = |pictures, first: usize, last: usize| {
        let samples = &track(pictures, &shots_from(&[0], 20), &TrackRules::default())[0].samples;
        let off = |n: usize| (samples[n].region.centre().x - x(n)).abs();
        (first..last).map(off).fold(0.0, f32::max)
    };
    assert!(error(&even, 0, 20) < 1e-5);
    assert!(error(&shaken, 2, 18) < 0.001);
}

fn scenes() -> impl Strategy<Value = (Vec<Vec<Detection>>, Vec<usize>)> {
    let place = (0.0..1.0_f32, 0.0..1.0_f32, 0.05..0.3_f32, 0.3..1.0_f32);
    let faces = proptest::collection::vec(place, 0..4);
    let pictures = proptest::collection::vec(faces, 1..40);
    pictures.prop_flat_map(|pictures| {
        let cuts = proptest::collection::btree_set(1..pictures.len().max(2), 0..4);
        let detections = |faces: Vec<_>| {
            let faces = faces.into_iter();
            let found = |(x, y, size, score)| Detection {
                score,
                ..sized(x, y, size)
            };
            faces.map(found).collect()
        };
        let pictures: Vec<Vec<Detection>> = pictures.into_iter().map(detections).collect();
        let last = pictures.len();
        let starts = move |cuts: std::collections::BTreeSet<usize>| {
            let inside = cuts.into_iter().filter(|cut| *cut < last);
            std::iter::once(0).chain(inside).collect::<Vec<_>>()
        };
        (Just(pictures), cuts.prop_map(starts))
    })
}

proptest! {
    #[test]
    fn no_track_crosses_a_cut_and_every_sample_is_there_once((pictures, starts) in scenes()) {
        let shots = shots_from(&starts, pictures.len());
        let pictures = numbered(pictures);
        let tracks = track(&pictures, &shots, &bare());
        for (number, found) in tracks.iter().enumerate() {
            prop_assert_eq!(found.id as usize, number);
            let span = spans(std::slice::from_ref(found))[0];
            prop_assert_eq!(found.samples.len(), span.1 - span.0 + 1);
            for (step, sample) in found.samples.iter().enumerate() {
                prop_assert_eq!(sample.time, at(span.0 + step));
                prop_assert!(shots[found.shot].range.contains(sample.time));
            }
        }
        for (time, PictureFaces { faces: detections, .. }) in &pictures {
            let used = tracks.iter().flat_map(|t| &t.samples).filter(|s| s.time == *time && s.score.is_some());
            let noses: Vec<_> = used.map(|s| (s.score, s.landmarks)).collect();
            prop_assert!(noses.len() <= detections.len());
            for (score, landmarks) in noses {
                prop_assert!(detections.iter().any(|d| Some(d.score) == score && d.landmarks == landmarks));
            }
        }
    }

    #[test]
    fn tracks_do_not_depend_on_the_order_of_a_pictures_detections((pictures, starts) in scenes(), turn in 0..4_usize) {
        let shots = shots_from(&starts, pictures.len());
        let turned = pictures.iter().map(|faces| {
            let mut faces = faces.clone();
            let turn = turn.min(faces.len());
            faces.rotate_left(turn);
            faces.reverse();
            faces
        });
        let turned = track(&numbered(turned.collect()), &shots, &TrackRules::default());
        prop_assert_eq!(turned, track(&numbered(pictures), &shots, &TrackRules::default()));
    }

    #[test]
    fn smoothed_regions_stay_in_the_picture((pictures, starts) in scenes()) {
        let shots = shots_from(&starts, pictures.len());
        for track in track(&numbered(pictures), &shots, &TrackRules::default()) {
            for sample in track.samples {
                let region = sample.region;
                prop_assert_eq!(region, region.clipped());
                prop_assert!(region.area() > 0.0);
            }
        }
    }
}
