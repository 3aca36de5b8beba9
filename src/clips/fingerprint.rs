//! The same moment, found again in another video: re-encoded, trimmed, under another name.
//!
//! A [`Fingerprint`] holds how loud a moment is every tenth of a second and what it looks like every second: 3 kB a
//! minute. [`same_moment`] lays two of them over each other at every offset (`align`).

mod align;
mod glimpse;

use serde::{Deserialize, Serialize};

use super::Material;
use crate::timeline::TimeRange;

use align::{Alignment, Rules, align};
use glimpse::Glimpse;

/// Levels that two moments must have in common: 2 s. Copies that share as much agree to 0.9 and, in detail, to 0.6 or more.
const SOUND: Rules = Rules {
    least: 20,
    many: 80,
    alike: [0.82, 0.5],
};
/// Seconds that two moments without sound must have in common, and without pictures.
const LEAST_SEEN: usize = 3;
const MOVEMENT: Rules = Rules {
    least: 6,
    many: 30,
    alike: [0.6, 0.4],
};
/// Decibels above which levels are told apart; the noise of an encoder is below.
const QUIET: f32 = -63.0;
/// Steps of a decibel.
const STEPS: f32 = 4.0;
/// Levels that differ by fewer decibels tell no moment from another.
const STEADY: f64 = 1.5;
/// So many times its own error an agreement must be: over all offsets chance reaches five, 11 s of a copy seven and more.
const CERTAIN: f64 = 5.5;
/// From this mean cosine on pictures do not speak against two moments being the same.
const SIMILAR: f64 = 0.6;
/// Pictures that speak for it by themselves are more alike than this, and by this much more than at other offsets.
const SAME: f64 = 0.85;
const MARGIN: f64 = 0.08;
/// Light that differs by more is another picture's.
const LIGHT: f64 = 0.08;

/// What a moment sounds and looks like; two of one moment are never quite equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// One level for each tenth of a second, in quarters of a decibel above [`QUIET`]; empty without sound.
    levels: Vec<u8>,
    /// One for each second.
    seconds: Vec<Glimpse>,
}

impl Fingerprint {
    /// Returns the fingerprint of a stretch, as far as its sound, its look and its pictures are known.
    pub fn of(material: &Material<'_>, range: TimeRange) -> Self {
        let (from, to) = (range.start().seconds(), range.end().seconds());
        let level = |level: &f32| ((level - QUIET).max(0.0) * STEPS) as u8;
        let levels = material.energy.map(|energy| {
            let levels = energy.levels[energy.between(from, to)].iter();
            levels.map(level).collect()
        });
        Self {
            levels: levels.unwrap_or_default(),
            seconds: glimpse::glimpses(material, range),
        }
    }

    fn decibels(&self) -> Vec<f64> {
        let decibels = |level: &u8| f64::from(*level) / f64::from(STEPS);
        self.levels.iter().map(decibels).collect()
    }
}

/// Tells whether two moments have a stretch of 2 s or more in common, as far as can be proved.
///
/// Sound decides where both have some that changes, and pictures must not contradict it; else pictures alone, which must
/// change themselves: two stretches of a silent, still picture are never the same.
pub fn same_moment(a: &Fingerprint, b: &Fingerprint) -> bool {
    let (heard, other) = (a.decibels(), b.decibels());
    match changes(&heard) && changes(&other) {
        true => same_sound(&heard, &other).is_some_and(|offset| agree(a, b, offset)),
        false => same_pictures(&a.seconds, &b.seconds),
    }
}

/// Returns how many seconds later in `a` than in `b` the same is heard.
fn same_sound(a: &[f64], b: &[f64]) -> Option<f64> {
    let power = |level: f64| 10.0_f64.powf(level / 10.0);
    let between =
        |x: f64, y: f64, share: f64| 10.0 * (power(x) + (power(y) - power(x)) * share).log10();
    let found = align(a, b, &SOUND, &between)?;
    (found.certainty >= CERTAIN).then_some(found.offset / 10.0)
}

/// Tells whether what is seen at an offset is not another thing.
fn agree(a: &Fingerprint, b: &Fingerprint, offset: f64) -> bool {
    let pairs = glimpse::pairs(&a.seconds, &b.seconds, offset);
    let cosines = pairs.iter().filter_map(|(a, b)| a.cosine(b));
    if let Some(cosine) = mean(cosines) {
        return cosine >= SIMILAR;
    }
    let lights = pairs
        .iter()
        .filter_map(|(a, b)| Some((a.light()? - b.light()?).abs()));
    mean(lights).is_none_or(|difference| difference <= LIGHT)
}

fn same_pictures(a: &[Glimpse], b: &[Glimpse]) -> bool {
    let shift = |offset: i64| {
        let pairs = glimpse::pairs(a, b, offset as f64);
        let cosines: Vec<f64> = pairs.iter().filter_map(|(a, b)| a.cosine(b)).collect();
        let enough = cosines.len() >= LEAST_SEEN;
        enough.then(|| mean(cosines.into_iter())).flatten()
    };
    let (first, last) = (-(b.len() as i64), a.len() as i64);
    let likeness: Vec<(i64, f64)> = (first..=last)
        .filter_map(|offset| Some((offset, shift(offset)?)))
        .collect();
    let best = likeness
        .iter()
        .max_by(|x, y| x.1.total_cmp(&y.1).then(y.0.cmp(&x.0)));
    let Some(&(offset, alike)) = best else {
        return same_movement(a, b).is_some();
    };
    let others = likeness
        .iter()
        .filter(|(other, _)| (other - offset).abs() > 2);
    let distinct =
        mean(others.map(|(_, cosine)| *cosine)).is_some_and(|usual| alike - usual >= MARGIN);
    alike >= SAME && distinct && shows_much(a, b, offset) && moves_alike(a, b, offset as f64)
}

/// Tells whether both show several things at an offset: one still picture in two videos, a title or a slide, is no moment.
fn shows_much(a: &[Glimpse], b: &[Glimpse], offset: i64) -> bool {
    let (own, other): (Vec<_>, Vec<_>) = glimpse::pairs(a, b, offset as f64).into_iter().unzip();
    [own, other].into_iter().all(|side| {
        let later = |slot: usize| side[slot + 1..].iter();
        let pairs = (0..side.len()).flat_map(|slot| later(slot).map(move |other| (slot, other)));
        let cosines = pairs.filter_map(|(slot, other)| side[slot].cosine(other));
        mean(cosines).is_some_and(|usual| usual <= 1.0 - MARGIN)
    })
}

/// Tells whether movement at an offset does not contradict that the pictures are the same.
fn moves_alike(a: &[Glimpse], b: &[Glimpse], offset: f64) -> bool {
    let pairs = glimpse::pairs(a, b, offset);
    let both = pairs
        .iter()
        .filter_map(|(a, b)| Some((a.motion()?, b.motion()?)));
    let (x, y): (Vec<f64>, Vec<f64>) = both.unzip();
    x.len() < MOVEMENT.least || align::correlation(&x, &y).is_none_or(|r| r >= 0.3)
}

/// Returns where light and movement alone are the same.
fn same_movement(a: &[Glimpse], b: &[Glimpse]) -> Option<Alignment> {
    let of = |all: &[Glimpse], value: fn(&Glimpse) -> Option<f64>| {
        all.iter().map(value).collect::<Option<Vec<f64>>>()
    };
    let between = |x: f64, y: f64, share: f64| x + (y - x) * share;
    let motion = align(
        &of(a, Glimpse::motion)?,
        &of(b, Glimpse::motion)?,
        &MOVEMENT,
        &between,
    )?;
    (motion.certainty >= CERTAIN && {
        let pairs = glimpse::pairs(a, b, motion.offset);
        let lights = pairs
            .iter()
            .filter_map(|(a, b)| Some((a.light()? - b.light()?).abs()));
        mean(lights).is_some_and(|difference| difference <= LIGHT)
    })
    .then_some(motion)
}

fn changes(levels: &[f64]) -> bool {
    let count = levels.len();
    let mean = levels.iter().sum::<f64>() / count.max(1) as f64;
    let squares: f64 = levels.iter().map(|level| (level - mean).powi(2)).sum();
    count >= SOUND.least && (squares / count as f64).sqrt() >= STEADY
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests;
