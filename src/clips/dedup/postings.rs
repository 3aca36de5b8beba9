//! Inverted index: where each word of the signatures occurs, found again when some of its bits are wrong.
//!
//! A key is what nine of the 32 bits of a word did: grew, shrank or neither. Each word has two, of different bits; whether 16 of
//! the others grew lies beside the place and tells whether the word is near. When the memory is used up, half of the keys go,
//! chosen by a hash: a word is then found by fewer of its look-ups.

use std::num::NonZeroU32;

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

/// Places of a block: enough that few steps lead through a bucket, few enough that little of the last is unused.
const SLOTS: usize = 30;
/// Blocks that are allocated at once.
const CHUNK: usize = 1 << 12;

/// The places of all words.
///
/// In blocks, for vectors that grow and go leave holes as large as themselves.
#[derive(Debug)]
pub(super) struct Postings {
    /// By side and kind of key, then by key.
    buckets: Vec<Bucket>,
    chunks: Vec<Box<[PostingBlock]>>,
    most_chunks: usize,
    /// The first block that nothing uses.
    free: Option<BlockNumber>,
    /// How often half of the keys were dropped.
    level: u32,
}

/// The words of one key.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// The block that is being filled.
    last: Option<BlockNumber>,
    /// How many there are in all.
    count: u32,
}

/// Some of a bucket's words; what a look-up reads of each fills one line of a processor's cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
struct PostingBlock {
    /// The block that was filled before, or the next that is free.
    next: Option<BlockNumber>,
    /// Whether 16 bits of each grew that are not of the key.
    others: [u16; SLOTS],
    places: [u32; SLOTS],
}

/// The number of a block, from 1 on.
type BlockNumber = NonZeroU32;

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
            buckets: vec![Bucket::default(); 2 * KINDS * KEYS],
            chunks: Vec::new(),
            most_chunks: (bytes / (CHUNK * size_of::<PostingBlock>())).max(1),
            free: None,
            level: 0,
        }
    }

    /// Takes note that a word is at a place.
    pub(super) fn insert(&mut self, word: &RowWord, place: u32) {
        for WordKey { number, others } in keys(word) {
            if self.is_kept(number) {
                self.push(number, others, place);
            }
        }
    }

    /// Calls `found` with the place of every word that is near, and in how many bits it differs.
    ///
    /// One that is near by both keys is found twice.
    pub(super) fn look_up(&self, word: &RowWord, mut found: impl FnMut(u32, u32)) {
        for WordKey { number, others } in keys(word) {
            let Bucket { last, count } = self.buckets[number];
            let mut filled = count as usize - count.saturating_sub(1) as usize / SLOTS * SLOTS;
            let mut next = last;
            while let Some(block) = next.map(|number| self.block(number)) {
                for (slot, other) in block.others.iter().take(filled).enumerate() {
                    let distance = (other ^ others).count_ones();
                    if distance <= FARTHEST {
                        found(block.places[slot], distance);
                    }
                }
                filled = SLOTS;
                next = block.next;
            }
        }
    }

    fn push(&mut self, number: usize, others: u16, place: u32) {
        let slot = self.buckets[number].count as usize % SLOTS;
        if slot == 0 {
            let Some(block) = self.take_block(number) else {
                return;
            };
            self.block_mut(block).next = self.buckets[number].last;
            self.buckets[number].last = Some(block);
        }
        let Some(last) = self.buckets[number].last else {
            return;
        };
        self.buckets[number].count += 1;
        let block = self.block_mut(last);
        block.places[slot] = place;
        block.others[slot] = others;
    }

    /// Returns a block for a bucket; none where the bucket was dropped to have one.
    fn take_block(&mut self, number: usize) -> Option<BlockNumber> {
        while self.free.is_none() {
            if self.chunks.len() < self.most_chunks {
                self.add_chunk();
            } else {
                self.drop_half();
            }
        }
        let block = self.free.filter(|_| self.is_kept(number))?;
        self.free = self.block(block).next;
        Some(block)
    }

    fn add_chunk(&mut self) {
        let first = self.chunks.len() * CHUNK + 1;
        self.chunks
            .push(vec![PostingBlock::default(); CHUNK].into_boxed_slice());
        for number in (first..first + CHUNK).rev() {
            let number = u32::try_from(number).ok().and_then(BlockNumber::new);
            self.give_back(number.expect("2^32 blocks would be 800 GB"));
        }
    }

    /// Drops half of the keys that are left.
    fn drop_half(&mut self) {
        self.level += 1;
        for number in 0..self.buckets.len() {
            if self.is_kept(number) {
                continue;
            }
            let mut next = std::mem::take(&mut self.buckets[number]).last;
            while let Some(block) = next {
                next = self.block(block).next;
                self.give_back(block);
            }
        }
    }

    fn give_back(&mut self, number: BlockNumber) {
        self.block_mut(number).next = self.free;
        self.free = Some(number);
    }

    fn block(&self, number: BlockNumber) -> &PostingBlock {
        let number = number.get() as usize - 1;
        &self.chunks[number / CHUNK][number % CHUNK]
    }

    fn block_mut(&mut self, number: BlockNumber) -> &mut PostingBlock {
        let number = number.get() as usize - 1;
        &mut self.chunks[number / CHUNK][number % CHUNK]
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
        let mut postings = Postings::new(0);
        let (mut state, mut words) = (1, Vec::new());
        for place in 0..100_000 {
            let word = word(random(&mut state) as u32);
            postings.insert(&word, place);
            words.push(word);
        }
        assert!(postings.level > 0 && postings.chunks.len() == 1);
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
