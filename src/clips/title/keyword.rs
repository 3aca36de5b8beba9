//! Keywords: phrases said more often in a clip than in the rest of the talk.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::clips::captions::{columns, language, script};
use crate::clips::said::Folding;
use crate::clips::words::{self, Words};
use crate::timeline::Transcript;

use unicode_segmentation::UnicodeSegmentation;

/// The most keywords of a clip.
const MOST: usize = 5;
/// The longest phrase, in words; in characters where no spaces are written.
const LONGEST: [usize; 2] = [3, 4];
/// A keyword weighs at least this share of the heaviest.
const LEAST: f64 = 0.2;
/// What a phrase of 1, 2, 3, 4 words is worth for saying more.
const LENGTH: [f64; 4] = [1.0, 1.5, 1.8, 2.0];

/// How often each word is said in a whole transcript.
#[derive(Debug, Clone)]
pub struct Background {
    counts: HashMap<String, u32>,
    total: u32,
}

/// A phrase that a clip may be about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase {
    /// As it is said.
    pub(super) text: String,
    stems: Vec<String>,
    /// Whether it stands where nouns stand.
    noun: bool,
    weight: f64,
}

/// A word of a sentence.
struct SaidPhrase<'a> {
    text: &'a str,
    /// The byte of the sentence that it begins at.
    at: usize,
    stem: String,
    /// Whether a phrase goes on from the word before.
    joined: bool,
    /// Whether a sentence begins with it.
    first: bool,
    small: bool,
    /// Whether it stands where a noun does: after an article, say.
    noun: bool,
    spaceless: bool,
}

/// How often a phrase is said, and how it is written.
#[derive(Default)]
struct Seen {
    count: u32,
    /// Written in small letters, or large where no sentence begins.
    written: Option<String>,
    opening: String,
    noun: bool,
}

impl Background {
    /// Counts the words of a transcript.
    pub fn new(transcript: &Transcript) -> Self {
        let folding = Folding::of(&transcript.language);
        let mut counts = HashMap::new();
        let mut total = 0;
        for sentence in transcript.sentences() {
            for (_, stem) in folding.stems(&sentence.text()) {
                *counts.entry(stem).or_insert(0) += 1;
                total += 1;
            }
        }
        Self { counts, total }
    }

    /// Returns how rare a word is outside a clip in which it is said `inside` times.
    fn rarity(&self, stem: &str, inside: u32) -> f64 {
        let outside = self.counts.get(stem).copied().unwrap_or(0);
        let outside = outside.saturating_sub(inside);
        (1.0 + f64::from(self.total) / f64::from(1 + outside)).ln()
    }
}

/// Returns the phrases of a clip, the heaviest first.
pub(super) fn find_phrases(
    clip: &Transcript,
    background: &Background,
    words: &Words,
) -> Vec<Phrase> {
    let folding = Folding::of(&clip.language);
    let common = common_stems(words);
    let mut seen: BTreeMap<Vec<String>, Seen> = BTreeMap::new();
    let mut counts: HashMap<String, u32> = HashMap::new();
    for sentence in clip.sentences() {
        let text = sentence.text();
        let said = said(&text, &folding, &common, &clip.language);
        for word in &said {
            *counts.entry(word.stem.clone()).or_insert(0) += 1;
        }
        for run in said.chunk_by(|_, next| next.joined) {
            collect(run, &text, &mut seen);
        }
    }
    let mut phrases: Vec<Phrase> = seen
        .into_iter()
        .filter_map(|(stems, seen)| phrase(stems, &seen, &counts, background))
        .collect();
    phrases.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.text.cmp(&b.text)));
    phrases
}

/// Returns the keywords: the phrases that weigh most when their likeness to the whole clip counts too, none inside another.
pub(super) fn choose(phrases: &[&Phrase], mut likeness: impl FnMut(&Phrase) -> f64) -> Vec<Phrase> {
    let weighed = phrases
        .iter()
        .map(|p| (p.weight * (1.0 + likeness(p).max(0.0)), *p));
    let mut weighed: Vec<(f64, &Phrase)> = weighed.collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.text.cmp(&b.1.text)));
    let least = weighed.first().map_or(0.0, |(weight, _)| weight * LEAST);
    weighed.retain(|(weight, _)| *weight >= least);
    let mut chosen: Vec<&Phrase> = Vec::new();
    for (_, phrase) in weighed {
        let inside = |a: &Phrase, b: &Phrase| a.stems.iter().all(|stem| b.stems.contains(stem));
        if chosen.len() < MOST
            && !chosen
                .iter()
                .any(|c| inside(phrase, c) || inside(c, phrase))
        {
            chosen.push(phrase);
        }
    }
    chosen.into_iter().cloned().collect()
}

/// Returns the weight of the phrases named in `text` as a share of that of the heaviest five.
pub(super) fn coverage(phrases: &[Phrase], text: &str, language: &str) -> f64 {
    let stems: HashSet<String> = Folding::of(language).stems(text).map(|(_, s)| s).collect();
    let heaviest = &phrases[..phrases.len().min(MOST)];
    let named = heaviest
        .iter()
        .filter(|p| p.stems.iter().all(|s| stems.contains(s)));
    let sum = |weights: &mut dyn Iterator<Item = f64>| weights.sum::<f64>();
    let all = sum(&mut heaviest.iter().map(|phrase| phrase.weight));
    if all > 0.0 {
        sum(&mut named.map(|phrase| phrase.weight)) / all
    } else {
        0.0
    }
}

/// Endings of English verbs and adverbs, which name nothing.
const NAMELESS: [&str; 4] = ["ing", "ly", "ed", "n't"];

/// Tells whether a keyword names something, as far as its look and its place tell: a name, or no verb and no adverb.
pub(super) fn names(keyword: &Phrase, language: &str) -> bool {
    let text = &keyword.text;
    let large = text.starts_with(char::is_uppercase);
    let nameless = NAMELESS.iter().any(|ending| text.ends_with(ending));
    large || text.contains(' ') || language != "en" || (keyword.noun && !nameless)
}

/// Returns a keyword as a tag, or `None` when it has no letter.
pub(super) fn hashtag(keyword: &str) -> Option<String> {
    let words: Vec<&str> = keyword.unicode_words().collect();
    let large = |word: &&str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    let joined = match words.as_slice() {
        [one] => (*one).to_owned(),
        several => several.iter().map(large).collect(),
    };
    let mark = |c: &char| c.is_ascii_punctuation() || *c == '’';
    let tag: String = joined.chars().filter(|c| !mark(c)).collect();
    tag.contains(char::is_alphabetic).then(|| format!("#{tag}"))
}

/// Returns the words that no clip is about, as they are listed: the stem of one may be another word, as of "quite".
fn common_stems(words: &Words) -> HashSet<&str> {
    let lists = [&words.common, &words.fillers, &words.sounds, &words.numbers];
    let all = lists.into_iter().flat_map(|list| words::phrases(list));
    all.collect()
}

fn said<'a>(
    text: &'a str,
    folding: &Folding,
    common: &HashSet<&str>,
    code: &str,
) -> Vec<SaidPhrase<'a>> {
    let lexicon = language::Lexicon::of(code);
    let (mut end, mut before) = (0, language::Class::Conjunction);
    let words = text.unicode_word_indices().map(|(at, word)| {
        let between = &text[end..at];
        let (first, joined) = (end == 0, matches!(between, "" | " " | "-" | "'" | "’"));
        end = at + word.len();
        let stem: String = folding.stems(word).map(|(_, stem)| stem).collect();
        let small = word.to_lowercase();
        let noun = match before {
            language::Class::Article | language::Class::Preposition => true,
            language::Class::Other => ends_a_clause(&text[end..]),
            language::Class::Binder | language::Class::Conjunction => false,
        };
        before = if small == "to" {
            language::Class::Binder // a verb follows
        } else {
            lexicon.class(bare(word))
        };
        let told = tells(word, lexicon);
        SaidPhrase {
            noun,
            small: !told || common.contains(small.as_str()) || common.contains(stem.as_str()),
            text: word,
            at,
            stem,
            joined,
            first,
            spaceless: word.starts_with(script::spaceless),
        }
    });
    words.collect()
}

/// Returns a word without what is joined to it: "who's" is as small as "who".
fn bare(word: &str) -> &str {
    word.split(['\'', '’']).next().unwrap_or(word)
}

/// Tells whether a word may be what something is about: no word of grammar, and long enough.
fn tells(word: &str, lexicon: &language::Lexicon) -> bool {
    if word.starts_with(script::spaceless) {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        return word.starts_with(script::han)
            || (letters > 1 && word.starts_with(script::katakana));
    }
    let classes = [word, bare(word)].map(|word| lexicon.class(word));
    columns(word) > 2 && classes == [language::Class::Other; 2]
}

/// Tells whether a clause ends before this.
fn ends_a_clause(text: &str) -> bool {
    let next = text
        .trim_start_matches(['"', '”', '’', '\''])
        .chars()
        .next();
    next.is_none_or(|mark| ".,;:!?…".contains(mark))
}

/// Adds every phrase of a run of words without marks between them.
fn collect(run: &[SaidPhrase<'_>], text: &str, seen: &mut BTreeMap<Vec<String>, Seen>) {
    for words in run.chunk_by(|a, b| !a.small && !b.small && a.spaceless == b.spaceless) {
        if words[0].small {
            continue;
        }
        let longest = LONGEST[usize::from(words[0].spaceless)];
        for from in 0..words.len() {
            for to in from + 1..=words.len().min(from + longest) {
                add(&words[from..to], text, seen);
            }
        }
    }
}

fn add(words: &[SaidPhrase<'_>], text: &str, seen: &mut BTreeMap<Vec<String>, Seen>) {
    let one_character = |word: &SaidPhrase<'_>| word.text.chars().nth(1).is_none();
    if words.len() == 1 && words[0].spaceless && one_character(&words[0]) {
        return;
    }
    let last = &words[words.len() - 1];
    let written = text[words[0].at..last.at + last.text.len()].to_owned();
    let stems = words.iter().map(|word| word.stem.clone()).collect();
    let seen = seen.entry(stems).or_default();
    seen.count += 1;
    seen.noun |= words[0].noun;
    let large = |text: &str| text.starts_with(char::is_uppercase);
    let rest = &words[1..];
    // The first word of a sentence is large anyway; of a name the others are too.
    let name = !rest.is_empty() && rest.iter().all(|word| large(word.text));
    if !large(&written) || ((name || !words[0].first) && seen.written.is_none()) {
        seen.written = Some(written);
    } else {
        seen.opening = written;
    }
}

/// Weighs a phrase; one of several words must be said twice, or be a name.
fn phrase(
    stems: Vec<String>,
    seen: &Seen,
    counts: &HashMap<String, u32>,
    background: &Background,
) -> Option<Phrase> {
    let text = seen
        .written
        .clone()
        .unwrap_or_else(|| seen.opening.to_lowercase());
    let name = text
        .split(' ')
        .all(|word| word.starts_with(char::is_uppercase));
    (stems.len() == 1 || seen.count > 1 || name).then_some(())?;
    let inside = |stem: &String| counts.get(stem).copied().unwrap_or(0);
    let rarity = stems
        .iter()
        .map(|stem| background.rarity(stem, inside(stem)));
    let rarity = rarity.sum::<f64>() / stems.len() as f64;
    let length = LENGTH[stems.len().clamp(1, LENGTH.len()) - 1];
    Some(Phrase {
        weight: f64::from(seen.count) * rarity * length,
        text,
        stems,
        noun: seen.noun,
    })
}
