use super::*;
use crate::clips::dedup::synthetic::Film;

/// An hour in rows.
const HOUR: usize = 72_000;

fn film(seed: u64, noise: f32) -> Film {
    Film {
        sound: true,
        pictures: true,
        seed,
        encoder: seed ^ (noise > 0.0) as u64,
        noise,
        content: vec![seed as u8, (noise * 10.0) as u8],
    }
}

/// Returns the rows of a film's sound and pictures.
fn rows(film: &Film, count: usize) -> [Vec<SignatureRow>; 2] {
    film.signatures(count).map(|signature| signature.rows)
}

fn signature(rows: &[SignatureRow]) -> Signature {
    Signature {
        start: crate::timeline::Timestamp::ZERO,
        rows: rows.to_vec(),
    }
}

fn sketch_of([heard, seen]: [&[SignatureRow]; 2]) -> Option<VideoSketch> {
    let (heard, seen) = (signature(heard), signature(seen));
    VideoSketch::of(&Material {
        heard: (!heard.rows.is_empty()).then_some(&heard),
        seen: (!seen.rows.is_empty()).then_some(&seen),
        ..Material::default()
    })
}

/// Returns rows in which those of another film stand from `at` on.
fn with_part(mut rows: Vec<SignatureRow>, part: &[SignatureRow], at: usize) -> Vec<SignatureRow> {
    rows[at..at + part.len()].copy_from_slice(part);
    rows
}

#[test]
fn a_shared_part_is_seen_wherever_it_is_and_unrelated_videos_are_told_apart() {
    let minutes = 10;
    let count = HOUR * minutes / 60;
    let videos: Vec<_> = (1..=6).map(|seed| rows(&film(seed, 0.0), count)).collect();
    let sketches: Vec<_> = videos
        .iter()
        .map(|[heard, seen]| sketch_of([heard, seen]).unwrap())
        .collect();
    let mut wrong = 0;
    for (number, own) in sketches.iter().enumerate() {
        wrong += sketches[..number]
            .iter()
            .filter(|other| own.may_share(other))
            .count();
    }
    assert_eq!(wrong, 0, "unrelated videos");
    // Six seconds of a rough copy, anywhere.
    let copied = rows(&film(1, 1.0), count);
    for (case, at) in [(0, 0), (1, 777), (2, 5_000), (3, count - 120)] {
        let from = (case * 2_900 + 13) % (count - 120);
        let part = |side: usize| &copied[side][from..from + 120];
        let other = &videos[case + 1];
        let heard = with_part(other[0].clone(), part(0), at);
        let seen = with_part(other[1].clone(), part(1), at);
        let both = sketch_of([&heard, &seen]).unwrap();
        assert!(both.may_share(&sketches[0]), "case {case}");
        assert!(sketches[0].may_share(&both), "case {case}, the other way");
        let sound = sketch_of([&heard, &[]]).unwrap();
        assert!(sound.may_share(&sketches[0]), "case {case} by sound alone");
    }
}

#[test]
fn one_second_that_is_equal_is_enough() {
    let [own, other] = [1, 2].map(|seed| rows(&film(seed, 0.0), 6_000));
    // A second in which much changes: a moment must be provable.
    let lively = |from: &usize| {
        let known = |row: &SignatureRow| row.known.count_ones();
        own[0][*from..from + 20].iter().map(known).sum::<u32>() >= 20 * 16
    };
    let from = (0..5_000).step_by(20).find(lively).unwrap();
    let heard = with_part(other[0].clone(), &own[0][from..from + 20], 3_000);
    let sketch = sketch_of([&heard, &[]]).unwrap();
    assert!(sketch.may_share(&sketch_of([&own[0], &[]]).unwrap()));
}

#[test]
fn videos_without_a_side_in_common_and_files_of_the_same_bytes_may_share_anything() {
    let [heard, seen] = rows(&film(1, 0.0), 2_000);
    let [sound, pictures] = [
        sketch_of([&heard, &[]]).unwrap(),
        sketch_of([&[], &seen]).unwrap(),
    ];
    assert!(sound.may_share(&pictures));
    let [other, _] = rows(&film(2, 0.0), 2_000);
    let named = |rows: &[SignatureRow]| {
        let heard = signature(rows);
        VideoSketch::of(&Material {
            heard: Some(&heard),
            content: Some(b"digest"),
            ..Material::default()
        })
    };
    assert!(named(&heard).unwrap().may_share(&named(&other).unwrap()));
    assert!(!sound.may_share(&sketch_of([&other, &[]]).unwrap()));
}

#[test]
fn silence_and_still_pictures_have_no_sketch() {
    let silent = vec![SignatureRow::default(); 2_000];
    assert!(sketch_of([&silent, &silent]).is_none());
    assert!(sketch_of([&[], &[]]).is_none());
}

#[test]
fn a_sketch_says_what_it_takes() {
    let [heard, seen] = rows(&film(1, 0.0), 2_000);
    let both = sketch_of([&heard, &seen]).unwrap().bytes();
    assert!(both > 2 * 2_000 * size_of::<SignatureRow>(), "{both}");
    assert!(both < 2 * 2_000 * 40, "{both}");
}
