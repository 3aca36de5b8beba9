//! Inverted index: where each word of the signatures occurs, found again when some of its bits are wrong.
//!
//! A key is what nine of the 32 bits of a word did: grew, shrank or neither. Each word has two, of different bits; whether 16 of
//! the others grew lies beside the place and tells whether the word is near. When the memory is used up, half of the keys go,
//! chosen by a hash: a word is then found by fewer of its look-ups.

use super::side::Side;
use super::words::RowWord;
use crate::clips::random::random;

/// Kinds of keys, and the bits of each: every third from the first on, and from the second on.
const KINDS: usize = 2;
const KEY_BITS: usize = 9;
const APART: usize = 3;
/// Keys of one kind.
const KEYS: usize = 3_usize.pow(KEY_BITS as u32);
/// Of the bits of a word that lie beside its place a copy has at most so many wrong.
pub(super) const FARTHEST: u32 = 3;
/// A key in which fewer bits are known is many another's.
const LEAST_KNOWN: u32 = 3;

/// The places of all words.
#[derive(Debug)]
pub(super) struct Postings {
    /// By side and kind of key, then by key.
    buckets: Vec<Vec<Posting>>,
    /// So many are allocated, used or not.
    allocated: usize,
    most: usize,
    /// How often half of the keys were dropped.
    level: u32,
}

/// A place and what is there, in six bytes: a whole `u32` would be laid out at a multiple of four.
#[derive(Debug, Clone, Copy)]
struct Posting {
    place: [u16; 2],
    /// Whether 16 bits grew that are not of the key.
    others: u16,
}

/// One of the keys of a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct WordKey {
    /// The number of its bucket.
    pub(super) number: usize,
    /// Whether 16 bits grew that are not of the key.
    pub(super) others: u16,
}

impl Postings {
    /// Returns an empty index whose postings take at most so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            buckets: vec![Vec::new(); 2 * KINDS * KEYS],
            allocated: 0,
            most: bytes / size_of::<Posting>(),
            level: 0,
        }
    }

    /// Takes note that a word is at a place.
    pub(super) fn insert(&mut self, word: &RowWord, place: u32) {
        let place = [place as u16, (place >> 16) as u16];
        for WordKey { number, others } in keys(word) {
            if self.is_kept(number) {
                self.push(number, Posting { place, others });
            }
        }
        while self.allocated > self.most {
            self.drop_half();
        }
    }

    /// Calls `found` with the place of every word that is near, and in how many bits it differs.
    ///
    /// One that is near by both keys is found twice.
    pub(super) fn look_up(&self, word: &RowWord, mut found: impl FnMut(u32, u32)) {
        for WordKey { number, others } in keys(word) {
            for posting in &self.buckets[number] {
                let distance = (posting.others ^ others).count_ones();
                if distance <= FARTHEST {
                    let [low, high] = posting.place.map(u32::from);
                    found(high << 16 | low, distance);
                }
            }
        }
    }

    fn push(&mut self, number: usize, posting: Posting) {
        let bucket = &mut self.buckets[number];
        if bucket.len() == bucket.capacity() {
            // By a quarter: twice as much would be a third of the memory unused.
            let before = bucket.capacity();
            bucket.reserve_exact(2 + before / 4);
            self.allocated += bucket.capacity() - before;
        }
        bucket.push(posting);
    }

    /// Drops half of the keys that are left.
    fn drop_half(&mut self) {
        self.level += 1;
        for number in 0..self.buckets.len() {
            if !self.is_kept(number) {
                self.allocated -= std::mem::take(&mut self.buckets[number]).capacity();
            }
        }
    }

    /// Tells whether a key is one of those that are left.
    fn is_kept(&self, number: usize) -> bool {
        random(&mut (number as u64)).trailing_zeros() >= self.level
    }
}

/// Returns the keys of a word: digits to the base of three, 1 for a bit that grew and 2 for one that shrank.
pub(super) fn keys(word: &RowWord) -> impl Iterator<Item = WordKey> + use<> {
    let RowWord { grew, shrank, .. } = *word;
    let side = match word.side {
        Side::Sound => 0,
        Side::Pictures => KINDS * KEYS,
    };
    (0..KINDS).filter_map(move |kind| {
        let (mut number, mut known) = (0, 0);
        for bit in (0..KEY_BITS).map(|bit| kind + APART * bit) {
            let digit = (grew >> bit & 1 | (shrank >> bit & 1) << 1) as usize;
            number = 3 * number + digit;
            known += u32::from(digit > 0);
        }
        // The bit after each of the key's, and seven of those after that.
        let next = (0..KEY_BITS).map(|bit| kind + APART * bit + 1);
        let after = (1..u16::BITS as usize - KEY_BITS + 1).map(|bit| kind + APART * bit + 2);
        let others = next
            .chain(after)
            .fold(0, |others, bit| others << 1 | (grew >> bit & 1) as u16);
        let number = side + kind * KEYS + number;
        (known >= LEAST_KNOWN).then_some(WordKey { number, others })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn word(grew: u32) -> RowWord {
        RowWord {
            side: Side::Pictures,
            row: 0,
            grew,
            shrank: !grew,
        }
    }

    fn found(postings: &Postings, word: &RowWord) -> BTreeSet<(u32, u32)> {
        let mut all = BTreeSet::new();
        postings.look_up(word, |place, distance| {
            all.insert((place, distance));
        });
        all
    }

    proptest! {
        #[test]
        fn a_bit_that_is_known_of_one_copy_alone_hides_no_word(grew in any::<u32>(), unknown in proptest::collection::vec(0..32_u32, 40)) {
            let mut postings = Postings::new(1 << 20);
            for (bit, place) in unknown.iter().zip(0..) {
                let known = !(1 << bit);
                postings.insert(&RowWord { grew: grew & known, shrank: !grew & known, ..word(grew) }, place);
            }
            let places: BTreeSet<u32> = found(&postings, &word(grew)).into_iter().map(|(place, _)| place).collect();
            prop_assert_eq!(places.len(), unknown.len());
        }
    }

    #[test]
    fn it_keeps_to_its_memory_and_what_is_left_is_whole() {
        let mut postings = Postings::new(100_000);
        let (mut state, mut words) = (1, Vec::new());
        for place in 0..50_000 {
            let word = word(random(&mut state) as u32);
            postings.insert(&word, place);
            words.push(word);
        }
        assert!(postings.level > 2 && postings.allocated <= postings.most);
        let is_left = |word: &RowWord| keys(word).any(|key| postings.is_kept(key.number));
        let left: Vec<_> = words
            .iter()
            .zip(0..)
            .filter(|(word, _)| is_left(word))
            .collect();
        assert!(left.len() > 1000);
        assert!(
            left.iter()
                .all(|(word, place)| found(&postings, word).contains(&(*place, 0)))
        );
    }
}
