//! Text with the price of each cut, for titles and whatever else is taken out of a transcript.

use super::cue::{CueRules, columns};
use super::pieces::cut_pieces;
use super::seam::{Points, price_seams};
use crate::timeline::{TimeRange, Transcript};

/// A word, or the smallest part of it that stands alone where no spaces are written.
#[derive(Debug, Clone)]
pub(in crate::clips) struct TextPart {
    /// Its text.
    pub(in crate::clips) text: String,
    /// Whether a space stands before it.
    pub(in crate::clips) space_before: bool,
    /// When it is said.
    pub(in crate::clips) range: TimeRange,
    /// What it takes of a line.
    pub(in crate::clips) columns: usize,
    /// Whether a sentence ends with it.
    pub(in crate::clips) ends_sentence: bool,
    /// The price of cutting in front of it: nothing between sentences, up to 25 between clauses, thousands inside a word.
    pub(in crate::clips) cut: Points,
}

/// Returns the parts of everything said, in order.
pub(in crate::clips) fn cuttable_parts(transcript: &Transcript) -> Vec<TextPart> {
    let rules = CueRules {
        columns: 200,
        longest_word: 200,
        ..CueRules::default()
    };
    let pieces = cut_pieces(transcript, &rules, &|text| columns(text).max(1) as f64);
    let seams = price_seams(&pieces, &transcript.language);
    let parts = pieces.into_iter().zip(seams).map(|(piece, seam)| TextPart {
        range: piece.word.range,
        text: piece.word.text,
        space_before: piece.word.space_before,
        columns: piece.columns,
        ends_sentence: piece.ends_sentence,
        cut: seam.cue,
    });
    parts.collect()
}
