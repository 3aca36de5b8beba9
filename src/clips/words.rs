//! Word lists of `words.toml`, by language.

use std::collections::HashMap;

use serde::Deserialize;

const LISTS: &str = include_str!("words.toml");

/// Returns the lists as they are written: a part of the key of every kept title.
pub fn word_lists() -> &'static str {
    LISTS
}

/// Words of one language that tell how a thing is said; each list holds phrases parted by commas.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Speech that stresses itself.
    pub(super) emphasis: String,
    /// Good feelings and what causes them.
    pub(super) positive: String,
    /// Bad feelings and what causes them.
    pub(super) negative: String,
    /// Turn the feeling of a word that follows.
    pub(super) negators: String,
    /// Make people stay for the next sentence.
    pub(super) hooks: String,
    /// Name those who listen.
    pub(super) listener: String,
    /// Numbers written as words.
    pub(super) numbers: String,
    /// Say nothing.
    pub(super) fillers: String,
    /// Advertise something, or speak of the programme itself.
    pub(super) promotion: String,
    /// Sounds that no title repeats.
    pub(super) sounds: String,
    /// What a title does not begin with.
    pub(super) openers: String,
    /// Lean on what was said before, when they come first.
    pub(super) leaning: String,
    /// Too common to be a topic.
    pub(super) common: String,
}

impl Words {
    /// Returns the lists of a language, by its ISO 639-1 code; empty ones for a language without.
    pub(super) fn of(language: &str) -> Self {
        let mut all: HashMap<String, Self> =
            toml::from_str(LISTS).expect("words.toml is embedded and a test reads it");
        all.remove(language).unwrap_or_default()
    }
}

/// Returns the phrases of a list.
pub(super) fn phrases(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|phrase| !phrase.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_all_its_lists() {
        for language in ["en", "es"] {
            let words = Words::of(language);
            for list in [
                &words.emphasis,
                &words.positive,
                &words.negative,
                &words.negators,
                &words.hooks,
                &words.listener,
                &words.numbers,
                &words.fillers,
                &words.promotion,
                &words.openers,
                &words.leaning,
                &words.common,
            ] {
                assert!(phrases(list).count() > 5, "{language}: {list:?}");
                assert!(phrases(list).all(|p| p == p.to_lowercase()), "{list:?}");
            }
        }
    }

    #[test]
    fn an_unknown_language_has_no_words() {
        assert_eq!(phrases(&Words::of("xx").hooks).count(), 0);
    }
}
