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
    /// Milliseconds of silence.
    pub(super) pause: Points,
    /// Whether a sentence ends here.
    pub(super) ends_sentence: bool,
}

/// Milliseconds of silence that make the end of a sentence a wall: no cue reaches over it.
pub(super) const BREATH: Points = 300;

/// Returns the seam in front of each piece; the first is free.
pub(super) fn price_seams(pieces: &[TextPiece], language: &str) -> Vec<Seam> {
    let lexicon = Lexicon::of(language);
    let names = Capitals::of(language);
    let opens = |at: usize| at == 0 || pieces[at - 1].ends_sentence;
    let inner = (1..pieces.len()).map(|at| {
        let names = if opens(at - 1) {
            Capitals::Unsure
        } else {
            names
        };
        seam(&pieces[at - 1], &pieces[at], lexicon, names)
    });
    std::iter::once(Seam::default())
        .chain(inner)
        .take(pieces.len())
        .collect()
}

/// The price of parting an article from its noun, wherever.
const ARTICLE: Points = 600;
/// The price of parting a preposition or a first name from the next word.
const WITH_NEXT: Points = 500;

/// What two capitals in a row tell.
#[derive(Debug, Clone, Copy)]
enum Capitals {
    /// A name of two parts.
    Sure,
    /// That, or the first word of a sentence, or two nouns.
    Unsure,
}

impl Capitals {
    /// Returns what they tell inside a sentence; German writes every noun so.
    fn of(language: &str) -> Self {
        if language == "de" {
            Self::Unsure
        } else {
            Self::Sure
        }
    }
}

fn seam(before: &TextPiece, after: &TextPiece, lexicon: &Lexicon, names: Capitals) -> Seam {
    let price = price_of(before, after, lexicon, names);
    let pause = after.word.range.start().since(before.word.range.end());
    let pause = pause.as_millis().min(60_000) as Points;
    let breath = (pause / 8).min(60); // half a second of silence excuses any break between words
    Seam {
        line: if price == ARTICLE || price == WITH_NEXT {
            price
        } else {
            price / 2
        },
        cue: (price - breath).max(0),
        over: (pause - 250).max(0) / 4 + if before.ends_sentence { 30 } else { 0 },
        pause,
        ends_sentence: before.ends_sentence,
    }
}

fn price_of(before: &TextPiece, after: &TextPiece, lexicon: &Lexicon, names: Capitals) -> Points {
    let bare = before.word.text.trim_end_matches(script::closer);
    match after.join {
        Join::Never => 100_000,
        Join::Inside => 2_000,
        Join::Free if before.ends_sentence => 0,
        Join::Free if bare.ends_with(script::clause_mark) => 10,
        Join::Free if !after.word.space_before => spaceless(&before.word.text, &after.word.text),
        Join::Free => spaced(&before.word.text, &after.word.text, lexicon, names),
    }
}

fn spaced(before: &str, after: &str, lexicon: &Lexicon, names: Capitals) -> Points {
    match (lexicon.class(before), lexicon.class(after)) {
        (Class::Article, _) => ARTICLE,
        (Class::Preposition, _) => WITH_NEXT,
        (Class::Conjunction, _) => 90,
        (Class::Binder, _) => 110,
        (Class::Other, Class::Conjunction) => 25,
        (Class::Other, Class::Preposition) => 40,
        _ => match names {
            Capitals::Sure if is_name(before, after) => WITH_NEXT,
            _ if are_capital(before, after) || before.ends_with(char::is_numeric) => 100,
            _ => 60,
        },
    }
}

/// Tells two parts of a name; a title that is cut short, as `Mr.`, may stand without it where the name needs the line.
pub(super) fn is_name(before: &str, after: &str) -> bool {
    are_capital(before, after) && before.ends_with(char::is_alphabetic)
}

fn are_capital(before: &str, after: &str) -> bool {
    let capital = |text: &str| text.starts_with(char::is_uppercase);
    capital(before) && capital(after)
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
