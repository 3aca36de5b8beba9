//! Words longer than a line, split between characters.

use std::iter;

use unicode_segmentation::UnicodeSegmentation;

use super::cue::columns;
use super::order::share;
use super::piece::{Join, TextPiece, join};
use super::script;
use crate::timeline::{Word, spoken};

/// Returns the pieces of a unit, or its characters when it is wider than a line of `columns`.
pub(super) fn fit(unit: &[TextPiece], columns: usize) -> Vec<TextPiece> {
    let spaces = unit[1..].iter().filter(|p| p.word.space_before).count();
    let wide = unit.iter().map(|p| p.columns).sum::<usize>() + spaces;
    if wide <= columns {
        return unit.to_vec();
    }
    unit.chunk_by(|_, next| !next.word.space_before)
        .flat_map(characters)
        .collect()
}

/// Returns the characters of pieces without spaces between them; a character may reach into the next piece.
fn characters(run: &[TextPiece]) -> Vec<TextPiece> {
    let text = spoken(run.iter().map(|piece| &piece.word));
    let mut all = text.grapheme_indices(true).peekable();
    let mut end = 0;
    let mut found = Vec::new();
    for piece in run {
        end += piece.word.text.len();
        let mine = iter::from_fn(|| all.next_if(|(at, _)| *at < end));
        found.extend(spread(piece, mine.map(|(_, text)| text)));
    }
    for i in 1..found.len() {
        found[i].join = loosened(&found[i - 1].word.text, &found[i].word);
    }
    found
}

/// Returns the characters that begin in a piece, its time shared among them.
fn spread<'a>(piece: &TextPiece, characters: impl Iterator<Item = &'a str>) -> Vec<TextPiece> {
    let mut parts: Vec<TextPiece> = characters.map(|text| character(piece, text)).collect();
    if let Some(first) = parts.first_mut() {
        first.word.space_before = piece.word.space_before;
    }
    if let Some(last) = parts.last_mut() {
        last.ends_sentence |= piece.ends_sentence;
    }
    let range = piece.word.range;
    share(&mut parts, range.start(), range.end(), range.start());
    parts
}

fn character(of: &TextPiece, text: &str) -> TextPiece {
    TextPiece {
        columns: columns(text).max(1),
        ends_sentence: text.ends_with(script::full_stop),
        word: Word {
            text: text.to_owned(),
            space_before: false,
            ..of.word.clone()
        },
        ..of.clone()
    }
}

/// Lets a line begin inside a word, yet no easier than it must with marks that cannot begin or end one.
fn loosened(before: &str, word: &Word) -> Join {
    let mark = before.ends_with(script::not_last) || word.text.starts_with(script::not_first);
    match join(before, word) {
        Join::Never if !mark => Join::Inside,
        other => other,
    }
}
