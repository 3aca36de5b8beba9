//! Covers of made-up clips.

use super::*;
use proptest::prelude::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::new(millis, 1000).unwrap()
}

fn range(start: i64, end: i64) -> TimeRange {
    TimeRange::new(at(start), at(end)).unwrap()
}

/// Ten seconds that all look the same.
fn plain() -> Appearance {
    let second = |n: i64| Second {
        start: at(n * 1000),
        frames: 25,
        brightness: 0.5,
        motion: 0.05,
        sharpness: Some(0.4),
    };
    Appearance {
        seconds: (0..10).map(second).collect(),
        black: Vec::new(),
        plain: Vec::new(),
        insets: Vec::new(),
        frozen: Vec::new(),
        active: Region::WHOLE,
    }
}

fn shot(start: i64, end: i64, transition: Transition) -> Shot {
    Shot {
        range: range(start, end),
        start_frame: 0,
        end_frame: 0,
        transition,
    }
}

/// A face of a given height in the middle of the picture whose nose stands `aside` of its middle.
fn sample(millis: i64, height: f32, aside: f32) -> TrackSample {
    let region = Region::around(Point { x: 0.5, y: 0.5 }, height / 2.0, height);
    let point = |x: f32, y: f32| Point {
        x: 0.5 + x * height,
        y: 0.5 + y * height,
    };
    TrackSample {
        time: at(millis),
        region,
        score: Some(0.9),
        landmarks: Landmarks {
            eyes: [point(-0.1, -0.1), point(0.1, -0.1)],
            nose: point(aside * 0.2, 0.05),
            mouth: [point(-0.08, 0.2), point(0.08, 0.2)],
        },
        searched: true,
    }
}

fn track(samples: Vec<TrackSample>) -> Track {
    Track {
        id: 0,
        shot: 0,
        samples,
    }
}

/// The times of the covers of a clip.
fn times(range: TimeRange, sight: &CoverSight<'_>, count: usize) -> Vec<Timestamp> {
    let covers = cover(range, sight, count);
    covers.iter().map(|cover| cover.time).collect()
}

fn best(look: &Appearance, tracks: &[Track], shots: &[Shot]) -> i64 {
    times(range(0, 10_000), &sight(look, tracks, shots), 1)[0].to_ticks(1, 1000)
}

fn sight<'a>(look: &'a Appearance, tracks: &'a [Track], shots: &'a [Shot]) -> CoverSight<'a> {
    CoverSight {
        look,
        tracks,
        shots,
        cut_text: &[],
    }
}

#[test]
fn equal_seconds_are_decided_by_the_earlier_one() {
    assert_eq!(best(&plain(), &[], &[]), 500);
}

#[test]
fn the_sharp_calm_and_well_lit_second_wins() {
    let mut look = plain();
    look.seconds[3].sharpness = Some(0.8);
    assert_eq!(best(&look, &[], &[]), 3500);
    look.seconds[3].brightness = 0.02;
    assert_eq!(best(&look, &[], &[]), 500);
    look.seconds[3].brightness = 0.5;
    look.seconds[6] = Second {
        start: at(6000),
        motion: 0.0,
        ..look.seconds[3]
    };
    assert_eq!(best(&look, &[], &[]), 6500);
}

#[test]
fn a_large_face_that_looks_at_the_viewer_wins() {
    let samples = [
        sample(1000, 0.3, 0.2),
        sample(2000, 0.3, 0.0),
        sample(3000, 0.1, 0.0),
    ];
    assert_eq!(best(&plain(), &[track(samples.to_vec())], &[]), 2000);
    let mut missed = samples[1];
    missed.score = None;
    let tracks = [track(vec![samples[0], missed, samples[2]])];
    assert_eq!(best(&plain(), &tracks, &[]), 1000);
}

#[test]
fn a_tilted_face_and_one_cut_off_are_worth_less() {
    let upright = sample(0, 0.3, 0.0);
    let mut tilted = upright;
    tilted.landmarks.eyes[1].y += 0.05;
    let worth = |sample: &TrackSample| face_worth(sample, Region::WHOLE);
    assert!(worth(&tilted) < worth(&upright));
    let mut cut = upright;
    cut.region.y = 0.85;
    assert!(worth(&cut) < 0.5 * worth(&upright));
    let bars = Region {
        height: 0.5,
        ..Region::WHOLE
    };
    assert!(face_worth(&upright, bars) < worth(&upright));
    assert_eq!(frontal(&Landmarks::default(), upright.region), 0.0);
}

#[test]
fn transitions_black_and_frozen_stretches_are_left_out() {
    let face = [track(vec![sample(4200, 0.5, 0.0)])];
    assert_eq!(best(&plain(), &face, &[]), 4200);
    let cut = [shot(4000, 10_000, Transition::Cut)];
    assert_ne!(best(&plain(), &face, &cut), 4200);
    let earlier = [shot(3700, 10_000, Transition::Cut)];
    assert_eq!(best(&plain(), &face, &earlier), 4200);
    let dissolve = [shot(3700, 10_000, Transition::Gradual)];
    assert_ne!(best(&plain(), &face, &dissolve), 4200);
    let mut look = plain();
    look.black = vec![range(4000, 5000)];
    assert_ne!(best(&look, &face, &[]), 4200);
    look.frozen = std::mem::take(&mut look.black);
    assert_ne!(best(&look, &face, &[]), 4200);
    look.frozen = vec![range(0, 10_000)];
    assert_eq!(best(&look, &face, &[]), 4200);
}

#[test]
fn a_picture_that_cuts_text_is_no_cover_while_another_is_there() {
    let (look, face) = (plain(), [track(vec![sample(4200, 0.5, 0.0)])]);
    let chosen = |cut: &[Timestamp]| {
        let sight = CoverSight {
            cut_text: cut,
            ..sight(&look, &face, &[])
        };
        times(range(0, 10_000), &sight, 1)[0].to_ticks(1, 1000)
    };
    assert_eq!(chosen(&[]), 4200);
    let around: Vec<_> = (3600..4800).step_by(200).map(at).collect();
    assert_eq!(chosen(&around), 500);
    let always: Vec<_> = (0..10_000).step_by(200).map(at).collect();
    assert_eq!(chosen(&always), 4200);
}

#[test]
fn the_shortest_clip_has_a_times() {
    let found = times(range(9_900, 10_000), &sight(&plain(), &[], &[]), 3);
    assert_eq!(found, [at(9_950)]);
    assert_eq!(times(range(0, 5000), &sight(&plain(), &[], &[]), 0), []);
}

proptest! {
    #[test]
    fn covers_are_inside_apart_and_the_same_in_any_order(
        faces in proptest::collection::vec((0..10_000_i64, 0.01..0.9_f32, -1.0..1.0_f32), 0..20),
        cuts in proptest::collection::vec(1..9_999_i64, 0..6),
        start in 0..9_000_i64, length in 40..10_000_i64, count in 1..5_usize,
    ) {
        let mut tracks: Vec<_> = faces.iter().map(|&(time, height, aside)| track(vec![sample(time, height, aside)])).collect();
        let shots: Vec<_> = cuts.iter().map(|&cut| shot(cut, 10_000, Transition::Cut)).collect();
        let clip = range(start, start + length);
        let found = times(clip, &sight(&plain(), &tracks, &shots), count);
        prop_assert!((1..=count).contains(&found.len()));
        prop_assert!(found.iter().all(|&time| clip.contains(time)));
        let apart = clip.duration() / (2 * count as u32);
        for (index, a) in found.iter().enumerate() {
            prop_assert!(found[..index].iter().all(|b| a.since(*b).max(b.since(*a)) >= apart));
        }
        tracks.reverse();
        prop_assert_eq!(found, times(clip, &sight(&plain(), &tracks, &shots), count));
    }
}
