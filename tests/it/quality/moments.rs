//! Moments of real films, found again in re-encoded, trimmed copies.

use crate::moments::compare;
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
