//! Piece: text that no line may split.

use unicode_segmentation::UnicodeSegmentation;

use super::script;
use crate::timeline::Word;

/// A word, or one character of a word that is longer than a line.
#[derive(Debug, Clone)]
pub(super) struct TextPiece {
    /// Its text and its time, disjoint from other pieces'.
    pub(super) word: Word,
    /// Position of the word it comes from.
    pub(super) source: usize,
    /// What it takes of a line; at least one.
    pub(super) columns: usize,
    /// The same as it is drawn: letters differ in width.
    pub(super) drawn: f64,
    /// Whether a line may begin with it.
    pub(super) join: Join,
    /// Whether a sentence ends with it.
    pub(super) ends_sentence: bool,
}

/// How a piece holds on to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// A line may begin here.
    Free,
    /// Inside a word too long for a line.
    Inside,
    /// A line that began here would be wrong: with a full stop, a small kana, the rest of a number.
    Never,
}

/// Tells whether a line may begin with `word` after the text `before`.
pub(super) fn join(before: &str, word: &Word) -> Join {
    let (Some(last), Some(first)) = (before.chars().next_back(), word.text.chars().next()) else {
        return Join::Free;
    };
    let bound = if word.space_before {
        word.text.chars().all(script::not_first) || before.chars().all(script::not_last)
    } else {
        script::not_first(first)
            || script::not_last(last)
            || !(script::spaceless(last) || script::spaceless(first))
            || one_grapheme(last, first)
    };
    if bound { Join::Never } else { Join::Free }
}

fn one_grapheme(last: char, first: char) -> bool {
    [last, first]
        .iter()
        .collect::<String>()
        .graphemes(true)
        .count()
        == 1
}
