//! Transcript: what was said, word by word, each with its time.

mod paragraph;
mod sentence;
mod word;

use serde::{Deserialize, Serialize};

use super::{TimeRange, Timestamp};

pub use paragraph::Paragraph;
pub use sentence::{Sentence, ends_sentence};
pub use word::{Segment, Word, spoken};

/// Everything said in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// ISO 639-1 code, as `en`.
    pub language: String,
    /// In order of speech.
    pub segments: Vec<Segment>,
}

impl Transcript {
    /// Returns every word, in order of speech.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.segments.iter().flat_map(|segment| &segment.words)
    }

    /// Returns the words spoken in `range`: those whose middle lies in it.
    pub fn words_in(&self, range: TimeRange) -> impl Iterator<Item = &Word> {
        self.words()
            .filter(move |word| middle_in(word.range, range))
    }

    /// Returns the sentences, in order of speech; one may run over several segments.
    ///
    /// Words without any punctuation are one sentence, however long.
    pub fn sentences(&self) -> impl Iterator<Item = Sentence<'_>> {
        sentence::sentences(self.words(), &self.language)
    }

    /// Returns what is said in `range`, with times relative to its start.
    ///
    /// A word on the edge belongs to the side that its middle is on, and is cut at the edge; so does a segment without words.
    pub fn clip(&self, range: TimeRange) -> Self {
        let segments = self.segments.iter().filter_map(|s| clip_segment(s, range));
        Self {
            language: self.language.clone(),
            segments: segments.collect(),
        }
    }
}

fn clip_segment(segment: &Segment, to: TimeRange) -> Option<Segment> {
    let words: Vec<Word> = segment
        .words
        .iter()
        .filter_map(|word| clip_word(word, to))
        .collect();
    if words.is_empty() && !(segment.words.is_empty() && middle_in(segment.range, to)) {
        return None;
    }
    let whole = words.len() == segment.words.len();
    Some(Segment {
        // A segment's own range may be narrower than its words'.
        range: relative(segment.range, to).or_else(|| Some(words.first()?.range))?,
        text: if whole {
            segment.text.clone()
        } else {
            spoken(&words)
        },
        words,
    })
}

fn clip_word(word: &Word, to: TimeRange) -> Option<Word> {
    middle_in(word.range, to).then_some(())?;
    Some(Word {
        range: relative(word.range, to)?,
        ..word.clone()
    })
}

/// Returns the part of `range` inside `to`, counted from the start of `to`.
fn relative(range: TimeRange, to: TimeRange) -> Option<TimeRange> {
    let start = range.start().max(to.start()) - to.start();
    TimeRange::new(start, range.end().min(to.end()) - to.start())
}

fn middle_in(range: TimeRange, of: TimeRange) -> bool {
    let twice = |time: Timestamp| time + time;
    let middle = range.start() + range.end();
    twice(of.start()) <= middle && middle < twice(of.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(start: i64, end: i64) -> TimeRange {
        let at = |ms| Timestamp::new(ms, 1000).unwrap();
        TimeRange::new(at(start), at(end)).unwrap()
    }

    fn word(text: &str, start: i64, end: i64) -> Word {
        Word {
            text: text.into(),
            range: range(start, end),
            confidence: 1.0,
            space_before: true,
        }
    }

    fn transcript(words: Vec<Word>) -> Transcript {
        let span = range(0, 100_000);
        let segment = Segment {
            range: span,
            text: spoken(&words),
            words,
        };
        Transcript {
            language: "en".into(),
            segments: vec![segment],
        }
    }

    #[test]
    fn a_clip_counts_time_from_its_own_start() {
        let all = transcript(vec![
            word("one", 0, 900),
            word("two", 1000, 1400),
            word("three", 2000, 3000),
        ]);
        let clip = all.clip(range(1100, 2600));
        let times: Vec<_> = clip
            .words()
            .map(|w| (w.text.as_str(), w.range.to_string()))
            .collect();
        assert_eq!(
            times,
            [
                ("two", "00:00:00.000..00:00:00.300".into()),
                ("three", "00:00:00.900..00:00:01.500".into())
            ]
        );
        assert_eq!(clip.segments[0].text, "two three");
    }

    #[test]
    fn a_segment_without_words_goes_where_its_middle_is() {
        let mut all = transcript(vec![]);
        all.segments[0].text = "all of it".into();
        assert_eq!(all.clip(range(40_000, 60_000)).segments.len(), 1);
        assert_eq!(all.clip(range(60_000, 90_000)).segments.len(), 0);
    }

    #[test]
    fn a_transcript_survives_json() {
        let all = transcript(vec![word("Grüße,", 0, 900)]);
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Transcript>(&json).unwrap(), all);
    }

    proptest! {
        #[test]
        fn clips_that_meet_share_no_word_and_lose_none(lengths in proptest::collection::vec(1..3000_i64, 1..40), cut in 1..99_999_i64) {
            let mut at = 0;
            let words = lengths.iter().map(|length| { at += length; word("w", at - length, at) });
            let all = transcript(words.filter(|w| w.range.end() <= range(0, 100_000).end()).collect());
            let (left, right) = (range(0, cut), range(cut, 100_000));
            prop_assert_eq!(all.clip(left).words().count() + all.clip(right).words().count(), all.words().count());
            prop_assert_eq!(all.words_in(left).count(), all.clip(left).words().count());
            prop_assert!(all.clip(right).words().all(|w| w.range.start() >= Timestamp::ZERO));
        }
    }
}
