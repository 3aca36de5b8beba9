//! Synthetic moments for tests and measurements: signatures that change over time as those of real sound and pictures do.
//!
//! Levels of 33 bands wander; a row says which differences of neighbours grew, as in `analysis::signature`. A copy has noise on
//! its levels, so that weak bits are wrong more often than strong ones, and wrong for as long as they stay.

use std::time::Duration;

use super::fingerprint::Fingerprint;
use crate::analysis::signature::{Signature, SignatureRow};
use crate::clips::material::Material;
use crate::clips::random::random;
use crate::timeline::{TimeRange, Timestamp};

const BANDS: usize = 33;
/// How much of the liveliness stays from row to row, and how much of it there is.
const LIVELINESS_STAYS: f32 = 0.9;
const LIVELY: f32 = 0.8;

/// How a signature changes as time goes by.
#[derive(Debug, Clone, Copy)]
struct Character {
    /// How much of a level stays from row to row.
    stays: f32,
    /// Rows from what is compared to what it is compared with.
    back: usize,
    /// A smaller change is not known.
    least: f32,
}

/// As sound: half of the bits known, neighbouring rows half alike.
const SOUND: Character = Character {
    stays: 0.4,
    back: 2,
    least: 0.8,
};
/// As pictures: half of the bits known, rows alike for a third of a second.
const PICTURES: Character = Character {
    stays: 0.7,
    back: 8,
    least: 0.9,
};

/// A film of which moments and copies are made.
#[derive(Debug, Clone)]
pub(crate) struct Film {
    pub(crate) sound: bool,
    pub(crate) pictures: bool,
    /// Films of one seed are copies of one another.
    pub(crate) seed: u64,
    /// Copies of one encoder have the same noise.
    pub(crate) encoder: u64,
    /// The noise of the encoder; at 0 all copies are equal, at 1 there is as much of it as of the film.
    pub(crate) noise: f32,
    /// A digest of the file.
    pub(crate) content: Vec<u8>,
}

impl Film {
    /// Returns a moment of the film in rows, twenty a second; all before them are made as well.
    pub(crate) fn moment(&self, start: usize, rows: usize) -> Fingerprint {
        let [heard, seen] = self.signatures(start + rows);
        let at = |row: usize| Timestamp::ZERO + Duration::from_millis(50 * row as u64);
        let material = Material {
            heard: self.sound.then_some(&heard),
            seen: self.pictures.then_some(&seen),
            content: Some(&self.content),
            ..Material::default()
        };
        let range = TimeRange::new(at(start), at(start + rows)).expect("a moment has rows");
        Fingerprint::of(&material, range)
    }

    /// Returns the first rows of the sound and of the pictures.
    pub(crate) fn signatures(&self, rows: usize) -> [Signature; 2] {
        [(self.sound, SOUND, 1), (self.pictures, PICTURES, 2)].map(|(is_there, character, salt)| {
            let seeds = [self.seed << 2 | salt, self.encoder << 2 | salt | 1 << 63];
            Signature {
                start: Timestamp::ZERO,
                rows: if is_there {
                    character.rows(seeds, self.noise, rows)
                } else {
                    Vec::new()
                },
            }
        })
    }
}

impl Character {
    fn rows(self, [film, encoder]: [u64; 2], noise: f32, count: usize) -> Vec<SignatureRow> {
        let mut film = Wander::new(film, self.stays);
        let mut encoder = Wander::new(encoder, self.stays);
        // There are quiet times and lively ones, in the film and not in the noise.
        let mut liveliness = Wander::new(!film.state, LIVELINESS_STAYS);
        let mut before = vec![[0.0; BANDS]; self.back];
        let mut row = |number: usize| {
            let lively = (LIVELY * liveliness.next()[0]).exp2();
            let mut now = film.next().map(|level| level * lively);
            if noise > 0.0 {
                let wrong = encoder.next();
                now.iter_mut()
                    .zip(wrong)
                    .for_each(|(level, wrong)| *level += noise * wrong);
            }
            let then = std::mem::replace(&mut before[number % self.back], now);
            let change = |n: usize| (now[n] - now[n + 1]) - (then[n] - then[n + 1]);
            let mut row = SignatureRow::default();
            for bit in 0..BANDS - 1 {
                row.known |= u32::from(change(bit).abs() >= self.least) << bit;
                row.grew |= u32::from(change(bit) >= self.least) << bit;
            }
            row
        };
        (0..count).map(&mut row).collect()
    }
}

/// Levels that go up and down by chance, smoothly.
struct Wander {
    state: u64,
    stays: f32,
    pushed: [f32; BANDS],
    levels: [f32; BANDS],
}

impl Wander {
    fn new(seed: u64, stays: f32) -> Self {
        let mut state = seed;
        Self {
            state: random(&mut state),
            stays,
            pushed: [0.0; BANDS],
            levels: [0.0; BANDS],
        }
    }

    fn next(&mut self) -> [f32; BANDS] {
        for (pushed, level) in self.pushed.iter_mut().zip(&mut self.levels) {
            // The number of ones is nearly normal: 32, give or take 4.
            let chance = (random(&mut self.state).count_ones() as f32 - 32.0) / 4.0;
            *pushed += (1.0 - self.stays) * (chance - *pushed);
            *level += (1.0 - self.stays) * (*pushed - *level);
        }
        self.levels.map(|level| level / (1.0 - self.stays))
    }
}
