//! Tidied speech: without fillers and repetitions, fit to be read.

use crate::clips::captions::TextPart;
use crate::clips::captions::language::{Class, Lexicon};
use crate::clips::words::{Words, phrases};

/// Marks that only make sense when something follows.
const LOOSE_END: &[char] = &[
    ',', ';', ':', '.', '…', '–', '—', '-', '、', '，', '。', '；', '：', '،', '؛', '।', '｡', ' ',
];
/// Marks that a line does not begin with.
const LOOSE_START: &[char] = &[
    ',', ';', ':', '.', '…', '–', '—', '-', '、', '，', '。', '!', '?', ' ',
];
/// Marks that come in pairs.
const PAIRS: [(char, char); 11] = [
    ('"', '"'),
    ('“', '”'),
    ('‘', '’'),
    ('«', '»'),
    ('(', ')'),
    ('[', ']'),
    ('「', '」'),
    ('『', '』'),
    ('（', '）'),
    ('¿', '?'),
    ('¡', '!'),
];
/// Of fewer letters in capitals one cannot say that all is shouted.
const SHOUTED: usize = 12;

/// Returns parts as a line: without sounds, loose marks and half of a pair, the first letter large.
pub(super) fn tidy(parts: &[TextPart], language: &str, words: &Words) -> String {
    let kept = parts.iter().filter(|part| !is_sound(&part.text, words));
    let mut line = String::new();
    for part in kept {
        if part.space_before && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&part.text);
    }
    let line = unpaired(
        line.trim_start_matches(LOOSE_START)
            .trim_end_matches(LOOSE_END),
    );
    let line = line
        .trim_start_matches(LOOSE_START)
        .trim_end_matches(LOOSE_END);
    capital(&pronoun(&quiet(line), language))
}

/// Returns how many parts in front are one of the words that a title does not begin with; `None` when they are not.
///
/// The longest counts. All parts are never openers: then there is nothing else to say.
pub(super) fn is_opener(parts: &[TextPart], words: &Words) -> Option<usize> {
    let begins = |opener: &str| {
        let count = opener.split(' ').count();
        let same = parts.len() > count
            && opener
                .split(' ')
                .zip(parts)
                .all(|(word, part)| strip(&part.text) == word);
        same.then_some(count)
    };
    phrases(&words.openers).filter_map(begins).max()
}

/// Tells a word that holds on to the next one: an article, a preposition, a conjunction.
pub(super) fn is_small(text: &str, language: &str) -> bool {
    Lexicon::of(language).class(&strip(text)) != Class::Other
}

fn is_sound(text: &str, words: &Words) -> bool {
    let bare = strip(text);
    phrases(&words.sounds).any(|sound| sound == bare)
}

/// Returns a word in small letters without the marks around it.
fn strip(text: &str) -> String {
    let marks = |c: char| !c.is_alphanumeric();
    text.trim_matches(marks).to_lowercase().replace('’', "'")
}

/// Takes out the marks of a pair whose other half was cut off.
fn unpaired(line: &str) -> String {
    let mut line = line.to_owned();
    for (open, close) in PAIRS {
        let count = |mark| line.chars().filter(|&c| c == mark).count();
        let (opened, closed) = (count(open), count(close));
        let alone = if open == close {
            opened % 2 == 1
        } else {
            opened != closed
        };
        if !alone {
            continue;
        }
        line = line.trim_start_matches(open).to_owned();
        // An apostrophe, a question mark and an exclamation mark also stand alone.
        if !matches!(close, '’' | '?' | '!') {
            line = line.trim_end_matches(close).to_owned();
        }
    }
    line
}

/// Returns a line that is all capitals in small letters.
fn quiet(line: &str) -> String {
    let large = line.chars().filter(|c| c.is_uppercase()).count();
    let small = line.chars().any(char::is_lowercase);
    if large >= SHOUTED && !small {
        line.to_lowercase()
    } else {
        line.to_owned()
    }
}

/// Writes the English "I" large.
fn pronoun(line: &str, language: &str) -> String {
    if language != "en" {
        return line.to_owned();
    }
    let words = line.split(' ').map(|word| {
        let rest = word.strip_prefix('i');
        match rest.filter(|rest| rest.chars().next().is_none_or(|c| "'’,.?!".contains(c))) {
            Some(rest) => format!("I{rest}"),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Writes the first letter large, where the script has large letters; a name like `iPhone` stays as it is.
fn capital(line: &str) -> String {
    let Some((at, first)) = line.char_indices().find(|(_, c)| c.is_alphanumeric()) else {
        return String::new();
    };
    let mut word = line[at..]
        .chars()
        .skip(1)
        .take_while(|c| c.is_alphanumeric());
    if word.any(char::is_uppercase) {
        return line.to_owned();
    }
    let (before, rest) = (&line[..at], &line[at + first.len_utf8()..]);
    format!("{before}{}{rest}", first.to_uppercase())
}
