//! Words into pieces: the smallest texts that layout moves about.

use std::iter;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::order::order;
use super::split::fit;
use super::{CueRules, Line, columns, script};
use crate::timeline::{Segment, TimeRange, Transcript, Word, ends_sentence};

/// A word, or one character of a word that is longer than a line.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Its text and its time, disjoint from other pieces'.
    pub(super) word: Word,
    /// Position of the word it comes from.
    pub(super) source: usize,
    /// What it takes of a line; at least one.
    pub(super) columns: usize,
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

/// Returns the pieces of a transcript: each at most one line wide, their times in order and disjoint.
pub(super) fn pieces(transcript: &Transcript, rules: &CueRules) -> Vec<Piece> {
    let spoken: Vec<Word> = transcript.segments.iter().flat_map(words_of).collect();
    let mut pieces: Vec<Piece> = (0..spoken.len())
        .flat_map(|i| tokens(&spoken, i, &transcript.language))
        .collect();
    order(&mut pieces);
    for i in 1..pieces.len() {
        pieces[i].join = join(&pieces[i - 1].word.text, &pieces[i].word);
    }
    units(&pieces)
        .flat_map(|unit| fit(&pieces[unit], rules.width()))
        .collect()
}

/// Returns the line made of `pieces`, those of one word put together again.
pub(super) fn line(pieces: &[Piece]) -> Line {
    let words = pieces.chunk_by(|a, b| a.source == b.source && !b.word.space_before);
    let words = words.map(|parts| {
        let (first, last) = (&parts[0].word, &parts[parts.len() - 1].word);
        let range = TimeRange::new(first.range.start(), last.range.end());
        Word {
            text: parts.iter().map(|part| part.word.text.as_str()).collect(),
            range: range.unwrap_or(first.range),
            ..first.clone()
        }
    });
    Line {
        words: words.collect(),
    }
}

/// Returns a segment's words; those of its text, all at all of its time, where the recogniser gave none.
fn words_of(segment: &Segment) -> Vec<Word> {
    if !segment.words.is_empty() {
        return segment.words.clone();
    }
    let word = |text: &str| Word {
        text: text.to_owned(),
        range: segment.range,
        confidence: 0.0,
        space_before: true,
    };
    segment.text.split(breaking_space).map(word).collect()
}

/// Returns the parts of word `i` between spaces, without what cannot be shown.
fn tokens(words: &[Word], i: usize, language: &str) -> Vec<Piece> {
    let word = &words[i];
    let texts: Vec<String> = word
        .text
        .split(breaking_space)
        .map(clean)
        .filter(|text| !text.is_empty())
        .collect();
    let last = texts.len().saturating_sub(1);
    let ends = ends_sentence(word, words.get(i + 1), language);
    let pieces = texts.into_iter().enumerate().map(|(k, text)| Piece {
        columns: columns(&text).max(1),
        word: Word {
            text,
            space_before: word.space_before || k > 0 || word.text.starts_with(breaking_space),
            ..word.clone()
        },
        source: i,
        join: Join::Free,
        ends_sentence: ends && k == last,
    });
    pieces.collect()
}

fn breaking_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{A0}' | '\u{2007}' | '\u{202F}')
}

/// Returns the part between spaces without control characters; empty when nothing of it would be seen.
fn clean(part: &str) -> String {
    let kept: String = part
        .chars()
        .filter(|&c| !c.is_control() && c != '\u{FEFF}')
        .collect();
    let seen = |c: char| {
        !c.is_whitespace()
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}')
    };
    if kept.contains(seen) {
        kept.trim().to_owned()
    } else {
        String::new()
    }
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

/// Returns the runs of pieces that must stay on one line.
fn units(pieces: &[Piece]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    iter::from_fn(move || {
        let start = at;
        pieces.get(start)?;
        at += 1;
        while pieces.get(at).is_some_and(|p| p.join == Join::Never) {
            at += 1;
        }
        Some(start..at)
    })
}
