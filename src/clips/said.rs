//! Phrase search in a transcript: in lower case, without punctuation, each word cut to its stem.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

use crate::timeline::Word;

/// A longer run of letters is no word of any language, and stemmers are written for words.
const LONGEST_WORD: usize = 64;

/// How words of one language are made comparable.
pub(super) struct Folding {
    stemmer: Option<Stemmer>,
}

/// A transcript's words as numbers: equal ones have the same stem.
pub(super) struct Said {
    folding: Folding,
    known: HashMap<String, u32>,
    stems: Vec<u32>,
    /// The transcript's word that each stem is of.
    words: Vec<usize>,
}

/// A phrase, found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Position among the phrases that were looked for.
    pub(super) phrase: usize,
    /// The transcript's word that it begins with.
    pub(super) word: usize,
}

impl Folding {
    /// Returns the folding of a language, by its ISO 639-1 code; words of one without a stemmer keep their endings.
    pub(super) fn of(language: &str) -> Self {
        Self {
            stemmer: algorithm(language).map(Stemmer::create),
        }
    }

    /// Returns the stems in a text and the byte each begins at; where no spaces are written, those of single characters.
    pub(super) fn stems(&self, text: &str) -> impl Iterator<Item = (usize, String)> {
        text.unicode_word_indices()
            .map(|(at, word)| (at, self.stem(word)))
    }

    fn stem(&self, word: &str) -> String {
        let small = word.to_lowercase().replace('’', "'");
        match &self.stemmer {
            Some(stemmer) if small.len() <= LONGEST_WORD => stemmer.stem(&small).into_owned(),
            _ => small,
        }
    }
}

impl Said {
    /// Reads the words of a transcript in `language`; takes time and memory in proportion to them.
    pub(super) fn new(words: &[&Word], language: &str) -> Self {
        let (text, ends) = joined(words);
        let mut said = Self {
            folding: Folding::of(language),
            known: HashMap::new(),
            stems: Vec::new(),
            words: Vec::new(),
        };
        for (at, stem) in said.folding.stems(&text) {
            let next = said.known.len() as u32;
            said.stems.push(*said.known.entry(stem).or_insert(next));
            said.words.push(ends.partition_point(|&end| end <= at));
        }
        said
    }

    /// Returns where each of `phrases` is said, in order of speech; plurals and other endings count as the same word.
    pub(super) fn find<'a>(&self, phrases: impl IntoIterator<Item = &'a str>) -> Vec<Found> {
        let mut by_first: HashMap<u32, Vec<(usize, Vec<u32>)>> = HashMap::new();
        for (phrase, text) in phrases.into_iter().enumerate() {
            let stems = self.folding.stems(text);
            let known: Option<Vec<u32>> = stems.map(|(_, s)| self.known.get(&s).copied()).collect();
            // A phrase with a word that is never said is never said.
            if let Some((first, rest)) = known.as_deref().and_then(<[u32]>::split_first) {
                let same = by_first.entry(*first).or_default();
                same.push((phrase, rest.to_vec()));
            }
        }
        let mut found = Vec::new();
        for (at, stem) in self.stems.iter().enumerate() {
            let begun = by_first.get(stem).into_iter().flatten();
            let whole = begun.filter(|(_, rest)| self.stems[at + 1..].starts_with(rest));
            let word = self.words[at];
            found.extend(whole.map(|(phrase, _)| Found {
                phrase: *phrase,
                word,
            }));
        }
        found
    }
}

/// Returns the words as one text, and the byte after each of them.
fn joined(words: &[&Word]) -> (String, Vec<usize>) {
    let mut text = String::new();
    let ends = words.iter().map(|word| {
        if word.space_before {
            text.push(' ');
        }
        text.push_str(&word.text);
        text.len()
    });
    let ends = ends.collect();
    (text, ends)
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{TimeRange, Timestamp};
    use proptest::prelude::*;

    fn word(text: &str, space_before: bool) -> Word {
        let at = |second| Timestamp::new(second, 1).unwrap();
        Word {
            text: text.into(),
            range: TimeRange::new(at(0), at(1)).unwrap(),
            confidence: 1.0,
            space_before,
        }
    }

    /// Looks for phrases in text whose words are parted by spaces; returns the phrase and the word it begins with.
    fn found(text: &str, spaces: bool, language: &str, phrases: &[&str]) -> Vec<(usize, usize)> {
        let words: Vec<_> = text.split(' ').map(|text| word(text, spaces)).collect();
        let said = Said::new(&words.iter().collect::<Vec<_>>(), language);
        let found = said.find(phrases.iter().copied());
        found.iter().map(|f| (f.phrase, f.word)).collect()
    }

    #[test]
    fn plurals_capitals_and_marks_make_no_other_word() {
        let text = "Our Prices, “launched” today: PRICE!";
        assert_eq!(
            found(text, true, "en", &["price", "launching"]),
            [(0, 1), (1, 2), (0, 4)]
        );
        assert_eq!(
            found(
                "¡Los precios increíbles!",
                true,
                "es",
                &["precio", "increíble"]
            ),
            [(0, 1), (1, 2)]
        );
    }

    #[test]
    fn a_phrase_is_found_over_its_words_and_hyphens() {
        let text = "The launch of a follow-up launch date follows";
        assert_eq!(
            found(text, true, "en", &["launch date", "follow up", "date of"]),
            [(1, 4), (0, 5)]
        );
        assert_eq!(found("We cannot", true, "en", &["can", "", "?!"]), []);
    }

    #[test]
    fn a_script_without_spaces_is_searched_across_the_pieces_of_the_recogniser() {
        assert_eq!(
            found("新 しい価 格です 。", false, "ja", &["価格"]),
            [(0, 1)]
        );
    }

    #[test]
    fn words_joined_without_a_space_are_one() {
        let words = [word("don", true), word("'t", false), word("ask", true)];
        let said = Said::new(&words.iter().collect::<Vec<_>>(), "en");
        let found = said.find(["don’t"]);
        assert_eq!(found, [Found { phrase: 0, word: 0 }]);
    }

    proptest! {
        #[test]
        fn any_text_in_any_language_is_found_where_it_is_said(text in any::<String>(), marks in "[a-zéüßñçğşіїαωًّ']{0,30}", language in 0..20_usize) {
            let languages = "ar da nl en fi fr de el hu it no pt ro ru es sv ta tr ja xx";
            let language = languages.split(' ').nth(language).unwrap();
            let word = word(&format!("{text}{marks}"), true);
            let said = Said::new(&[&word], language);
            let phrase = format!(" {}", word.text);
            let found = said.find([phrase.as_str()]);
            let has_words = !said.stems.is_empty();
            prop_assert_eq!(found.first(), has_words.then_some(&Found { phrase: 0, word: 0 }));
            let is_said = phrase.chars().any(char::is_alphabetic);
            prop_assert!(has_words || !is_said);
        }
    }
}
