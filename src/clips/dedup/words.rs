//! Signature words worth a look-up: rows in which enough changes, each once as long as it stays the same.

use super::fingerprint::Fingerprint;
use super::side::Side;
use crate::analysis::signature::SignatureRow;

/// Rows that know fewer of their 32 bits are alike by chance.
const LEAST_KNOWN: u32 = 9;
/// Rows past these, 54 minutes, are not looked at: their number has 16 bits.
pub(super) const MOST_ROWS: usize = 1 << 16;

/// A row that is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowWord {
    pub(super) side: Side,
    /// Rows from the start of the moment.
    pub(super) row: u16,
    pub(super) grew: u32,
    pub(super) shrank: u32,
}

impl RowWord {
    /// Returns a row as a word of no certain place.
    pub(super) fn of(row: SignatureRow, side: Side) -> Self {
        let SignatureRow { grew, known } = row;
        Self {
            side,
            row: 0,
            grew,
            shrank: known & !grew,
        }
    }
}

/// Returns the words of a moment: those of its sound, then those of its pictures.
pub(super) fn words(print: &Fingerprint) -> impl Iterator<Item = RowWord> {
    let [sound, pictures] = print.signatures();
    words_of(sound, Side::Sound).chain(words_of(pictures, Side::Pictures))
}

/// Returns the words of one signature.
pub(super) fn words_of(rows: &[SignatureRow], side: Side) -> impl Iterator<Item = RowWord> {
    rows_worth_a_look(rows).map_while(move |(number, row)| {
        Some(RowWord {
            row: u16::try_from(number).ok()?,
            ..RowWord::of(row, side)
        })
    })
}

/// Returns the rows in which enough is known to look them up, each once as long as it stays the same, with their numbers.
pub(super) fn rows_worth_a_look(
    rows: &[SignatureRow],
) -> impl Iterator<Item = (usize, SignatureRow)> {
    let mut before = SignatureRow::default();
    rows.iter().copied().enumerate().filter(move |(_, now)| {
        let is_new = std::mem::replace(&mut before, *now) != *now;
        is_new && now.known.count_ones() >= LEAST_KNOWN
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_word_where_enough_of_it_is_known_and_it_is_not_the_one_before() {
        let row = |grew, known| SignatureRow { grew, known };
        let rows = [
            row(1, 0xFF),
            row(1, 0x1FF),
            row(1, 0x1FF),
            row(3, 0xFFFF),
            row(1, 0x1FF),
        ];
        let found: Vec<_> = words_of(&rows, Side::Sound)
            .map(|word| (word.row, word.grew, word.shrank))
            .collect();
        assert_eq!(found, [(1, 1, 0x1FE), (3, 3, 0xFFFC), (4, 1, 0x1FE)]);
    }
}
