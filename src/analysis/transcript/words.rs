//! Words and segments on the file's samples, from tokens with times.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::pack::WindowLayout;
use super::tokens::TokenPiece;
use crate::analysis::speech::SAMPLE_RATE;

/// Samples of one column of the model's attention: 0.02 s.
pub(super) const COLUMN: usize = SAMPLE_RATE as usize / 50;
/// A silence longer than this ends a segment.
const LONG_PAUSE: usize = SAMPLE_RATE as usize;
/// A segment whose words are less likely than this on average is a guess: mumbling in noise is three times as sure.
const GUESS: f32 = 0.05;

/// A word on the samples of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spoken {
    /// Its text with its punctuation, without the space before it.
    pub(super) text: String,
    /// Whether a space stands before it.
    pub(super) space_before: bool,
    /// Where it is spoken, in samples; never empty.
    pub(super) samples: Range<usize>,
    /// The mean probability of its tokens.
    pub(super) confidence: f32,
}

/// A word in columns of its window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Timed {
    /// Its text with its punctuation and the space before it.
    pub(super) text: String,
    /// Where it is spoken; may be empty.
    pub(super) columns: Range<usize>,
    /// The mean probability of its tokens.
    pub(super) confidence: f32,
}

impl Timed {
    /// Returns the word in a window that begins `columns` earlier.
    pub(super) fn later(mut self, columns: usize) -> Self {
        self.columns = self.columns.start + columns..self.columns.end + columns;
        self
    }
}

/// Joins pieces to words; `starts` has one column a token and the end, `probabilities` one a token.
///
/// With spaces a word starts at each space, without them at each piece; what has no letter joins its neighbour.
pub(super) fn join_words(
    pieces: &[TokenPiece],
    starts: &[usize],
    probabilities: &[f32],
    spaces: bool,
) -> Vec<Timed> {
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    let mut token = 0;
    for piece in pieces {
        let spaced = piece.text.starts_with(char::is_whitespace);
        let begins = spaced || !spaces && has_letter(&piece.text);
        match words.last_mut() {
            Some((text, tokens)) if !begins => {
                text.push_str(&piece.text);
                tokens.end += piece.tokens;
            }
            _ => words.push((piece.text.clone(), token..token + piece.tokens)),
        }
        token += piece.tokens;
    }
    let timed = joined(words).into_iter().map(|(text, tokens)| {
        let sum: f32 = probabilities[tokens.clone()].iter().sum();
        Timed {
            text,
            columns: starts[tokens.start]..starts[tokens.end],
            confidence: sum / tokens.len() as f32,
        }
    });
    timed.collect()
}

/// Puts words of one window on the file's samples, each inside the segment of speech that it shares most time with.
///
/// The model lets a word beside a pause run into it.
pub(super) fn place(words: &[Timed], window: &WindowLayout) -> Vec<Spoken> {
    let mut free = 0;
    let mut placed = Vec::new();
    for word in words {
        let start = word.columns.start * COLUMN;
        let end = (word.columns.end * COLUMN).max(start + COLUMN);
        let last = window.samples().saturating_sub(1);
        let parts = window.in_file(start.min(last)..end);
        let Some(found) = spoken_part(&parts, window.speech()) else {
            continue;
        };
        let start = found.start.max(free);
        let samples = start..found.end.max(start + 1);
        free = samples.end;
        placed.push(Spoken {
            space_before: word.text.starts_with(char::is_whitespace),
            text: word.text.trim().to_owned(),
            samples,
            confidence: word.confidence,
        });
    }
    placed
}

/// Splits words where a long silence lies between two.
pub(super) fn split_at_pauses(words: Vec<Spoken>) -> Vec<Vec<Spoken>> {
    let mut segments: Vec<Vec<Spoken>> = Vec::new();
    for word in words {
        let near = |last: &Spoken| word.samples.start - last.samples.end <= LONG_PAUSE;
        match segments.last_mut() {
            Some(segment) if segment.last().is_some_and(near) => segment.push(word),
            _ => segments.push(vec![word]),
        }
    }
    segments
}

/// Drops segments that the model hardly believes itself: what it makes of music that sounds like a voice.
pub(super) fn drop_guesses(segments: &mut Vec<Vec<Spoken>>) {
    let sure = |words: &[Spoken]| words.iter().map(|w| w.confidence).sum::<f32>();
    segments.retain(|words| sure(words) >= GUESS * words.len() as f32);
}

/// Joins what has no letter to the word before it, or to the one after it when there is none before.
fn joined(words: Vec<(String, Range<usize>)>) -> Vec<(String, Range<usize>)> {
    let mut joined: Vec<(String, Range<usize>)> = Vec::new();
    for (text, tokens) in words {
        match joined.last_mut() {
            Some(last) if !has_letter(&text) || !has_letter(&last.0) => {
                last.0.push_str(&text);
                last.1.end = tokens.end;
            }
            _ => joined.push((text, tokens)),
        }
    }
    joined.retain(|(text, _)| has_letter(text));
    joined
}

fn has_letter(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Returns the part of a word's time that is speech; all of its longest part when none is.
fn spoken_part(parts: &[Range<usize>], speech: &[Range<usize>]) -> Option<Range<usize>> {
    let longest = parts.iter().max_by_key(|part| part.len())?;
    let shared = parts.iter().flat_map(|part| {
        let first = speech.partition_point(|s| s.end <= part.start);
        let near = speech[first..].iter().take_while(|s| s.start < part.end);
        near.map(|s| s.start.max(part.start)..s.end.min(part.end))
    });
    let best = shared.max_by_key(Range::len);
    Some(best.unwrap_or_else(|| longest.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::speech::SampleRange;
    use crate::analysis::transcript::pack::{Packer, Packing};
    use proptest::prelude::*;

    /// Returns the first window of a silent sound with this speech in it.
    fn first_window(speech: &[Range<usize>], total: usize) -> WindowLayout {
        let mut packer = Packer::new(Packing::default());
        packer.hear(&vec![0.0; total]);
        let mut windows = Vec::new();
        for range in speech {
            let range = SampleRange::new(range.start as u64, range.end as u64).unwrap();
            windows.extend(packer.speech(range));
        }
        windows.extend(packer.finish());
        windows[0].layout().clone()
    }

    fn said(pieces: &[&str], spaces: bool) -> Vec<String> {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|p| TokenPiece {
                text: (*p).to_owned(),
                tokens: 1,
            })
            .collect();
        let starts: Vec<usize> = (0..=pieces.len()).collect();
        let words = join_words(&pieces, &starts, &vec![0.5; pieces.len()], spaces);
        words.into_iter().map(|w| w.text).collect()
    }

    #[test]
    fn a_word_starts_at_each_space_and_takes_its_punctuation_along() {
        assert_eq!(
            said(
                &[" Ameri", "cans", ",", " \"", "ask", "\"", " –", " not"],
                true
            ),
            [" Americans,", " \"ask\" –", " not"]
        );
        assert_eq!(said(&[" -", " Yes", "."], true), [" - Yes."]);
        assert_eq!(said(&[" ..."], true), Vec::<String>::new());
    }

    #[test]
    fn without_spaces_each_piece_is_a_word() {
        assert_eq!(
            said(&["今日", "は", "、", "良い"], false),
            ["今日", "は、", "良い"]
        );
    }

    #[test]
    fn a_word_that_runs_into_a_pause_is_cut_to_the_speech() {
        let speech = [0..8000, 24_000..32_000];
        let window = first_window(&speech, 32_000);
        let word = |columns| Timed {
            text: " word".into(),
            columns,
            confidence: 1.0,
        };
        let placed = place(&[word(10..32), word(32..50)], &window);
        let samples: Vec<_> = placed.into_iter().map(|w| w.samples).collect();
        // The window holds 0..11200 and 20800..32000.
        assert_eq!(samples, [3200..8000, 24_000..25_600]);
    }

    fn segment(said: &str, start: usize) -> Vec<Spoken> {
        vec![Spoken {
            text: said.into(),
            space_before: true,
            samples: start..start + 10,
            confidence: 1.0,
        }]
    }

    #[test]
    fn a_segment_that_is_only_guessed_is_dropped() {
        let mut segments = vec![segment("Oh", 0), segment("yes", 10)];
        segments[0][0].confidence = 0.005;
        drop_guesses(&mut segments);
        assert_eq!(segments, [segment("yes", 10)]);
    }

    #[test]
    fn a_long_silence_ends_a_segment() {
        let words = [0, 2000, 40_000]
            .into_iter()
            .flat_map(|at| segment("a", at));
        let sizes: Vec<_> = split_at_pauses(words.collect())
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, [2, 1]);
    }

    proptest! {
        #[test]
        fn placed_words_are_in_order_and_lie_in_their_window(
            gaps in proptest::collection::vec((1..30_000_usize, 1..60_000_usize), 1..6), mut starts in proptest::collection::vec(0..1500_usize, 2..40),
        ) {
            starts.sort_unstable();
            let mut at = 0;
            let speech: Vec<_> = gaps.iter().map(|(gap, length)| { let start = at + gap; at = start + length; start..at }).collect();
            let window = first_window(&speech, at);
            let words = starts.windows(2).map(|pair| Timed { text: " a".into(), columns: pair[0]..pair[1], confidence: 1.0 });
            let placed = place(&words.collect::<Vec<_>>(), &window);
            prop_assert_eq!(placed.len(), starts.len() - 1);
            prop_assert!(placed.iter().all(|w| w.samples.start < w.samples.end));
            prop_assert!(placed.windows(2).all(|pair| pair[0].samples.end <= pair[1].samples.start));
        }
    }
}
