//! Where cues and lines end: at the end of a sentence, on a word that goes with the next, on one word alone.

use std::ops::Range;

use super::super::cue::{CueRules, columns};
use super::super::language::{Class, Lexicon};
use super::super::script;
use super::super::seam::{BREATH, is_name};
use super::finding::{LintCode, LintFinding, LintSeverity, ShownCue};
use crate::timeline::{TimeRange, Timestamp, Word, ends_sentence};

/// Captions of so few words at a time have large letters, whose widths count.
const LARGE_WORDS: usize = 4;
/// Share of a line that holds its letters even where they are wide ones.
const SURE: f64 = 0.85;

/// The words of captions, in order, and what ends with them.
struct ReadText<'a> {
    words: Vec<Word>,
    /// Whether a sentence ends with each word.
    ends: Vec<bool>,
    /// The words of each line of each cue.
    lines: Vec<Vec<Range<usize>>>,
    rules: &'a CueRules,
    lexicon: &'a Lexicon,
    /// Whether capitals inside a sentence tell names.
    has_names: bool,
}

pub(super) fn check(
    cues: &[ShownCue],
    rules: &CueRules,
    language: &str,
    findings: &mut Vec<LintFinding>,
) {
    let text = ReadText::new(cues, rules, language);
    for at in 0..cues.len() {
        let Some(run) = text.run(at) else { continue };
        let silent = |from: usize, to: usize| {
            cues.get(to)
                .is_none_or(|next| next.start - cues[from].end >= BREATH)
        };
        // What was left out in a silence may have been the rest of a sentence.
        let whole = (text.is_wall(run.start) || silent(at.saturating_sub(1), at))
            && (text.is_wall(run.end) || silent(at, at + 1));
        findings.extend(text.crossing(at, &run, whole));
        findings.extend(text.weak_ends(at, silent(at, at + 1)));
        findings.extend(text.lone_line(at));
        let alone = at == 0 || silent(at - 1, at);
        findings.extend((!alone).then(|| text.lone_cue(at, &run)).flatten());
    }
}

impl<'a> ReadText<'a> {
    fn new(cues: &[ShownCue], rules: &'a CueRules, language: &'a str) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut lines = Vec::new();
        for cue in cues {
            let of_line = |line: &String| {
                let from = words.len();
                words.extend(line.split_whitespace().map(word));
                from..words.len()
            };
            let runs = cue.lines.iter().map(of_line);
            lines.push(runs.filter(|run| !run.is_empty()).collect());
        }
        let ends = (0..words.len())
            .map(|at| ends_sentence(&words[at], words.get(at + 1), language))
            .collect();
        Self {
            words,
            ends,
            lines,
            rules,
            lexicon: Lexicon::of(language),
            has_names: language != "de",
        }
    }

    /// Returns the words of a cue, if it has some.
    fn run(&self, at: usize) -> Option<Range<usize>> {
        let lines = &self.lines[at];
        Some(lines.first()?.start..lines.last()?.end)
    }

    /// Tells whether a sentence begins with this word, or all are over.
    fn is_wall(&self, at: usize) -> bool {
        at == 0 || self.ends[at - 1]
    }

    /// Finds the end of a sentence in a cue, unless it holds whole ones and may.
    fn crossing(&self, at: usize, run: &Range<usize>, whole: bool) -> Option<LintFinding> {
        let crossed = (run.start + 1..run.end).find(|seam| self.is_wall(*seam))?;
        let allowed = whole && self.rules.shares_sentences;
        let value = || self.text(&(crossed - 1..crossed + 1));
        let limit = if self.rules.shares_sentences {
            "whole sentences"
        } else {
            "one sentence"
        };
        (!allowed).then(|| LintFinding::wrong(at, LintCode::CrossesSentence, value(), limit))
    }

    /// Returns the lines of a cue that end on a word which goes with the next; the last one may before a silence.
    fn weak_ends(&self, at: usize, silence: bool) -> impl Iterator<Item = LintFinding> {
        let lines = &self.lines[at];
        let last = lines.len().saturating_sub(1);
        let weak = lines.iter().enumerate().filter(move |(number, run)| {
            let excused = *number == last && silence;
            !excused && self.is_weak(run.end) && self.fits_with_next(run.end)
        });
        weak.map(move |(_, run)| {
            let value = format!("\"{}\"", self.words[run.end - 1].text);
            let weak = LintFinding::wrong(at, LintCode::WeakLineEnd, value, "with the next word");
            LintFinding {
                severity: if self.surely_fits(&self.together(run.end)) {
                    LintSeverity::Wrong
                } else {
                    LintSeverity::Note
                },
                ..weak
            }
        })
    }

    /// Tells whether a break in front of this word parts it from one that goes with it.
    fn is_weak(&self, seam: usize) -> bool {
        if self.is_wall(seam) || seam >= self.words.len() {
            return false;
        }
        let (before, after) = (&self.words[seam - 1].text, &self.words[seam].text);
        match self.lexicon.class(before) {
            Class::Article | Class::Preposition => true,
            Class::Conjunction | Class::Binder => false,
            Class::Other => {
                let named = self.lexicon.class(after) == Class::Other && is_name(before, after);
                self.has_names && named && !self.is_wall(seam - 1)
            }
        }
    }

    /// Tells whether the words that go together around a seam can stand on one line.
    fn fits_with_next(&self, seam: usize) -> bool {
        let together = self.together(seam);
        self.fits(&together) && together.len() <= self.rules.words
    }

    /// Returns the words that go together around a seam.
    fn together(&self, seam: usize) -> Range<usize> {
        let holds = |at: &usize| self.is_weak(*at) || self.is_wall(at + 1);
        let first = (1..seam).rev().take_while(holds).last().unwrap_or(seam);
        let last = (seam + 1..self.words.len()).take_while(holds).last();
        first - 1..last.unwrap_or(seam) + 1
    }

    /// Tells whether a line fits however wide its letters are: a full one of large letters may not.
    fn surely_fits(&self, run: &Range<usize>) -> bool {
        let is_large = self.rules.words <= LARGE_WORDS;
        let columns = columns(&self.text(run)) as f64;
        self.fits(run) && (!is_large || columns <= SURE * self.rules.width() as f64)
    }

    fn fits(&self, run: &Range<usize>) -> bool {
        columns(&self.text(run)) <= self.rules.width()
    }

    /// Finds a last line of one word, where another break would leave two there.
    fn lone_line(&self, at: usize) -> Option<LintFinding> {
        let [.., above, last] = self.lines[at].as_slice() else {
            return None;
        };
        let better = |seam: usize| {
            let (upper, lower) = (above.start..seam, seam..last.end);
            !self.is_weak(seam) && self.fits(&upper) && self.fits(&lower)
        };
        let lone = last.len() == 1
            && self.is_spaced(last.start)
            && (above.start + 1..above.end).any(better);
        lone.then(|| self.single(at, last.start))
    }

    /// Finds the last word of a sentence in a cue of its own, where the cue before could have left it another.
    fn lone_cue(&self, at: usize, run: &Range<usize>) -> Option<LintFinding> {
        let before = self.run(at.checked_sub(1)?)?;
        let one = run.len() == 1 && self.is_spaced(run.start);
        let last = one && !self.is_wall(run.start) && self.is_wall(run.end);
        let better = |seam: usize| {
            let together = seam..run.end;
            !self.is_weak(seam) && together.len() <= self.rules.words && self.fits(&together)
        };
        let lone = last && (before.start + 1..before.end).any(better);
        lone.then(|| self.single(at, run.start))
    }

    /// Tells whether a word is one: where no spaces part them it is a line of several.
    fn is_spaced(&self, word: usize) -> bool {
        !self.words[word].text.contains(script::spaceless)
    }

    fn single(&self, at: usize, word: usize) -> LintFinding {
        let value = format!("\"{}\"", self.words[word].text);
        LintFinding::wrong(at, LintCode::SingleLastWord, value, "two words")
    }

    fn text(&self, run: &Range<usize>) -> String {
        let words: Vec<&str> = self.words[run.clone()]
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        words.join(" ")
    }
}

/// Returns a word of a file that tells no times of words.
fn word(text: &str) -> Word {
    let second = Timestamp::ZERO + std::time::Duration::from_secs(1);
    Word {
        text: text.to_owned(),
        range: TimeRange::new(Timestamp::ZERO, second).expect("a second is not empty"),
        confidence: f32::NAN,
        space_before: true,
    }
}
