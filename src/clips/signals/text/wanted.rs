//! Wanted phrases: those that a user wants in clips, or does not want.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::clips::said::Said;

/// What the user asked for; a phrase may have several words, and endings do not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Phrases that speak for a segment.
    pub keywords: &'a [String],
    /// Phrases that speak against it.
    pub avoid: &'a [String],
}

/// Where each of some phrases is said.
#[derive(Debug, Clone)]
pub(super) struct Places {
    asked: bool,
    /// Each phrase said at all, and the words that it begins with, in order.
    words: BTreeMap<usize, Vec<usize>>,
}

impl Places {
    pub(super) fn new(said: &Said, phrases: &[String]) -> Self {
        let mut words: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for found in said.find(phrases.iter().map(String::as_str)) {
            words.entry(found.phrase).or_default().push(found.word);
        }
        Self {
            asked: !phrases.is_empty(),
            words,
        }
    }

    /// Returns how many of the phrases begin in a range of words: 0 for none, 1 for all that are said anywhere; each takes
    /// half of what those before it leave open.
    pub(super) fn share(&self, words: &Range<usize>) -> Option<f64> {
        self.asked.then_some(())?;
        let all = saturated(self.words.len());
        let own = saturated(self.said(words).count());
        Some(if all > 0.0 { own / all } else { 0.0 })
    }

    /// Returns the number of the first of the phrases that begin in a range of words.
    pub(super) fn first(&self, words: &Range<usize>) -> Option<usize> {
        self.said(words).next()
    }

    fn said<'a>(&'a self, words: &'a Range<usize>) -> impl Iterator<Item = usize> + 'a {
        let within = |places: &Vec<usize>| {
            let first = places.partition_point(|&word| word < words.start);
            places.get(first).is_some_and(|&word| word < words.end)
        };
        let said = self.words.iter().filter(move |(_, places)| within(places));
        said.map(|(phrase, _)| *phrase)
    }
}

/// Returns 0 for none, 0.5 for one, 0.75 for two and so on.
fn saturated(count: usize) -> f64 {
    1.0 - 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX))
}
