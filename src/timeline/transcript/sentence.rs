//! Sentence boundaries.

use super::word::{Word, spoken};
use crate::timeline::TimeRange;

/// A sentence: at least one word.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence<'a> {
    words: Vec<&'a Word>,
}

impl<'a> Sentence<'a> {
    /// Its words, in order of speech; never empty.
    pub fn words(&self) -> &[&'a Word] {
        &self.words
    }

    /// Returns its text.
    pub fn text(&self) -> String {
        spoken(self.words.iter().copied())
    }

    /// Returns the time from its earliest word to its latest.
    pub fn range(&self) -> TimeRange {
        self.words
            .iter()
            .map(|word| word.range)
            .reduce(|a, b| {
                let end = a.end().max(b.end());
                TimeRange::new(a.start().min(b.start()), end).unwrap_or(a)
            })
            .expect("a sentence has words")
    }
}

pub(super) fn sentences<'a>(
    words: impl Iterator<Item = &'a Word>,
    language: &'a str,
) -> impl Iterator<Item = Sentence<'a>> {
    let mut words = words.peekable();
    std::iter::from_fn(move || {
        let mut sentence = vec![words.next()?];
        while !ends_sentence(
            sentence[sentence.len() - 1],
            words.peek().copied(),
            language,
        ) {
            match words.next() {
                Some(word) => sentence.push(word),
                None => break,
            }
        }
        Some(Sentence { words: sentence })
    })
}

/// Tells whether a sentence ends with `word`, when `next` follows it.
///
/// The last word of all ends one. A full stop does not when it belongs to an abbreviation, an initial or a number that
/// goes on; an ellipsis does not when the next word is written small. `language` is an ISO 639-1 code: some write ordinals
/// as `3.`.
pub fn ends_sentence(word: &Word, next: Option<&Word>, language: &str) -> bool {
    let Some(next) = next else { return true };
    if !next.space_before && next.text.starts_with(goes_on) {
        return false;
    }
    let bare = word.text.trim_end_matches(is_closer);
    match bare.chars().next_back() {
        Some('.') if bare.ends_with("..") => !starts_small(&next.text),
        Some('.') => full_stop_ends(bare.trim_end_matches('.'), next, language),
        Some('…') => !starts_small(&next.text),
        Some(mark) => TERMINATORS.contains(mark),
        None => false,
    }
}

/// Marks after which a sentence is over, whatever follows: Latin, Armenian, Arabic, Indic, Ethiopic, Khmer, Chinese.
const TERMINATORS: &str = "!?։؟۔।॥።፧៕。！？｡．‼⁇⁈⁉‽";

/// Abbreviations that a name, number or list follows: no sentence ends with them.
const ALWAYS_GOES_ON: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "gen", "col", "sgt", "capt", "lt", "rev", "hon",
    "sen", "rep", "gov", "vs", "e.g", "i.e", "cf", "ca", "no", "nr", "fig", "vol", "pp", "art",
    "approx", "mme", "mlle", "hr", "fr", "sr", "sra", "srta", "dra", "z.b", "d.h", "u.a", "bzw",
    "ggf", "т.е", "г", "ул",
];

/// Abbreviations that may end a sentence: they do before a capital.
const MAY_END: &[&str] = &[
    "etc", "inc", "ltd", "co", "corp", "jr", "a.m", "p.m", "usw", "bros", "dept", "est",
];

/// Languages that write `3.` for "third", before capitals too.
const ORDINAL_STOP: &[&str] = &[
    "de", "da", "nb", "nn", "no", "fi", "cs", "sk", "pl", "hu", "hr", "sl", "sr", "bs", "et", "lv",
    "is", "tr",
];

fn full_stop_ends(before: &str, next: &Word, language: &str) -> bool {
    let stem = before
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let capital = !starts_small(&next.text);
    if ALWAYS_GOES_ON.contains(&stem.as_str()) {
        // "No." and "St." alone are also an answer and a street; a capital tells nothing after a title.
        return stem == "no" && !next.text.starts_with(char::is_numeric) && capital;
    }
    if MAY_END.contains(&stem.as_str()) {
        return capital;
    }
    if is_initials(before) {
        return false;
    }
    let number = !stem.is_empty() && stem.chars().all(char::is_numeric);
    let ordinal = number && stem.len() <= 2 && ORDINAL_STOP.contains(&language);
    !ordinal && (!number || capital)
}

/// Tells a name's initials and `U.S`: single capitals with stops between them.
fn is_initials(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    !text.is_empty()
        && text.split('.').all(|part| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
        })
        // "I." is the pronoun more often than an initial.
        && text != "I"
}

fn starts_small(text: &str) -> bool {
    text.chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(|c| c.is_lowercase())
}

/// What, without a space, continues the word before it: a decimal, a domain, more punctuation.
fn goes_on(c: char) -> bool {
    (c.is_ascii_alphanumeric()) || is_closer(c) || c == '.' || c == '…' || TERMINATORS.contains(c)
}

fn is_closer(c: char) -> bool {
    "\"'”’»›)]}」』）】〉》".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Timestamp;

    fn words_of(text: &str, space: bool) -> Vec<Word> {
        let at = |second| Timestamp::new(second, 1).unwrap();
        let texts = text.split_whitespace().enumerate();
        texts
            .map(|(i, text)| Word {
                text: text.into(),
                range: TimeRange::new(at(i as i64), at(i as i64 + 1)).unwrap(),
                confidence: 1.0,
                space_before: space,
            })
            .collect()
    }

    fn check(text: &str, expected: &[&str]) {
        let words = words_of(text, true);
        let found: Vec<_> = sentences(words.iter(), "de").map(|s| s.text()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sentences_end_at_their_marks_and_closing_quotes() {
        check(
            "He said \"go!\" We went. Why? So",
            &["He said \"go!\"", "We went.", "Why?", "So"],
        );
        check("هل أنت هنا؟ نعم.", &["هل أنت هنا؟", "نعم."]);
        check("यह ठीक है। हाँ।", &["यह ठीक है।", "हाँ।"]);
    }

    #[test]
    fn abbreviations_initials_and_numbers_do_not_end_one() {
        check(
            "Dr. J. F. Kennedy paid $3.50 at 5 p.m. in the U.S. Army.",
            &["Dr. J. F. Kennedy paid $3.50 at 5 p.m. in the U.S. Army."],
        );
        check(
            "It ended at 5 p.m. He left.",
            &["It ended at 5 p.m.", "He left."],
        );
        check("Am 3. Mai und 4. kam er.", &["Am 3. Mai und 4. kam er."]);
        check(
            "That was 1999. Then it ended.",
            &["That was 1999.", "Then it ended."],
        );
    }

    #[test]
    fn an_ellipsis_ends_one_only_before_a_capital() {
        check("well... maybe… No.", &["well... maybe…", "No."]);
    }

    #[test]
    fn tokens_without_spaces_end_where_the_mark_is() {
        let words = words_of("今日は 晴れ 。 はい", false);
        let found: Vec<_> = sentences(words.iter(), "de").map(|s| s.text()).collect();
        assert_eq!(found, ["今日は晴れ。", "はい"]);
        let range = sentences(words.iter(), "de").next().unwrap().range();
        assert_eq!(range.to_string(), "00:00:00.000..00:00:03.000");
    }
}
