//! Fingerprint of a moment, by which it is found again in another video: re-encoded, trimmed, under another name.
//!
//! A [`Fingerprint`] holds the signatures of a moment's sound and pictures, and what it looks like every second: 20 kB a
//! minute. [`same_moment`] lays two of them over each other at every offset (`align`).

mod align;
mod glimpse;

use serde::{Deserialize, Serialize};

use crate::analysis::signature::{Signature, SignatureRow};
use crate::clips::material::Material;
use crate::timeline::TimeRange;

use super::side::Side;
use align::{Alignment, align, align_at};
use glimpse::Glimpse;

/// How many times its own error an agreement must be, and how far from chance, 0, to equality, 1.
///
/// Over all offsets two moments of one scene reach 5.5 times at 0.8, and 3.6 at 0.9; copies that share 4 s of sound or of
/// cuts reach 12 at 0.85, a few steps before a still camera 4.5 at 0.98.
const PROOFS: [(f64, f64); 2] = [(6.0, 0.35), (4.2, 0.9)];
/// Sound or pictures that are known well enough to speak against the other, in independent bits, and what they must say.
const WELL_KNOWN: f64 = 12.0;
const NOT_AGAINST: f64 = 0.15;
/// From this mean cosine on pictures do not speak against two moments being the same.
const SIMILAR: f64 = 0.6;
/// Light that differs by more is another picture's.
const LIGHT: f64 = 0.08;

/// What a moment sounds and looks like; two of one moment are never quite equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The signature of the sound; empty without sound.
    heard: Vec<SignatureRow>,
    /// The signature of the pictures.
    seen: Vec<SignatureRow>,
    /// One for each second.
    seconds: Vec<Glimpse>,
    /// A digest of the file, and which segment of it this is.
    place: Option<(Vec<u8>, TimeRange)>,
}

impl Fingerprint {
    /// Returns the fingerprint of a segment, as far as its sound, its look and its pictures are known.
    pub fn of(material: &Material<'_>, range: TimeRange) -> Self {
        let rows = |signature: Option<&Signature>| {
            signature.map_or_else(Vec::new, |signature| signature.between(range).to_vec())
        };
        Self {
            heard: rows(material.heard),
            seen: rows(material.seen),
            seconds: glimpse::glimpses(material, range),
            place: material.content.map(|content| (content.to_vec(), range)),
        }
    }

    /// Returns the signatures of the sound and of the pictures, a row each twentieth of a second.
    pub(super) fn signatures(&self) -> [&[SignatureRow]; 2] {
        [&self.heard, &self.seen]
    }

    /// Returns the digest of the file, and which segment of it this is.
    pub(super) fn place(&self) -> Option<(&[u8], TimeRange)> {
        let (content, range) = self.place.as_ref()?;
        Some((content, *range))
    }

    /// Tells whether as much changes in sound and pictures as a proof takes, if another agreed in all of it.
    pub(super) fn is_provable(&self) -> bool {
        let least = PROOFS.map(|(certainty, _)| certainty * certainty);
        let bits = align::independent_bits(self.signatures());
        least.into_iter().any(|least| bits >= least)
    }

    /// Returns it as bytes that are quick to read: the rows as they lie in memory, the rest behind them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let rows = self.signatures();
        let counts = rows.map(|rows| rows.len() as u32);
        let words = rows
            .into_iter()
            .flatten()
            .flat_map(|row| [row.grew, row.known]);
        let mut bytes: Vec<u8> = counts
            .into_iter()
            .chain(words)
            .flat_map(u32::to_le_bytes)
            .collect();
        let rest = postcard::to_extend(&(&self.seconds, &self.place), Vec::new());
        bytes.extend(rest.expect("memory takes what it is given"));
        bytes
    }

    /// Returns what [`Self::to_bytes`] was given; `None` where the bytes are another's.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut left = bytes;
        let [heard, seen] = [word(&mut left)?, word(&mut left)?];
        let mut rows = |count: u32| -> Option<Vec<SignatureRow>> {
            let (rows, rest) = left.split_at_checked(count as usize * 2 * size_of::<u32>())?;
            left = rest;
            let row = |mut bytes: &[u8]| {
                Some(SignatureRow {
                    grew: word(&mut bytes)?,
                    known: word(&mut bytes)?,
                })
            };
            rows.chunks_exact(2 * size_of::<u32>()).map(row).collect()
        };
        let (heard, seen) = (rows(heard)?, rows(seen)?);
        let (seconds, place) = postcard::from_bytes(left).ok()?;
        Some(Self {
            heard,
            seen,
            seconds,
            place,
        })
    }
}

/// Takes a number off the front of bytes.
fn word(bytes: &mut &[u8]) -> Option<u32> {
    let (word, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*word))
}

#[cfg(test)]
impl Fingerprint {
    /// Returns the rows of the sound.
    pub(crate) fn heard_rows(&self) -> &[SignatureRow] {
        &self.heard
    }

    /// Returns the fingerprint of 20 s of noise, another for each number.
    pub(crate) fn of_noise(number: u64) -> Self {
        let mut state = number;
        let row = |_| SignatureRow {
            grew: crate::clips::random::random(&mut state) as u32,
            known: u32::MAX,
        };
        Self {
            heard: (0..400).map(row).collect(),
            seen: Vec::new(),
            seconds: Vec::new(),
            place: None,
        }
    }
}

/// Tells whether two moments have a segment of 1 s or more in common, as far as can be proved.
///
/// In files of the same bytes it is told by the times. Else what is heard and what is seen decide together, at one offset;
/// neither may contradict. What neither changes in sound nor in pictures proves nothing: two segments of a silent, still
/// picture are never the same.
pub fn same_moment(a: &Fingerprint, b: &Fingerprint) -> bool {
    if let (Some((content, range)), Some((other, at))) = (&a.place, &b.place)
        && content == other
    {
        return range.overlaps(*at);
    }
    let found = align([(&a.heard, &b.heard), (&a.seen, &b.seen)]);
    found.is_some_and(|found| is_proof(&found) && is_seen(a, b, &found))
}

/// Tells whether two moments agree as much as a proof takes at one of some offsets, in rows that the first is later.
///
/// What it denies, [`same_moment`] affirms only at another offset; what it affirms, that may still deny.
pub(super) fn agree_at(
    a: &Fingerprint,
    b: &Fingerprint,
    mut offsets: impl Iterator<Item = i64>,
) -> bool {
    let pairs = [(&a.heard[..], &b.heard[..]), (&a.seen, &b.seen)];
    offsets.any(|offset| is_sure(&align_at(pairs, offset)))
}

/// Tells whether two runs of rows of one side, the same number of both, agree as much as a proof takes.
pub(super) fn proves(own: &[SignatureRow], other: &[SignatureRow], side: Side) -> bool {
    let nothing: (&[SignatureRow], &[SignatureRow]) = (&[], &[]);
    let pairs = match side {
        Side::Sound => [(own, other), nothing],
        Side::Pictures => [nothing, (own, other)],
    };
    is_sure(&align_at(pairs, 0))
}

fn is_sure(found: &Alignment) -> bool {
    let proves = |(certainty, alike): &(f64, f64)| {
        found.certainty() >= *certainty && found.alike() >= *alike
    };
    PROOFS.iter().any(proves)
}

fn is_proof(found: &Alignment) -> bool {
    let speaks_against = |part: &align::Part| part.bits >= WELL_KNOWN && part.alike < NOT_AGAINST;
    is_sure(found) && !found.parts.iter().any(speaks_against)
}

/// Tells whether what is seen is not another thing, where it does not move enough to tell by that.
fn is_seen(a: &Fingerprint, b: &Fingerprint, found: &Alignment) -> bool {
    let [_, seen] = found.parts;
    seen.bits >= WELL_KNOWN || agree(a, b, found.seconds())
}

/// Tells whether pictures and light at an offset are alike.
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

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests;
