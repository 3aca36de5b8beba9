//! Shortlist of a batch: the best clips of all videos together.

use std::cmp::Ordering;
use std::fmt;

use super::fingerprint::{Fingerprint, same_moment};
use crate::manifest::Archive;
use crate::timeline::TimeRange;

/// What one video offers: clips that do not overlap.
#[derive(Debug, Clone, Copy)]
pub struct Shortlist<'a> {
    /// Which video; no two share it.
    pub video: &'a str,
    /// What it offers, in any order.
    pub offers: &'a [Offer],
}

/// A clip that may be among the best of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Which segment of its video.
    pub range: TimeRange,
    /// How good it is in its video, 0..1.
    pub score: f64,
    /// What it sounds and looks like.
    pub fingerprint: Fingerprint,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is one of the best.
    Best {
        /// Its place among all, from 1 on.
        rank: usize,
    },
    /// It shows a moment that one of the best shows.
    Repeats {
        /// The place of that one.
        rank: usize,
    },
    /// Its video gives as many as it may, all better.
    OverVideo {
        /// How many that are.
        cap: usize,
    },
    /// There are enough, all better.
    Below {
        /// How many there are.
        best: usize,
    },
}

/// One offer with where it stands.
#[derive(Clone, Copy)]
struct Entry<'a> {
    list: usize,
    slot: usize,
    video: &'a str,
    offer: &'a Offer,
}

/// Returns what becomes of each offer of each video, in the order in which they are given.
///
/// First every video gives its floor, the best of each that repeats nothing; then the best of all others, no video more
/// than its cap. A moment is taken once, from the video where it scores more. Equal scores are decided by the video's
/// name, then by time: the order of videos and offers changes nothing.
pub fn best(lists: &[Shortlist<'_>], rules: &Archive) -> Vec<Vec<Place>> {
    let mut entries: Vec<Entry<'_>> = entries(lists).collect();
    entries.sort_by(better_first);
    let mut chosen: Vec<Entry<'_>> = Vec::new();
    let mut given = vec![0; lists.len()];
    for (most, each) in [(usize::MAX, rules.floor), (rules.best, rules.cap)] {
        for entry in &entries {
            let free = chosen.len() < most && given[entry.list] < each;
            if free && !chosen.iter().any(|other| repeats(entry, other)) {
                given[entry.list] += 1;
                chosen.push(*entry);
            }
        }
    }
    chosen.sort_by(better_first);
    let place = |entry: Entry<'_>| place(entry, &chosen, &given, rules);
    let mut places: Vec<Vec<Place>> = vec![Vec::new(); lists.len()];
    for entry in self::entries(lists) {
        places[entry.list].push(place(entry));
    }
    places
}

fn entries<'a>(lists: &'a [Shortlist<'a>]) -> impl Iterator<Item = Entry<'a>> {
    lists.iter().enumerate().flat_map(|(list, shortlist)| {
        let offers = shortlist.offers.iter().enumerate();
        offers.map(move |(slot, offer)| Entry {
            list,
            slot,
            video: shortlist.video,
            offer,
        })
    })
}

fn better_first(a: &Entry<'_>, b: &Entry<'_>) -> Ordering {
    let (x, y) = (a.offer.range, b.offer.range);
    b.offer
        .score
        .total_cmp(&a.offer.score)
        .then(a.video.cmp(b.video))
        .then(x.start().cmp(&y.start()))
        .then(x.end().cmp(&y.end()))
}

/// Tells whether an entry is another, or shows the same moment of another video.
fn repeats(one: &Entry<'_>, other: &Entry<'_>) -> bool {
    if one.list == other.list {
        one.slot == other.slot
    } else {
        same_moment(&one.offer.fingerprint, &other.offer.fingerprint)
    }
}

fn place(entry: Entry<'_>, chosen: &[Entry<'_>], given: &[usize], rules: &Archive) -> Place {
    let same = |other: &Entry<'_>| (other.list, other.slot) == (entry.list, entry.slot);
    if let Some(rank) = chosen.iter().position(same) {
        return Place::Best { rank: rank + 1 };
    }
    if let Some(rank) = chosen.iter().position(|other| repeats(&entry, other)) {
        return Place::Repeats { rank: rank + 1 };
    }
    let full = given[entry.list] >= rules.cap;
    if full {
        Place::OverVideo { cap: rules.cap }
    } else {
        Place::Below { best: chosen.len() }
    }
}

/// Writes it as a reason.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best { rank } => write!(f, "place {rank} of all videos"),
            Self::Repeats { rank } => write!(f, "the same moment as place {rank} of all videos"),
            Self::OverVideo { cap } => write!(f, "below the cap of {cap} for each video"),
            Self::Below { best } => write!(f, "below the best {best} of all videos"),
        }
    }
}

#[cfg(test)]
mod tests;
