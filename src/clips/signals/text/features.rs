//! Features of a transcript, read once.

use std::ops::Range;
use std::time::Duration;

use super::counts::Counts;
use super::meaning::Meaning;
use super::wanted::{Places, Wanted};
use crate::analysis::Embedding;
use crate::clips::said::{Found, Said};
use crate::clips::words::{Words, phrases};
use crate::timeline::{Paragraph, Sentence, TimeRange, Timestamp, Transcript, Word};

/// How many words before one a negator turns it.
const REACH: usize = 3;
/// Marks of a question: Latin, Greek, Arabic, Armenian, Ethiopic, Chinese.
const QUESTION: [char; 8] = ['?', '\u{37E}', '؟', '՞', '፧', '？', '⁉', '‽'];

/// What is known of each word and sentence of a transcript, ready for any segment of it.
///
/// Takes some 100 bytes a word and 1.5 kB a sentence with an embedding of 384 components.
#[derive(Debug, Clone)]
pub struct TextFeatures {
    /// Twice the middle of each word, never less than that of the one before.
    middles: Vec<Timestamp>,
    starts: Vec<Timestamp>,
    /// Time in which someone spoke up to each word.
    spoken: Vec<Duration>,
    /// The first word of each sentence, and the number of words.
    sentences: Vec<usize>,
    pub(super) begins_sentence: Counts,
    pub(super) begins_paragraph: Counts,
    /// By sentence.
    pub(super) question: Counts,
    /// By sentence: a question, and the next sentence is none.
    pub(super) answered: Counts,
    pub(super) emphasis: Counts,
    pub(super) positive: Counts,
    pub(super) negative: Counts,
    pub(super) hooks: Counts,
    pub(super) listener: Counts,
    pub(super) numbers: Counts,
    pub(super) fillers: Counts,
    pub(super) leaning: Counts,
    pub(super) promotion: Counts,
    pub(super) keywords: Places,
    pub(super) avoid: Places,
    pub(super) meaning: Option<Meaning>,
}

/// The words and sentences of a segment.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) range: TimeRange,
    pub(super) words: Range<usize>,
    /// Those with a word in it.
    pub(super) sentences: Range<usize>,
    /// Those that begin in it.
    pub(super) whole_sentences: Range<usize>,
}

impl TextFeatures {
    /// Reads a transcript.
    ///
    /// `embeddings` has one entry a sentence, else coherence and novelty stay unknown; without `paragraphs` sentences
    /// alone make a segment complete. Words without times of their own are not seen. Stress, feeling and hooks are known
    /// in the languages of `words.toml`.
    pub fn new(
        transcript: &Transcript,
        embeddings: &[Embedding],
        paragraphs: &[Paragraph],
        wanted: &Wanted<'_>,
    ) -> Self {
        let sentences: Vec<Sentence<'_>> = transcript.sentences().collect();
        let words: Vec<&Word> = sentences.iter().flat_map(|s| s.words()).copied().collect();
        let starts = sentence_starts(&sentences);
        let said = Said::new(&words, &transcript.language);
        let lists = Words::of(&transcript.language);
        let count = words.len();
        let listed = |list: &str| Counts::at(places(&said.find(phrases(list))), count);
        let (positive, negative) = feelings(&said, &lists, &listed(&lists.negators), count);
        let questions: Vec<bool> = sentences.iter().map(is_question).collect();
        let answered: Vec<bool> = (0..questions.len())
            .map(|at| questions[at] && questions.get(at + 1) == Some(&false))
            .collect();
        let numeric = words
            .iter()
            .map(|word| word.text.contains(char::is_numeric));
        let numeric = numeric.zip(0..).filter(|(is, _)| *is).map(|(_, at)| at);
        let first_of = |p: &Paragraph| starts.get(p.sentences.start).copied();
        let paragraphs = paragraphs
            .iter()
            .filter_map(first_of)
            .filter(|&w| w < count);
        Self {
            middles: middles(&words),
            starts: words.iter().map(|word| word.range.start()).collect(),
            spoken: spoken(&words),
            begins_sentence: Counts::at(starts[..sentences.len()].iter().copied(), count),
            begins_paragraph: Counts::at(paragraphs, count),
            answered: Counts::new(answered),
            question: Counts::new(questions),
            emphasis: listed(&lists.emphasis),
            positive,
            negative,
            hooks: listed(&lists.hooks),
            listener: listed(&lists.listener),
            numbers: Counts::at(
                numeric.chain(places(&said.find(phrases(&lists.numbers)))),
                count,
            ),
            fillers: listed(&lists.fillers),
            leaning: listed(&lists.leaning),
            promotion: listed(&lists.promotion),
            keywords: Places::new(&said, wanted.keywords),
            avoid: Places::new(&said, wanted.avoid),
            meaning: Meaning::new(embeddings).filter(|_| embeddings.len() == sentences.len()),
            sentences: starts,
        }
    }

    /// Returns how many words there are.
    pub(super) fn words(&self) -> usize {
        self.middles.len()
    }

    /// Returns when a word begins.
    pub(super) fn start(&self, word: usize) -> Timestamp {
        self.starts[word]
    }

    /// Returns the time in which someone speaks some words; what overlaps counts once.
    pub(super) fn spoken(&self, words: &Range<usize>) -> Duration {
        self.spoken[words.end] - self.spoken[words.start]
    }

    /// Returns the words and sentences whose middle lies in a range.
    pub(super) fn stretch(&self, range: TimeRange) -> Stretch {
        let before = |time: Timestamp| {
            let twice = time + time;
            self.middles.partition_point(|&middle| middle < twice)
        };
        let words = before(range.start())..before(range.end());
        let begun_before = |word: usize| self.sentences.partition_point(|&start| start < word);
        let whole = begun_before(words.start)..begun_before(words.end);
        let touched = if words.is_empty() {
            whole.start..whole.start
        } else {
            self.sentences.partition_point(|&s| s <= words.start) - 1..whole.end
        };
        Stretch {
            range,
            words,
            sentences: touched,
            whole_sentences: whole,
        }
    }

    /// Returns what a segment means, or `None` where no embeddings are known or no sentence is.
    pub(in crate::clips) fn meaning(&self, range: TimeRange) -> Option<Embedding> {
        let sentences = self.stretch(range).sentences;
        self.meaning.as_ref()?.direction(&sentences)
    }

    /// Tells whether a segment begins with a word that leans on what was said before: "and", "that".
    pub(in crate::clips) fn leans(&self, range: TimeRange) -> bool {
        let words = self.stretch(range).words;
        !words.is_empty() && self.leaning.has(words.start)
    }

    /// Returns which of the phrases to avoid is said in a segment, the first of them all.
    pub(in crate::clips) fn avoided(&self, range: TimeRange) -> Option<usize> {
        self.avoid.first(&self.stretch(range).words)
    }

    /// Returns the beginning of a range.
    pub(super) fn opening(&self, range: TimeRange, length: Duration) -> Stretch {
        let end = range.end().min(range.start() + length);
        self.stretch(TimeRange::new(range.start(), end).unwrap_or(range))
    }
}

fn sentence_starts(sentences: &[Sentence<'_>]) -> Vec<usize> {
    let mut at = 0;
    let ends = sentences.iter().map(|sentence| {
        at += sentence.words().len();
        at
    });
    std::iter::once(0).chain(ends).collect()
}

fn middles(words: &[&Word]) -> Vec<Timestamp> {
    let mut latest = None;
    let middles = words.iter().map(|word| {
        let middle = word.range.start() + word.range.end();
        *latest.insert(latest.map_or(middle, |latest: Timestamp| latest.max(middle)))
    });
    middles.collect()
}

fn spoken(words: &[&Word]) -> Vec<Duration> {
    let (mut sum, mut until) = (Duration::ZERO, None);
    let sums = words.iter().map(|word| {
        let (start, end) = (word.range.start(), word.range.end());
        let from = until.map_or(start, |until: Timestamp| until.max(start));
        sum += end.since(from);
        until = Some(from.max(end));
        sum
    });
    std::iter::once(Duration::ZERO).chain(sums).collect()
}

fn is_question(sentence: &Sentence<'_>) -> bool {
    let last = sentence.words().last();
    let end = last.map_or("", |word| {
        let closers = |c: char| !c.is_alphanumeric() && !QUESTION.contains(&c) && c != '!';
        word.text.trim_end_matches(closers)
    });
    end.trim_end_matches('!').ends_with(QUESTION)
}

fn places(found: &[Found]) -> impl Iterator<Item = usize> {
    found.iter().map(|found| found.word)
}

/// Returns the words of good and of bad feeling; a negator before a good one makes it bad, and takes a bad one away.
fn feelings(said: &Said, lists: &Words, negators: &Counts, count: usize) -> (Counts, Counts) {
    let negated = |&word: &usize| negators.within(&(word.saturating_sub(REACH)..word)) > 0.0;
    let of = |list: &str| places(&said.find(phrases(list))).collect::<Vec<usize>>();
    let (turned, good): (Vec<_>, Vec<_>) = of(&lists.positive).into_iter().partition(negated);
    let bad = of(&lists.negative)
        .into_iter()
        .filter(|word| !negated(word));
    let bad = bad.chain(turned);
    (Counts::at(good, count), Counts::at(bad, count))
}
