use super::*;
use crate::analysis::Embedding;
use crate::analysis::Region;
use crate::analysis::look::{Appearance, Second};
use crate::timeline::Timestamp;
use proptest::prelude::*;

/// A film of two minutes: what is heard and seen at any time, the same whoever encodes it.
#[derive(Clone, Copy)]
struct Film {
    seed: u64,
    heard: bool,
    /// Seconds of a shot; 0 for one picture all the time.
    shot: u64,
    embedded: bool,
    moves: bool,
}

/// Noise that depends on a number alone, −1..1.
fn noise(seed: u64, at: u64) -> f64 {
    let mut bits =
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ at.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 31).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 29;
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Bits that stay for a fifth of a second, some of them known, one of thirty-two of these wrong.
fn row(seed: u64, encoder: u64, seconds: f64) -> SignatureRow {
    let word = |seed: u64, at: f64| (noise(seed, at as u64).abs() * f64::from(u32::MAX)) as u32;
    let known = word(seed ^ 1, seconds * 5.0) | word(seed ^ 2, seconds * 5.0);
    let wrong = (3..8).fold(known, |bits, salt| {
        bits & word(encoder ^ salt << 20, seconds * 20.0)
    });
    SignatureRow {
        grew: word(seed ^ 3, seconds * 5.0) & known ^ wrong,
        known,
    }
}

fn signature(seconds: f64, row: impl Fn(f64) -> SignatureRow) -> Signature {
    let count = (seconds * Signature::RATE) as u32;
    Signature {
        start: Timestamp::ZERO,
        rows: (0..count)
            .map(|n| row(f64::from(n) / Signature::RATE))
            .collect(),
    }
}

/// A copy of a film: trimmed at its start, encoded with its own errors.
struct Copy {
    heard: Signature,
    seen: Signature,
    look: Appearance,
    pictures: Vec<(Timestamp, Embedding)>,
    film: Film,
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

impl Film {
    fn copy(self, trimmed: f64, encoder: u64) -> Copy {
        let seen = |seconds: f64| match self.shot {
            0 => 7,
            length => seconds as u64 / length,
        };
        let picture = |seconds: f64| {
            let shot = seen(seconds);
            let value =
                |c| noise(self.seed ^ shot, c) + 0.3 + 0.1 * noise(encoder ^ seconds as u64, c);
            Embedding::new((0..128).map(|c| value(c) as f32).collect())
        };
        // Pictures tell something where one shot gives way to another, and where much moves.
        let seen_row = |at: f64| {
            let seconds = trimmed + at;
            let cut = self.shot > 0 && seconds % self.shot as f64 <= 0.4;
            let is_moving = self.moves || cut;
            if is_moving {
                row(self.seed ^ 77, encoder, seconds)
            } else {
                SignatureRow::default()
            }
        };
        let second = |number: u64| {
            let seconds = trimmed + number as f64;
            let shot = seen(seconds);
            Second {
                start: at(number as f64),
                frames: 25,
                brightness: (0.5 + 0.2 * noise(self.seed, shot)) as f32,
                motion: 0.2,
                sharpness: None,
            }
        };
        let length = (120.0 - trimmed) as u64;
        Copy {
            heard: signature(length as f64, |at| row(self.seed, encoder, trimmed + at)),
            seen: signature(length as f64, seen_row),
            look: Appearance {
                seconds: (0..length).map(second).collect(),
                black: Vec::new(),
                plain: Vec::new(),
                insets: Vec::new(),
                frozen: Vec::new(),
                active: Region::WHOLE,
            },
            pictures: (0..2 * length)
                .map(|half| (at(half as f64 / 2.0), picture(trimmed + half as f64 / 2.0)))
                .collect(),
            film: self,
        }
    }
}

impl Copy {
    fn print(&self, start: f64, end: f64) -> Fingerprint {
        let material = Material {
            heard: self.film.heard.then_some(&self.heard),
            seen: Some(&self.seen),
            look: Some(&self.look),
            pictures: self.film.embedded.then_some(self.pictures.as_slice()),
            ..Material::default()
        };
        Fingerprint::of(&material, TimeRange::new(at(start), at(end)).unwrap())
    }
}

const TALK: Film = Film {
    seed: 11,
    heard: true,
    shot: 0,
    embedded: true,
    moves: false,
};
const SILENT: Film = Film {
    seed: 12,
    heard: false,
    shot: 2,
    embedded: true,
    moves: false,
};

#[test]
fn a_trimmed_copy_is_recognised_at_any_offset() {
    for film in [TALK, SILENT] {
        let original = film.copy(0.0, 1).print(40.0, 70.0);
        for trimmed in [0.0, 3.37, 11.95, 20.5] {
            let copy = film.copy(trimmed, 2);
            for shift in [-15.0, 0.0, 4.2, 20.0] {
                let start = 40.0 - trimmed + shift;
                let found = same_moment(&original, &copy.print(start, start + 30.0));
                assert!(
                    found,
                    "trimmed {trimmed}, {shift} later, heard {}",
                    film.heard
                );
            }
        }
    }
}

#[test]
fn different_moments_of_a_talk_with_a_still_picture_are_different() {
    let (original, copy) = (TALK.copy(0.0, 1), TALK.copy(3.37, 2));
    for start in [0.0, 30.0, 60.0] {
        let other = copy.print(start + 30.0 - 3.37, start + 60.0 - 3.37);
        assert!(
            !same_moment(&original.print(start, start + 30.0), &other),
            "{start}"
        );
    }
}

#[test]
fn stretches_of_a_silent_still_picture_prove_nothing() {
    let film = Film { shot: 0, ..SILENT };
    let (a, b) = (film.copy(0.0, 1), film.copy(5.0, 2));
    assert!(!same_moment(&a.print(40.0, 60.0), &b.print(70.0, 90.0)));
    assert!(!same_moment(&a.print(40.0, 60.0), &b.print(35.0, 55.0)));
}

#[test]
fn a_still_picture_that_another_video_shows_too_is_no_moment() {
    let slide = Film { shot: 0, ..SILENT };
    let other = Film { seed: 99, ..slide };
    let (a, mut b) = (slide.copy(0.0, 1), slide.copy(0.0, 2));
    b.pictures.truncate(80);
    b.pictures
        .extend_from_slice(&other.copy(0.0, 2).pictures[80..]);
    let (a, b) = (a.print(10.0, 30.0), b.print(30.0, 50.0));
    assert!(!same_moment(&a, &b) && !same_moment(&b, &a));
}

#[test]
fn one_music_under_two_pictures_is_no_moment() {
    let other = Film {
        shot: 5,
        seed: 11,
        ..TALK
    };
    let (a, mut b) = (TALK.copy(0.0, 1), other.copy(0.0, 2));
    assert!(same_moment(
        &a.print(10.0, 40.0),
        &TALK.copy(0.0, 2).print(10.0, 40.0)
    ));
    b.pictures = Film { seed: 99, ..other }.copy(0.0, 2).pictures;
    assert!(!same_moment(&a.print(10.0, 40.0), &b.print(10.0, 40.0)));
}

#[test]
fn movement_alone_is_enough_where_there_is_much_of_it() {
    let film = Film {
        embedded: false,
        shot: 0,
        moves: true,
        ..SILENT
    };
    let (a, b) = (film.copy(0.0, 1), film.copy(7.0, 2));
    assert!(same_moment(&a.print(10.0, 70.0), &b.print(3.0, 63.0)));
    assert!(!same_moment(&a.print(0.0, 50.0), &b.print(50.0, 100.0)));
}

#[test]
fn a_fingerprint_is_small_and_survives_being_kept() {
    let print = TALK.copy(0.0, 1).print(0.0, 60.0);
    let bytes = postcard::to_stdvec(&print).unwrap();
    assert!(bytes.len() < 30_000, "{}", bytes.len());
    assert_eq!(postcard::from_bytes::<Fingerprint>(&bytes).unwrap(), print);
}

#[test]
fn files_of_the_same_bytes_are_told_by_their_times() {
    let print = |content: &[u8], start, end| {
        let material = Material {
            content: Some(content),
            ..Material::default()
        };
        Fingerprint::of(&material, TimeRange::new(at(start), at(end)).unwrap())
    };
    let first = print(b"a", 0.0, 10.0);
    assert!(same_moment(&first, &print(b"a", 9.0, 20.0)));
    assert!(!same_moment(&first, &print(b"a", 10.0, 20.0)));
    assert!(!same_moment(&first, &print(b"b", 0.0, 10.0)));
}

#[test]
fn nothing_is_the_same_as_nothing() {
    let range = TimeRange::new(at(0.0), at(10.0)).unwrap();
    let nothing = Fingerprint::of(&Material::default(), range);
    assert!(!same_moment(&nothing, &nothing));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn films_of_their_own_share_no_moment_and_the_answer_is_the_same_both_ways(
        seeds in (1..1000_u64, 1000..2000_u64), starts in (0..80_u32, 0..80_u32), lengths in (3..40_u32, 3..40_u32), heard in any::<bool>(), shot in 0..6_u64,
    ) {
        let film = |seed| Film { seed, heard, shot, embedded: true, moves: false }.copy(0.0, seed);
        let print = |copy: &Copy, start: u32, length: u32| copy.print(f64::from(start), f64::from(start + length));
        let (a, b) = (film(seeds.0), film(seeds.1));
        let (a, b) = (print(&a, starts.0, lengths.0), print(&b, starts.1, lengths.1));
        prop_assert!(!same_moment(&a, &b));
        prop_assert!(!same_moment(&b, &a));
    }
}
