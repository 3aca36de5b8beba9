//! Index of moments: which of the moments that a batch delivers may be the same as a new one.
//!
//! A look-up finds rows that are nearly one of the new moment's, and adds them up by the offset at which they lie: an equal one
//! or two that are not close together make a candidate. The candidates are read from the spool file, compared at these offsets
//! alone, and what agrees there is proved as ever by [`same_moment`].
//!
//! # What it misses
//! A look-up misses a copy whose sound and pictures agree so little, or for so short a time, that hardly a row of it is nearly
//! equal. Of the pairs of real segments that [`same_moment`] affirms it found, by sound alone as an encoder at 40 kbit/s leaves it,
//! 83 of 101 that share 2 s, 107 of 109 that share 4 s and 110 of 113 that share 8 s; by pictures alone at a constant rate factor
//! of 33 all but two of 203. Under ever louder noise it found 87 of 103, 51 of 96 and 22 of 69 that share 8 s, by sound alone. Of
//! made-up copies with sound and pictures that share 20 s it found all but 4 of 6,000, however rough.
//!
//! Files of the same bytes are never missed, nor the first 64 moments, nor those in which little changes by others of that kind.
//!
//! From 10,000 moments on fewer rows of each are kept. At 500,000 it finds 79 of 100 made-up copies that share three quarters of 20 to
//! 60 s of sound and pictures, 19 bits of 20 right (`opusclip bench dedup --dedup-jobs 100000`); at 5,000 all.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::fingerprint::{Fingerprint, agree_at, same_moment};
use super::postings::Postings;
use super::side::Side;
use super::spool::{Spool, SpoolReader, Spooled};
use super::words::{MOST_ROWS, words};
use crate::timeline::TimeRange;

/// As long as there are no more moments each is a candidate.
const FEW: usize = 64;
/// Bytes of the postings, from 10,000 moments on.
const POSTINGS_BYTES: usize = 128 << 20;
/// Lines by which the rows of a copy differ, which lies between those of the other.
const WOBBLE: u64 = 1;
/// Rows that are closer than this are alike by themselves.
const SPREAD: u16 = 6;
/// A moment with fewer words is a candidate of every other that has as few, for no row may be found.
const FEW_WORDS: usize = 24;
/// What the rows that are found must be worth: one that is equal 2, others 1.
const WORTH: u32 = 2;

/// The number of no moment.
const NONE: u32 = u32::MAX;

/// The moments of a batch.
#[derive(Debug)]
pub struct MomentIndex {
    moments: Vec<Moment>,
    /// The numbers of each job's moments.
    jobs: BTreeMap<usize, Vec<u32>>,
    /// The number of the last moment of each file, by [`content_key`]; the others follow by [`Moment::before`].
    contents: HashMap<u64, u32>,
    /// The numbers of those with few words.
    sparse: Vec<u32>,
    postings: Postings,
    /// The place of the next moment's first row.
    end: u32,
    spool: Spool,
}

/// A moment that a job delivers.
#[derive(Debug)]
struct Moment {
    /// None where it is no longer delivered.
    job: Option<u32>,
    /// Its number among the job's, from 1 on.
    rank: u32,
    /// The place of its first row.
    start: u32,
    /// When it is in its file, in milliseconds, rounded outwards.
    millis: (u32, u32),
    /// The number of the moment of the same file that came before it; [`NONE`] where it is the first.
    before: u32,
    print: Spooled,
}

/// Moments that may be the same as a new one, in the order in which they were inserted.
#[derive(Debug, Clone)]
pub struct SameCandidates {
    all: Vec<Candidate>,
    spool: SpoolReader,
}

#[derive(Debug, Clone)]
struct Candidate {
    job: usize,
    rank: u32,
    print: Spooled,
    /// How many rows earlier than in the new moment the same may be in this; nothing where that is not known.
    offsets: Vec<i64>,
}

impl MomentIndex {
    /// Returns an empty index that keeps fingerprints in a nameless file of a folder; without one, or where none can be made,
    /// they stay in memory.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self::with_memory(folder, POSTINGS_BYTES)
    }

    fn with_memory(folder: Option<PathBuf>, postings: usize) -> Self {
        Self {
            moments: Vec::new(),
            jobs: BTreeMap::new(),
            contents: HashMap::new(),
            sparse: Vec::new(),
            postings: Postings::new(postings),
            end: 0,
            spool: Spool::new(folder),
        }
    }

    /// Takes note of a moment that a job delivers; `rank` is its number among the job's.
    pub fn insert(&mut self, job: usize, rank: u32, print: Fingerprint) {
        let (Ok(number), Ok(short)) = (u32::try_from(self.moments.len()), u32::try_from(job))
        else {
            return;
        };
        let start = self.end;
        let mut count = 0;
        for word in words(&print) {
            count += 1;
            if let Some(place) = start.checked_add(u32::from(word.row)) {
                self.postings.insert(&word, place);
            }
        }
        if count < FEW_WORDS && print.is_provable() {
            self.sparse.push(number);
        }
        let content = print.place().map(|(content, _)| content_key(content));
        let before = content.and_then(|content| self.contents.insert(content, number));
        let rows = print
            .signatures()
            .map(<[_]>::len)
            .into_iter()
            .max()
            .unwrap_or(0);
        self.end = start.saturating_add(rows.min(MOST_ROWS) as u32);
        self.jobs.entry(job).or_default().push(number);
        self.moments.push(Moment {
            job: Some(short),
            rank,
            start,
            millis: print
                .place()
                .map_or((0, 0), |(_, range)| outer_millis(range)),
            before: before.unwrap_or(NONE),
            print: self.spool.put(print),
        });
    }

    /// Forgets what a job delivers.
    pub fn remove_job(&mut self, job: usize) {
        for number in self.jobs.remove(&job).unwrap_or_default() {
            self.moments[number as usize].job = None;
        }
    }

    /// Returns which moments of other jobs may be the same as one.
    pub fn candidates(&self, job: usize, print: &Fingerprint) -> SameCandidates {
        let mut offsets: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
        if self.moments.len() <= FEW {
            offsets.extend((0..self.moments.len() as u32).map(|number| (number, Vec::new())));
        } else {
            self.by_words(print, &mut offsets);
            // Last, for these are to be compared at every offset.
            let known = self.by_content(print).chain(self.by_silence(print));
            offsets.extend(known.map(|number| (number, Vec::new())));
        }
        let others = offsets.into_iter().filter_map(|(number, offsets)| {
            let moment = &self.moments[number as usize];
            let other = moment.job? as usize;
            (other != job).then(|| Candidate {
                job: other,
                rank: moment.rank,
                print: moment.print.clone(),
                offsets,
            })
        });
        SameCandidates {
            all: others.collect(),
            spool: self.spool.reader(),
        }
    }

    /// Returns those of the same file that overlap.
    fn by_content(&self, print: &Fingerprint) -> impl Iterator<Item = u32> {
        let place = print.place();
        let last = place.and_then(|(content, _)| self.contents.get(&content_key(content)));
        let (start, end) = place.map_or((0, 0), |(_, range)| outer_millis(range));
        let same = std::iter::successors(last.copied(), |&number| {
            Some(self.moments[number as usize].before).filter(|&before| before != NONE)
        });
        same.filter(move |number| {
            let (from, to) = self.moments[*number as usize].millis;
            from < end && start < to
        })
    }

    /// Returns those with as few words as a moment.
    fn by_silence(&self, print: &Fingerprint) -> impl Iterator<Item = u32> {
        let is_sparse = words(print).take(FEW_WORDS).count() < FEW_WORDS && print.is_provable();
        is_sparse
            .then_some(&self.sparse)
            .into_iter()
            .flatten()
            .copied()
    }

    /// Adds those that share enough words at one offset.
    fn by_words(&self, print: &Fingerprint, offsets: &mut BTreeMap<u32, Vec<i64>>) {
        let mut hits = Vec::new();
        for word in words(print) {
            self.postings.look_up(&word, |place, distance| {
                hits.push(Hit::new(place, word.row, word.side, distance));
            });
        }
        hits.sort_unstable();
        hits.dedup();
        for group in hits.chunk_by(|a, b| b.line() - a.line() <= WOBBLE) {
            if group.iter().map(Hit::worth).sum::<u32>() >= WORTH {
                self.add_worthy(group, offsets);
            }
        }
    }

    /// Adds the offsets of a group of hits for each moment that enough of them are in.
    fn add_worthy(&self, group: &[Hit], offsets: &mut BTreeMap<u32, Vec<i64>>) {
        let mut by_moment: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
        for hit in group {
            by_moment
                .entry(self.moment_at(hit.place()))
                .or_default()
                .push(*hit);
        }
        for (number, hits) in by_moment {
            if worth_of(&hits) < WORTH {
                continue;
            }
            let lines = hits.iter().map(Hit::line);
            let (Some(first), Some(last)) = (lines.clone().min(), lines.max()) else {
                continue;
            };
            let zero = i64::from(self.moments[number].start) + MOST_ROWS as i64;
            let earlier = (first..=last).map(|line| zero - line as i64);
            offsets.entry(number as u32).or_default().extend(earlier);
        }
    }

    /// Returns the number of the moment that a place is in.
    fn moment_at(&self, place: u32) -> usize {
        self.moments.partition_point(|moment| moment.start <= place) - 1
    }
}

/// A row of the new moment that is near one of the index, as a number that sorts by the line they lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit(u64);

impl Hit {
    fn new(place: u32, row: u16, side: Side, distance: u32) -> Self {
        let line = u64::from(place) + MOST_ROWS as u64 - u64::from(row);
        let side = u64::from(side == Side::Pictures);
        Self(((line << 16 | u64::from(row)) << 1 | side) << 4 | u64::from(distance))
    }

    /// Returns the place less the row: the same for all rows at one offset.
    fn line(&self) -> u64 {
        self.0 >> 21
    }

    fn place(&self) -> u32 {
        (self.line() + u64::from(self.row()) - MOST_ROWS as u64) as u32
    }

    fn row(&self) -> u16 {
        (self.0 >> 5) as u16
    }

    fn worth(&self) -> u32 {
        if self.0 & 15 == 0 { 2 } else { 1 }
    }
}

/// Returns what hits in one moment are worth, of those that are close together the first.
fn worth_of(hits: &[Hit]) -> u32 {
    let mut rows: Vec<(u16, u32)> = hits.iter().map(|hit| (hit.row(), hit.worth())).collect();
    rows.sort_unstable();
    let mut next = 0;
    let apart = rows.iter().filter(|(row, _)| {
        let is_apart = *row >= next;
        if is_apart {
            next = row.saturating_add(SPREAD);
        }
        is_apart
    });
    apart.map(|(_, worth)| worth).sum()
}

impl SameCandidates {
    /// Returns the job and the rank of the first moment that is the same as the one these are the candidates of.
    ///
    /// One that the disk does not give back is not the same.
    pub fn first_same(&self, print: &Fingerprint) -> Option<(usize, u32)> {
        let likely: Vec<_> = self
            .all
            .iter()
            .filter_map(|one| Some((one, self.likely(one, print)?)))
            .collect();
        let same = likely
            .par_iter()
            .find_first(|(_, other)| same_moment(print, other));
        same.map(|(one, _)| (one.job, one.rank))
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns the fingerprint of a candidate unless it differs at the offsets where it might agree.
    fn likely(&self, candidate: &Candidate, print: &Fingerprint) -> Option<Arc<Fingerprint>> {
        let other = self.spool.read(&candidate.print)?;
        let offsets = &candidate.offsets;
        let is_likely = offsets.is_empty() || agree_at(print, &other, offsets.iter().copied());
        is_likely.then_some(other)
    }
}

/// Returns the first eight bytes of a file's digest: where two files share them, a moment is compared once more in vain.
fn content_key(content: &[u8]) -> u64 {
    let mut key = [0; 8];
    let length = content.len().min(key.len());
    key[..length].copy_from_slice(&content[..length]);
    u64::from_le_bytes(key)
}

fn outer_millis(range: TimeRange) -> (u32, u32) {
    let millis = |seconds: f64| seconds * 1000.0;
    // What is below zero, or past 49 days, is cut off: what overlaps there is still found.
    let start = millis(range.start().seconds()).floor() as u32;
    (start, millis(range.end().seconds()).ceil() as u32)
}

#[cfg(test)]
mod tests;
