//! Words with their times, and segments of them.

use serde::{Deserialize, Serialize};

use crate::timeline::TimeRange;

/// A segment of speech that was recognised in one piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// When.
    pub range: TimeRange,
    /// All of it.
    pub text: String,
    /// Its words; empty when the recogniser gave no times for them.
    pub words: Vec<Word>,
}

/// A word as spoken, with the punctuation attached to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Without spaces around it.
    pub text: String,
    /// When.
    pub range: TimeRange,
    /// How sure the recogniser is, 0..1.
    pub confidence: f32,
    /// Whether a space parts it from the word before: not in scripts without spaces, nor in front of a joined token.
    pub space_before: bool,
}

/// Returns the text of `words` as written: spaces where the words ask for them, none in front.
pub fn spoken<'a>(words: impl IntoIterator<Item = &'a Word>) -> String {
    let mut text = String::new();
    for word in words {
        if word.space_before && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}
