//! Sketch of a whole video: two of them tell whether the videos can have a moment in common.

use super::fingerprint::proves;
use super::postings::{FARTHEST, keys};
use super::side::Side;
use super::words::{RowWord, rows_worth_a_look};
use crate::analysis::signature::{Signature, SignatureRow};
use crate::clips::material::Material;

/// A video is known by a side of which at least this share of the rows is worth a look-up.
const LEAST_SHARE: f64 = 0.05;
/// It is known by its sound alone where at least this share is: who shows a part of it lets it be heard too.
const MOSTLY_HEARD: f64 = 0.33;
/// Rows from one hit to the next at the same offset, at most: 8 s.
const NEAR_ROWS: u32 = 160;
/// Lines by which the rows of a copy differ, which lies between those of the other.
const WOBBLE: i64 = 1;
/// Rows that are compared around a hit: from 1 s to 8 s.
const WINDOWS: [usize; 4] = [20, 40, 80, 160];

/// The signatures of a video, ready to be held against those of another: about 1.5 MB an hour for each side.
#[derive(Debug)]
pub struct VideoSketch {
    /// A digest of the file, where it is known.
    content: Option<Vec<u8>>,
    sound: Option<SideSketch>,
    pictures: Option<SideSketch>,
}

/// The sound or the pictures of a video.
#[derive(Debug)]
struct SideSketch {
    side: Side,
    /// The share of the rows that is worth a look-up.
    share: f64,
    rows: Vec<SignatureRow>,
    /// By their keys.
    words: Vec<KeyedRow>,
}

/// A row that is worth a look-up, by one of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeyedRow {
    key: u32,
    row: u32,
    others: u16,
}

/// Two rows that are nearly equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowPair {
    /// How many rows earlier the same is in the other video.
    line: i64,
    row: u32,
    is_equal: bool,
}

impl VideoSketch {
    /// Returns the sketch of what is known of a video: its sound, its pictures or both; none where neither changes enough to
    /// be known again by.
    ///
    /// Of the sound alone it tells less: see [`Self::may_share`].
    pub fn of(material: &Material<'_>) -> Option<Self> {
        let side = |signature: Option<&Signature>, side| SideSketch::of(&signature?.rows, side);
        let sound = side(material.heard, Side::Sound);
        let pictures = side(material.seen, Side::Pictures);
        (sound.is_some() || pictures.is_some()).then(|| Self {
            content: material.content.map(<[u8]>::to_vec),
            sound,
            pictures,
        })
    }

    /// Tells whether a moment of this video may be the same as one of another.
    ///
    /// What it denies is certain but for copies so rough, or so short, that hardly a row of them is nearly equal: it finds what
    /// [`super::MomentIndex`] finds. Videos that have no side in common may share anything, and so may those that have the
    /// sound in common alone and of which one is silent most of the time.
    pub fn may_share(&self, other: &Self) -> bool {
        if self.content.is_some() && self.content == other.content {
            return true;
        }
        let sound = self.sound.as_ref().zip(other.sound.as_ref());
        let pictures = self.pictures.as_ref().zip(other.pictures.as_ref());
        let is_covered = match (sound, pictures) {
            (_, Some(_)) => true,
            (Some((own, other)), None) => own.share.min(other.share) >= MOSTLY_HEARD,
            (None, None) => false,
        };
        let shares = |(own, other): (&SideSketch, &SideSketch)| own.may_share(other);
        !is_covered || sound.is_some_and(shares) || pictures.is_some_and(shares)
    }

    /// Returns the bytes that it takes.
    pub fn bytes(&self) -> usize {
        let sides = [&self.sound, &self.pictures];
        sides.into_iter().flatten().map(SideSketch::bytes).sum()
    }
}

impl SideSketch {
    fn of(rows: &[SignatureRow], side: Side) -> Option<Self> {
        let (mut words, mut count) = (Vec::new(), 0);
        for (number, row) in rows_worth_a_look(rows) {
            count += 1;
            words.extend(keys(&RowWord::of(row, side)).map(|key| KeyedRow {
                key: key.number as u32,
                row: number as u32,
                others: key.others,
            }));
        }
        words.sort_unstable();
        words.shrink_to_fit();
        let share = f64::from(count) / rows.len().max(1) as f64;
        (share >= LEAST_SHARE).then(|| Self {
            side,
            share,
            rows: rows.to_vec(),
            words,
        })
    }

    fn may_share(&self, other: &Self) -> bool {
        let mut pairs = self.near_rows(other);
        pairs.sort_unstable();
        let is_proof = |pair: &RowPair| self.agrees_around(other, pair);
        pairs.iter().any(|pair| pair.is_equal && is_proof(pair)) || supported(&pairs).any(is_proof)
    }

    /// Returns the rows of both that are nearly equal.
    fn near_rows(&self, other: &Self) -> Vec<RowPair> {
        let mut pairs = Vec::new();
        let mut theirs = &other.words[..];
        for ours in self.words.chunk_by(|a, b| a.key == b.key) {
            let key = ours[0].key;
            theirs = &theirs[theirs.partition_point(|word| word.key < key)..];
            let same = &theirs[..theirs.partition_point(|word| word.key == key)];
            for (own, their) in ours
                .iter()
                .flat_map(|own| same.iter().map(move |t| (own, t)))
            {
                let distance = (own.others ^ their.others).count_ones();
                if distance <= FARTHEST {
                    pairs.push(RowPair {
                        line: i64::from(own.row) - i64::from(their.row),
                        row: own.row,
                        is_equal: distance == 0,
                    });
                }
            }
        }
        pairs
    }

    /// Tells whether enough agrees around a pair of rows.
    fn agrees_around(&self, other: &Self, pair: &RowPair) -> bool {
        let row = pair.row as usize;
        let their = usize::try_from(i64::from(pair.row) - pair.line).unwrap_or(0);
        (-WOBBLE..=WOBBLE).any(|off| {
            let Some(their) = their.checked_add_signed(off as isize) else {
                return false;
            };
            WINDOWS.into_iter().any(|rows| {
                // Around the pair, before it and after it.
                [rows / 2, rows, 0].into_iter().any(|back| {
                    let back = back.min(row).min(their);
                    let own = self.rows.get(row - back..).unwrap_or_default();
                    let theirs = other.rows.get(their - back..).unwrap_or_default();
                    let count = rows.min(own.len()).min(theirs.len());
                    proves(&own[..count], &theirs[..count], self.side)
                })
            })
        })
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.rows[..]) + size_of_val(&self.words[..])
    }
}

/// Returns the pairs that have another one near, at the same offset or at one beside it.
fn supported(pairs: &[RowPair]) -> impl Iterator<Item = &RowPair> {
    pairs.iter().enumerate().filter_map(|(number, pair)| {
        let later = pairs[number + 1..].iter();
        let mut beside = later.take_while(|other| other.line - pair.line <= WOBBLE);
        let is_near = |other: &RowPair| {
            let apart = other.row.abs_diff(pair.row);
            apart > WOBBLE as u32 && apart <= NEAR_ROWS
        };
        beside.any(is_near).then_some(pair)
    })
}

#[cfg(test)]
mod tests;
