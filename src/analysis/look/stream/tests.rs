use super::*;
use crate::timeline::TimeRange;
use proptest::prelude::*;

/// Frames a second.
const RATE: i64 = 10;

fn at(frame: i64) -> Timestamp {
    Timestamp::new(frame, RATE as u32).unwrap()
}

fn grey(level: u8) -> SmallPicture {
    [level; SMALL_BYTES]
}

/// Watches frames of even grey, one a tenth of a second.
fn watched(levels: &[u8]) -> Appearance {
    let mut look = Look::new(LookRules::default());
    for (frame, level) in levels.iter().enumerate() {
        look.push(at(frame as i64), &grey(*level), None);
    }
    look.finish(at(levels.len() as i64))
}

fn frames(ranges: &[TimeRange]) -> Vec<(i64, i64)> {
    let frame = |time: Timestamp| time.to_ticks(1, RATE as i32);
    let ends = |range: &TimeRange| (frame(range.start()), frame(range.end()));
    ranges.iter().map(ends).collect()
}

/// A light that flickers from frame to frame.
fn flicker(frames: usize) -> impl Iterator<Item = u8> {
    (0..frames).map(|n| 100 + (n % 2) as u8 * 4)
}

#[test]
fn each_second_has_the_mean_light_and_all_the_motion_of_its_frames() {
    let levels: Vec<u8> = flicker(25).collect();
    let found = watched(&levels);
    assert_eq!(found.seconds.len(), 3);
    let (second, last) = (found.seconds[1], found.seconds[2]);
    assert_eq!((second.start, second.frames), (at(10), 10));
    assert!((second.brightness - 102.0 / 255.0).abs() < 0.005);
    assert!((second.motion - 40.0 / 255.0).abs() < 1e-5);
    assert_eq!((last.frames, last.sharpness), (5, None));
}

#[test]
fn a_cut_is_no_motion() {
    let mut levels = vec![20; 10];
    levels.extend([200; 10]);
    assert!(watched(&levels).seconds.iter().all(|s| s.motion == 0.0));
}

#[test]
fn black_is_listed_until_the_first_frame_with_light() {
    let mut levels: Vec<u8> = flicker(5).collect();
    levels.extend([3; 4]);
    levels.extend(flicker(5));
    levels.extend([0; 2]);
    assert_eq!(frames(&watched(&levels).black), [(5, 9), (14, 16)]);
}

#[test]
fn a_black_picture_with_a_light_in_it_is_not_black() {
    let mut look = Look::new(LookRules::default());
    let mut title = grey(0);
    title[600..630].fill(200);
    (0..5).for_each(|frame| look.push(at(frame), &title, None));
    assert_eq!(look.finish(at(5)).black, []);
}

#[test]
fn black_with_a_little_dim_light_in_it_is_black() {
    let black_with = |places: usize, level: u8| {
        let mut look = Look::new(LookRules::default());
        let mut dim = grey(5);
        dim[600..600 + 3 * places].fill(level);
        (0..5).for_each(|frame| look.push(at(frame), &dim, None));
        !look.finish(at(5)).black.is_empty()
    };
    assert!(black_with(20, 60));
    assert!(!black_with(40, 60) && !black_with(20, 90));
}

#[test]
fn a_picture_that_stands_still_for_long_is_listed_from_its_first_frame() {
    let mut levels: Vec<u8> = flicker(8).collect();
    levels.extend([50; 12]);
    levels.extend(flicker(8));
    levels.extend([60; 5]);
    assert_eq!(frames(&watched(&levels).frozen), [(8, 20)]);
}

#[test]
fn a_single_frame_shown_for_long_stands_still() {
    let mut look = Look::new(LookRules::default());
    look.push(at(0), &grey(10), None);
    look.push(at(1), &grey(90), None);
    look.push(at(31), &grey(10), None);
    look.push(at(32), &grey(90), None);
    assert_eq!(frames(&look.finish(at(62)).frozen), [(1, 31), (32, 62)]);
}

#[test]
fn bars_are_measured_on_the_larger_pictures() {
    let mut look = Look::new(LookRules::default());
    let (width, height) = (100, 50);
    let pixel = |place: u32| {
        [if (7..43).contains(&(place / width)) {
            120
        } else {
            0
        }; 3]
    };
    let picture = Picture {
        width,
        height,
        rgb: (0..width * height).flat_map(pixel).collect(),
    };
    (0..5).for_each(|frame| look.push(at(frame), &grey(80), Some(&picture)));
    let found = look.finish(at(5));
    assert!((found.active.y - 0.14).abs() < 1e-6 && (found.active.height - 0.72).abs() < 1e-6);
    assert!(found.seconds[0].sharpness.is_some());
}

#[test]
fn a_video_without_frames_looks_like_nothing() {
    let found = watched(&[]);
    assert_eq!(
        (found.seconds, found.black, found.frozen),
        (vec![], vec![], vec![])
    );
    assert_eq!(found.active, Region::WHOLE);
}

proptest! {
    #[test]
    fn every_frame_is_in_one_second_and_runs_are_in_order_inside_the_video(
        shown in proptest::collection::vec((0..30_u8, 0..15_i64), 1..120),
    ) {
        let mut look = Look::new(LookRules::default());
        let mut frame = 0;
        for (level, gap) in &shown {
            look.push(at(frame), &grey(*level * 3), None);
            frame += gap;
        }
        let found = look.finish(at(frame));
        prop_assert_eq!(found.seconds.iter().map(|s| s.frames as usize).sum::<usize>(), shown.len());
        prop_assert!(found.seconds.is_sorted_by(|a, b| a.start < b.start));
        for runs in [&found.black, &found.frozen] {
            prop_assert!(runs.is_sorted_by(|a, b| a.end() <= b.start()));
            prop_assert!(runs.iter().all(|r| r.start() >= at(0) && r.end() <= at(frame)));
        }
    }
}
