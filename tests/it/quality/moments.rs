//! Moments of real films, found again in re-encoded, trimmed copies.

use crate::moments::{Known, compare, copy};
use crate::needs::shared;
use crate::or_skip;

/// Films, and the seconds that two stretches must share to be the same moment: more before a still camera without sound.
const FILMS: [(&str, f64); 4] = [
    ("speech/manifesto.mp4", 4.0),
    ("cuts/tears-of-steel-battle-clip-medium.webm", 4.0),
    ("cuts/trailer_bbb.mp4", 4.0),
    ("faces/vtest.avi", 8.0),
];

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn moments_of_real_films_are_told_apart_and_found_again() {
    let mut wrong = Vec::new();
    for (name, proof) in FILMS {
        let compared = compare(&or_skip!(shared(&format!("media/{name}"))), proof);
        let right = compared.iter().filter(|(_, right)| *right).count();
        println!("{name:44} {right} of {} pairs of stretches", compared.len());
        let missed = compared.into_iter().filter(|(_, right)| !right);
        wrong.extend(missed.map(|(places, _)| places));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Seconds that the copies begin later.
const LATER: f64 = 3.37;

#[test]
#[ignore = "measures quality; run scripts/quality"]
fn sketches_of_real_films_tell_which_share_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut films = Vec::new();
    for name in [
        "speech/manifesto.mp4",
        "speech/jwpIntro.mp4",
        "cuts/tears-of-steel-battle-clip-medium.webm",
        "cuts/trailer_bbb.mp4",
        "awkward/trailer.ogv",
        "faces/obama_speech.mp4",
        "faces/vtest.avi",
    ] {
        let path = or_skip!(shared(&format!("media/{name}")));
        let copied = Known::of(&copy(&folder, &path, &LATER.to_string()));
        films.push((name, Known::of(&path), copied));
    }
    let (mut missed, mut mistaken, mut opaque) = (0, 0, 0);
    for (number, (name, own, copied)) in films.iter().enumerate() {
        for sound_only in [false, true] {
            let Some(rough) = copied.sketch(sound_only) else {
                println!(
                    "{name}: no sketch of {}",
                    if sound_only { "the sound" } else { "it" }
                );
                opaque += 1;
                continue;
            };
            let shares =
                |known: &Known| known.sketch(false).is_none_or(|one| rough.may_share(&one));
            let same = (0..8).filter(|n| own.is_same_as(copied, 5.0 + 4.0 * f64::from(*n), LATER));
            let same = same.count();
            if !shares(own) {
                println!(
                    "{name} is not known again, sound alone: {sound_only}; {same} of 8 moments are"
                );
                missed += usize::from(same > 0);
            }
            for (other, unrelated, _) in &films[..number] {
                if shares(unrelated) {
                    println!("{name} may share something with {other}");
                    mistaken += 1;
                }
            }
        }
    }
    println!(
        "copies missed {missed}, unrelated taken for related {mistaken}, without a sketch {opaque}"
    );
    assert_eq!(missed, 0);
}
