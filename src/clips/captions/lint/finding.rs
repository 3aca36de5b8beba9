//! Cues that are held against the rules, and what is found.

use std::fmt;

use super::super::cue::columns;

/// A cue as a reader of a file sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCue {
    /// Milliseconds.
    pub start: i64,
    /// Milliseconds.
    pub end: i64,
    /// Its lines, without markup.
    pub lines: Vec<String>,
}

/// What is wrong with a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LintCode {
    /// It shows nothing.
    Empty,
    /// It ends before it begins, or at once.
    BadTimes,
    /// It begins before the one before it has ended.
    Overlap,
    /// It follows the one before it too closely.
    Gap,
    /// More columns a second than one can read.
    TooFast,
    /// Too short a time on screen.
    TooShort,
    /// Too long a time on screen.
    TooLong,
    /// A line of too many columns.
    TooWide,
    /// Too many lines.
    TooManyLines,
    /// Too many words.
    TooManyWords,
    /// Part of a sentence beside the end of another.
    CrossesSentence,
    /// A line that ends with an article, a preposition or a first name.
    WeakLineEnd,
    /// A last line, or a last cue of a sentence, of one word.
    SingleLastWord,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct LintFinding {
    /// Which cue, from 1 on.
    pub cue: usize,
    /// What it is.
    pub code: LintCode,
    /// The number or the text in question.
    pub value: String,
    /// What would be right.
    pub limit: String,
    /// Whether it could have been done better.
    pub severity: LintSeverity,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LintSeverity {
    /// It could have been done better.
    Wrong,
    /// It is as good as the speech allows.
    Note,
}

impl LintCode {
    /// Every code, in the order in which they are told.
    pub const ALL: [Self; 13] = [
        Self::Empty,
        Self::BadTimes,
        Self::Overlap,
        Self::Gap,
        Self::TooFast,
        Self::TooShort,
        Self::TooLong,
        Self::TooWide,
        Self::TooManyLines,
        Self::TooManyWords,
        Self::CrossesSentence,
        Self::WeakLineEnd,
        Self::SingleLastWord,
    ];

    /// Returns its name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::BadTimes => "bad-times",
            Self::Overlap => "overlap",
            Self::Gap => "gap",
            Self::TooFast => "too-fast",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::TooWide => "too-wide",
            Self::TooManyLines => "too-many-lines",
            Self::TooManyWords => "too-many-words",
            Self::CrossesSentence => "crosses-sentence",
            Self::WeakLineEnd => "weak-line-end",
            Self::SingleLastWord => "single-last-word",
        }
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl LintFinding {
    pub(super) fn wrong(
        cue: usize,
        code: LintCode,
        value: impl ToString,
        limit: impl ToString,
    ) -> Self {
        Self {
            cue: cue + 1,
            code,
            value: value.to_string(),
            limit: limit.to_string(),
            severity: LintSeverity::Wrong,
        }
    }
}

/// Returns the columns of a whole cue, its lines joined by spaces.
pub(super) fn columns_of(cue: &ShownCue) -> usize {
    let text: usize = cue.lines.iter().map(|line| columns(line)).sum();
    text + cue.lines.len().saturating_sub(1)
}
