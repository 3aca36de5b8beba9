//! Price of ending a line or a cue between two pieces.

use super::language::{Class, Lexicon};
use super::piece::{Join, TextPiece};
use super::script;

/// Prices of everything that layout weighs; a break between two ordinary words is 60.
pub(super) type Points = i64;

/// The place in front of a piece.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seam {
    /// The price of beginning a line here.
    pub(super) line: Points,
    /// The price of beginning a cue here.
    pub(super) cue: Points,
    /// The price of beginning no cue here: of a cue that runs on over a pause or the end of a sentence.
    pub(super) over: Points,
}

/// Returns the seam in front of each piece; the first is free.
pub(super) fn price_seams(pieces: &[TextPiece], language: &str) -> Vec<Seam> {
    let lexicon = Lexicon::of(language);
    let inner = pieces
        .windows(2)
        .map(|pair| seam(&pair[0], &pair[1], lexicon));
    std::iter::once(Seam::default())
        .chain(inner)
        .take(pieces.len())
        .collect()
}

fn seam(before: &TextPiece, after: &TextPiece, lexicon: &Lexicon) -> Seam {
    let price = price_of(before, after, lexicon);
    let pause = after.word.range.start().since(before.word.range.end());
    let pause = pause.as_millis().min(60_000) as Points;
    let breath = (pause / 8).min(60); // half a second of silence excuses any break between words
    Seam {
        line: price / 2,
        cue: (price - breath).max(0),
        over: (pause - 250).max(0) / 4 + if before.ends_sentence { 30 } else { 0 },
    }
}

fn price_of(before: &TextPiece, after: &TextPiece, lexicon: &Lexicon) -> Points {
    let bare = before.word.text.trim_end_matches(script::closer);
    match after.join {
        Join::Never => 100_000,
        Join::Inside => 2_000,
        Join::Free if before.ends_sentence => 0,
        Join::Free if bare.ends_with(script::clause_mark) => 10,
        Join::Free if !after.word.space_before => spaceless(&before.word.text, &after.word.text),
        Join::Free => spaced(&before.word.text, &after.word.text, lexicon),
    }
}

fn spaced(before: &str, after: &str, lexicon: &Lexicon) -> Points {
    match (lexicon.class(before), lexicon.class(after)) {
        (Class::Conjunction, _) => 90,
        (Class::Preposition | Class::Binder, _) => 110,
        (Class::Other, Class::Conjunction) => 25,
        (Class::Other, Class::Preposition) => 40,
        _ if of_one_name(before, after) => 100,
        _ => 60,
    }
}

/// Tells two parts of a name, or a number and what it counts.
fn of_one_name(before: &str, after: &str) -> bool {
    let capital = |text: &str| text.starts_with(char::is_uppercase);
    before.ends_with(char::is_numeric) || (capital(before) && capital(after))
}

/// Prices a seam in a script without spaces, by the places where Japanese phrases begin: a kanji or katakana after hiragana.
fn spaceless(before: &str, after: &str) -> Points {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else {
        return 60;
    };
    let written = |c| {
        [script::han, script::hiragana, script::katakana]
            .iter()
            .position(|of| of(c))
    };
    match (written(last), written(first)) {
        (Some(1), Some(0 | 2)) => 40,
        (Some(1), Some(1)) => 140,
        (Some(0 | 2), Some(1)) => 150,
        (Some(2), Some(2)) => 200,
        _ if last.is_numeric() => 120,
        _ => 70,
    }
}
