//! Paragraph: sentences on one topic.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Sentence;
use crate::timeline::TimeRange;

/// Neighbouring sentences on one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// Which sentences of the transcript, by number from 0; never none.
    pub sentences: Range<usize>,
    /// From the earliest word to the latest.
    pub range: TimeRange,
}

impl Paragraph {
    /// Returns the paragraph of some of a transcript's sentences, or `None` when there are no such sentences.
    pub fn new(all: &[Sentence<'_>], sentences: Range<usize>) -> Option<Self> {
        let range = all
            .get(sentences.clone())?
            .iter()
            .map(Sentence::range)
            .reduce(|a, b| {
                let end = a.end().max(b.end());
                TimeRange::new(a.start().min(b.start()), end).unwrap_or(a)
            })?;
        Some(Self { sentences, range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Segment, Timestamp, Transcript, Word};

    #[test]
    fn a_paragraph_lasts_from_its_first_word_to_its_last() {
        let at = |second| Timestamp::new(second, 1).unwrap();
        let words = ["One.", "Two", "words.", "Three."].iter().enumerate();
        let words: Vec<_> = words
            .map(|(i, text)| Word {
                text: (*text).into(),
                range: TimeRange::new(at(2 * i as i64), at(2 * i as i64 + 1)).unwrap(),
                confidence: 1.0,
                space_before: true,
            })
            .collect();
        let transcript = Transcript {
            language: "en".into(),
            segments: vec![Segment {
                range: TimeRange::new(at(0), at(9)).unwrap(),
                text: String::new(),
                words,
            }],
        };
        let sentences: Vec<_> = transcript.sentences().collect();
        let found = Paragraph::new(&sentences, 1..3).unwrap();
        assert_eq!(found.range, TimeRange::new(at(2), at(7)).unwrap());
        assert_eq!(Paragraph::new(&sentences, 1..1), None);
        assert_eq!(Paragraph::new(&sentences, 2..9), None);
    }
}
