//! Transcript of a page: paragraphs of lines of words.

use std::borrow::Cow;

use serde::Serialize;

use crate::export::{Seconds, SegmentRecord, TranscriptRecord};

/// A word: when it begins, when it is over, and its text with the space before it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PageWord<'a>(Seconds, Seconds, Cow<'a, str>);

/// Words that stand on one line; never none.
pub(super) type PageLine<'a> = Vec<PageWord<'a>>;

/// Marks after which a line may be over.
const STOPS: &str = ".!?…:;։؟۔।。！？｡";
/// Characters from which a line ends at the next stop, and those at which it ends anywhere.
const LINE: std::ops::Range<usize> = 32..96;
/// Length of a paragraph where no topics are known, in seconds.
const MINUTE: f64 = 60.0;

/// Returns the paragraphs; where none were found, one for each minute or so.
pub(super) fn paragraphs(said: &TranscriptRecord) -> Vec<Vec<PageLine<'_>>> {
    let mut paragraphs: Vec<Vec<PageLine<'_>>> = Vec::new();
    let mut starts = said.paragraphs.iter().map(|found| found.start).peekable();
    for segment in &said.segments {
        for (place, word) in words(segment).into_iter().enumerate() {
            let mut turns = false;
            while starts.next_if(|start| *start <= word.0).is_some() {
                turns = true;
            }
            let minute_over = said.paragraphs.is_empty() && place == 0;
            let turns = turns || minute_over && lasted(paragraphs.last(), word.0) >= MINUTE;
            match paragraphs.last_mut().filter(|_| !turns) {
                None => paragraphs.push(vec![vec![word]]),
                Some(paragraph) => push(paragraph, word, place == 0),
            }
        }
    }
    paragraphs
}

fn lasted(paragraph: Option<&Vec<PageLine<'_>>>, until: Seconds) -> f64 {
    let first = paragraph.and_then(|lines| lines.first()?.first());
    first.map_or(0.0, |word| until.since(word.0).as_f64())
}

/// Adds a word to the last line, or begins the next.
fn push<'a>(paragraph: &mut Vec<PageLine<'a>>, word: PageWord<'a>, segment_begins: bool) {
    match paragraph
        .last_mut()
        .filter(|line| !segment_begins && !is_full(line))
    {
        Some(line) => line.push(word),
        None => paragraph.push(vec![word]),
    }
}

fn is_full(line: &PageLine<'_>) -> bool {
    let length: usize = line.iter().map(|word| word.2.chars().count()).sum();
    let stops = line
        .last()
        .is_some_and(|word| word.2.ends_with(|c| STOPS.contains(c)));
    length >= LINE.end || stops && length >= LINE.start
}

/// Returns a segment's words; together they are its text.
fn words(segment: &SegmentRecord) -> Vec<PageWord<'_>> {
    if segment.words.is_empty() {
        return vec![PageWord(
            segment.start,
            segment.end,
            segment.text.as_str().into(),
        )];
    }
    let mut rest = segment.text.as_str();
    let mut words: Vec<PageWord<'_>> = Vec::with_capacity(segment.words.len());
    for word in &segment.words {
        let text = match rest.find(&word.text) {
            Some(place) => {
                let (text, after) = rest.split_at(place + word.text.len());
                rest = after;
                text.into()
            }
            None => format!(" {}", word.text).into(),
        };
        words.push(PageWord(word.start, word.end, text));
    }
    if let Some(last) = words.last_mut().filter(|_| !rest.trim().is_empty()) {
        last.2.to_mut().push_str(rest);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{RangeRecord, WordRecord};
    use std::time::Duration;

    fn at(second: u64) -> Seconds {
        Duration::from_secs(second).into()
    }

    /// A segment whose words are those of `text`, one a second.
    fn segment(start: u64, text: &str, words: &[&str]) -> SegmentRecord {
        let words: Vec<_> = (start..)
            .zip(words)
            .map(|(second, word)| WordRecord {
                text: (*word).into(),
                start: at(second),
                end: at(second + 1),
                confidence: 1.0,
            })
            .collect();
        let end = at(start + words.len().max(1) as u64);
        SegmentRecord {
            start: at(start),
            end,
            text: text.into(),
            words,
        }
    }

    fn said(segments: Vec<SegmentRecord>, paragraphs: &[u64]) -> TranscriptRecord {
        let paragraphs = paragraphs.iter().map(|&start| RangeRecord {
            start: at(start),
            end: at(start),
        });
        TranscriptRecord {
            language: None,
            segments,
            paragraphs: paragraphs.collect(),
        }
    }

    /// The lines of each paragraph as text.
    fn text_of(said: &TranscriptRecord) -> Vec<Vec<String>> {
        let line = |line: &PageLine<'_>| line.iter().map(|word| word.2.as_ref()).collect();
        let lines = |paragraph: &Vec<PageLine<'_>>| paragraph.iter().map(line).collect();
        paragraphs(said).iter().map(lines).collect()
    }

    #[test]
    fn words_keep_the_spaces_of_their_text() {
        let spaced = segment(0, "Well, yes.", &["Well,", "yes."]);
        let joined = segment(2, "はい。そう", &["はい。", "そう"]);
        let timeless = segment(4, "No times", &[]);
        let text = text_of(&said(vec![spaced, joined, timeless], &[0]));
        assert_eq!(text, [["Well, yes.", "はい。そう", "No times"]]);
    }

    #[test]
    fn words_that_are_not_in_the_text_are_still_said() {
        let odd = segment(0, "one 3 four!", &["one", "three", "four"]);
        assert_eq!(text_of(&said(vec![odd], &[])), [["one three 3 four!"]]);
    }

    #[test]
    fn a_paragraph_begins_where_the_topic_turns_within_a_segment_too() {
        let both = segment(0, "a b. c d.", &["a", "b.", "c", "d."]);
        assert_eq!(text_of(&said(vec![both], &[0, 2])), [["a b."], [" c d."]]);
    }

    #[test]
    fn a_line_ends_with_a_sentence_once_it_is_long_enough() {
        let words = [
            "Short.", "No", "thing", "is", "over", "before", "it", "begins.", "Then", "more.",
        ];
        let one = segment(0, &words.join(" "), &words);
        let expected = ["Short. No thing is over before it begins.", " Then more."];
        assert_eq!(text_of(&said(vec![one], &[0])), [expected]);
    }

    #[test]
    fn without_topics_a_paragraph_lasts_a_minute() {
        let segments = (0..5).map(|i| segment(i * 25, "x", &["x"])).collect();
        let lengths: Vec<_> = text_of(&said(segments, &[])).iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 2]);
    }
}
