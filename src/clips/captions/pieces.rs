//! Words into pieces, the smallest texts that layout moves about.

use std::iter;
use std::ops::Range;

use super::cue::{CueRules, TextWidth, columns};
use super::order::order;
use super::piece::{Join, TextPiece, join};
use super::split::fit;
use crate::timeline::{Segment, Transcript, Word, ends_sentence};

/// Returns the pieces of a transcript: each at most as wide as a word may be, their times in order and disjoint.
///
/// They are as wide as `drawn` says.
pub(super) fn cut_pieces(
    transcript: &Transcript,
    rules: &CueRules,
    drawn: TextWidth<'_>,
) -> Vec<TextPiece> {
    let spoken: Vec<Word> = transcript.segments.iter().flat_map(words_of).collect();
    let mut pieces: Vec<TextPiece> = (0..spoken.len())
        .flat_map(|i| tokens(&spoken, i, &transcript.language))
        .collect();
    order(&mut pieces);
    for i in 1..pieces.len() {
        pieces[i].join = join(&pieces[i - 1].word.text, &pieces[i].word);
    }
    let fitted = units(&pieces).flat_map(|unit| fit(&pieces[unit], rules.word_width()));
    fitted
        .map(|piece| TextPiece {
            drawn: drawn(&piece.word.text),
            ..piece
        })
        .collect()
}

/// Returns a segment's words; those of its text, all at all of its time, where the recogniser gave none.
fn words_of(segment: &Segment) -> Vec<Word> {
    if !segment.words.is_empty() {
        return segment.words.clone();
    }
    let word = |text: &str| Word {
        text: text.to_owned(),
        range: segment.range,
        // Nobody knows.
        confidence: f32::NAN,
        space_before: true,
    };
    segment.text.split(breaking_space).map(word).collect()
}

/// Returns the parts of word `i` between spaces, without what cannot be shown.
fn tokens(words: &[Word], i: usize, language: &str) -> Vec<TextPiece> {
    let word = &words[i];
    let texts: Vec<String> = word
        .text
        .split(breaking_space)
        .map(clean)
        .filter(|text| !text.is_empty())
        .collect();
    let last = texts.len().saturating_sub(1);
    let ends = ends_sentence(word, words.get(i + 1), language);
    let pieces = texts.into_iter().enumerate().map(|(k, text)| TextPiece {
        columns: columns(&text).max(1),
        drawn: 0.0,
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

/// Returns the runs of pieces that must stay on one line.
fn units(pieces: &[TextPiece]) -> impl Iterator<Item = Range<usize>> {
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
