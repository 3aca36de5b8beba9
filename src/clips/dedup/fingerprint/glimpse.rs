//! Glimpse of one second of a moment: its picture in 256 bits, and its brightness.

use std::f64::consts::PI;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analysis::Embedding;
use crate::clips::material::Material;
use crate::clips::random::random;
use crate::timeline::{TimeRange, Timestamp};

const BITS: usize = 256;
/// A picture farther from the middle of a second than this is not of it.
const NEAR: Duration = Duration::from_millis(1250);

/// What one second looks like, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Glimpse {
    /// On which side of each of 256 planes its picture lies.
    sides: Option<[u64; BITS / 64]>,
    /// In 255ths.
    light: Option<u8>,
}

impl Glimpse {
    /// Returns about the cosine between the pictures of two seconds, or `None` where either is not known.
    pub(super) fn cosine(&self, other: &Self) -> Option<f64> {
        let (own, other) = (self.sides.as_ref()?, other.sides.as_ref()?);
        let apart: u32 = own
            .iter()
            .zip(other)
            .map(|(a, b)| (a ^ b).count_ones())
            .sum();
        Some((PI * f64::from(apart) / BITS as f64).cos())
    }

    /// Returns the light, 0..1.
    pub(super) fn light(&self) -> Option<f64> {
        Some(f64::from(self.light?) / 255.0)
    }
}

/// Returns a glimpse of every second of a segment, counted from its start; the last may be shorter.
pub(super) fn glimpses(material: &Material<'_>, range: TimeRange) -> Vec<Glimpse> {
    let count = range.duration().as_secs_f64().ceil() as u64;
    let second = |number: u64| {
        let start = range.start() + Duration::from_secs(number);
        let middle = (start + Duration::from_millis(500)).min(range.end());
        Glimpse {
            sides: picture(material, middle).map(sides),
            light: light(material, middle),
        }
    };
    (0..count).map(second).collect()
}

/// Returns the seconds that fall together when the second series begins `offset` seconds later.
pub(super) fn pairs<'s>(
    a: &'s [Glimpse],
    b: &'s [Glimpse],
    offset: f64,
) -> Vec<(&'s Glimpse, &'s Glimpse)> {
    let partner = |slot: usize| {
        let at = (slot as f64 - offset).round();
        (at >= 0.0).then(|| b.get(at as usize)).flatten()
    };
    let pairs = a.iter().enumerate();
    pairs
        .filter_map(|(slot, one)| Some((one, partner(slot)?)))
        .collect()
}

fn picture<'a>(material: &Material<'a>, middle: Timestamp) -> Option<&'a Embedding> {
    let all = material.pictures?;
    let after = all.partition_point(|(time, _)| *time < middle);
    let away = |time: Timestamp| time.since(middle).max(middle.since(time));
    let around = [after.checked_sub(1), Some(after)];
    let around = around
        .into_iter()
        .flatten()
        .filter_map(|slot| all.get(slot));
    let (time, nearest) = around.min_by_key(|(time, _)| away(*time))?;
    (away(*time) <= NEAR).then_some(nearest)
}

/// Returns the light at a time, between that of the two seconds around it, in 255ths.
fn light(material: &Material<'_>, middle: Timestamp) -> Option<u8> {
    let all = &material.look?.seconds;
    let centre = |slot: usize| Some(all.get(slot)?.start.seconds() + 0.5);
    let at = middle.seconds();
    let after = all.partition_point(|second| second.start.seconds() + 0.5 < at);
    let before = after.saturating_sub(1);
    let after = after.min(all.len().checked_sub(1)?);
    let (from, to) = (centre(before)?, centre(after)?);
    ((from - at).abs() <= 1.0 || (to - at).abs() <= 1.0).then_some(())?;
    let share = if to > from {
        ((at - from) / (to - from)).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let [x, y] = [before, after].map(|slot| f64::from(all[slot].brightness));
    Some(((x + (y - x) * share).clamp(0.0, 1.0) * 255.0).round() as u8)
}

/// Returns on which side of fixed random planes a direction lies: directions differ in as many bits as their angle is wide.
fn sides(embedding: &Embedding) -> [u64; BITS / 64] {
    let mut sums = [0.0_f32; BITS];
    let mut state = 0;
    for value in embedding.values() {
        for word in sums.chunks_mut(64) {
            let signs = random(&mut state);
            for (bit, sum) in word.iter_mut().enumerate() {
                *sum += if signs >> bit & 1 == 1 {
                    *value
                } else {
                    -value
                };
            }
        }
    }
    let mut sides = [0; BITS / 64];
    for (bit, sum) in sums.iter().enumerate() {
        sides[bit / 64] |= u64::from(*sum > 0.0) << (bit % 64);
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_bits_tell_the_angle(raw in proptest::collection::vec((-1.0..1.0_f32, -1.0..1.0_f32), 64)) {
            let (a, b): (Vec<f32>, Vec<f32>) = raw.into_iter().unzip();
            let (a, b) = (Embedding::new(a.to_vec()), Embedding::new(b.to_vec()));
            let glimpse = |one| Glimpse { sides: Some(sides(one)), light: None };
            let found = glimpse(&a).cosine(&glimpse(&b)).unwrap();
            prop_assert!((found - f64::from(a.cosine(&b))).abs() < 0.5, "{found}");
            prop_assert!((glimpse(&a).cosine(&glimpse(&a)).unwrap() - 1.0).abs() < 1e-9);
        }
    }
}
