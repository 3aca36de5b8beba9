//! Speech without words: stretches of a window that the model passed over are listened to again, each alone.
//!
//! A window is packed from several stretches of speech, and what is said twice, or hard to hear beside what is clear, is left out at
//! times.

use std::ops::Range;

use super::passage_rules::{MISSED, MOST_AGAIN, SHORTEST_AGAIN, SURE_AGAIN};
use super::words::{COLUMN, Timed};
use super::{Error, LogMel, SpeechWindow, Transcriber, WindowText, spectra};

impl Transcriber {
    /// Writes down what `texts` of these windows, in one language, lack; of a window without any word nothing is missing.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_missing(
        &mut self,
        windows: &[SpeechWindow],
        texts: &mut [WindowText],
        language: &str,
    ) -> Result<(), Error> {
        for (window, text) in windows.iter().zip(texts) {
            let ranges = missing(window, text);
            if ranges.is_empty() {
                continue;
            }
            let alone: Vec<SpeechWindow> = ranges.iter().map(|r| window.part(r.clone())).collect();
            let heard = self.listen(&spectra(&LogMel::new(), &alone))?;
            let written = self.write(&alone, &heard, language)?;
            for (range, found) in ranges.iter().zip(written) {
                let columns = range.start / COLUMN;
                let later = |run: Vec<Timed>| run.into_iter().map(|word| word.later(columns));
                let runs = found.said.into_iter().map(later);
                insert(text, runs.map(Iterator::collect).collect());
            }
        }
        Ok(())
    }
}

/// Returns the stretches of speech in a window, in its samples, that lie where a long time of speech has no word.
fn missing(window: &SpeechWindow, text: &WindowText) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = text
        .said
        .iter()
        .flatten()
        .map(|word| word.columns.start * COLUMN..word.columns.end * COLUMN)
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    words.sort_by_key(|word| word.start);
    let speech = window.layout.speech_inside();
    let end = window.layout.samples();
    let (mut from, mut found) = (0, Vec::new());
    for word in words.into_iter().chain(std::iter::once(end..end)) {
        let inside = speech
            .iter()
            .map(|speech| speech.start.max(from)..speech.end.min(word.start));
        let inside = inside.filter(|part| part.start + SHORTEST_AGAIN <= part.end);
        let parts: Vec<Range<usize>> = inside.collect();
        if parts.iter().map(Range::len).sum::<usize>() >= MISSED {
            found.extend(parts);
        }
        from = from.max(word.end);
    }
    found.truncate(MOST_AGAIN);
    found
}

/// Adds runs of words to a text where they belong, as far as they are sure enough: a run that goes on after them is parted.
fn insert(text: &mut WindowText, runs: Vec<Vec<Timed>>) {
    for run in runs {
        let sum: f32 = run.iter().map(|word| word.confidence).sum();
        let Some(first) = run.first().filter(|_| sum >= SURE_AGAIN * run.len() as f32) else {
            continue;
        };
        let before = |word: &Timed| word.columns.start < first.columns.start;
        let mut said: Vec<Vec<Timed>> = Vec::with_capacity(text.said.len() + 2);
        let mut after: Vec<Vec<Timed>> = Vec::new();
        for known in std::mem::take(&mut text.said) {
            let (early, late): (Vec<Timed>, Vec<Timed>) = known.into_iter().partition(before);
            said.extend((!early.is_empty()).then_some(early));
            after.extend((!late.is_empty()).then_some(late));
        }
        said.push(run);
        said.append(&mut after);
        text.said = said;
    }
}

#[cfg(test)]
#[allow(
    clippy::single_range_in_vec_init,
    reason = "lists of ranges are what windows are about"
)]
mod tests {
    use super::*;
    use crate::analysis::speech::{SAMPLE_RATE, SampleRange};
    use crate::analysis::transcript::{Packer, Packing};

    const SECOND: usize = SAMPLE_RATE as usize;

    /// A window of speech from second 1 to 4 and from 10 to 17.
    fn window() -> SpeechWindow {
        let mut packer = Packer::new(Packing {
            margin: 0,
            ..Packing::default()
        });
        packer.hear(&vec![0.1; 20 * SECOND]);
        for (start, end) in [(1, 4), (10, 17)] {
            let range = SampleRange::new(start * SECOND as u64, end * SECOND as u64);
            packer.speech(range.unwrap());
        }
        packer.finish().remove(0)
    }

    fn word(text: &str, start: f32, end: f32) -> Timed {
        let columns = |seconds: f32| (seconds * 50.0) as usize;
        Timed {
            text: text.into(),
            columns: columns(start)..columns(end),
            confidence: 0.9,
        }
    }

    fn text(words: Vec<Timed>) -> WindowText {
        WindowText {
            said: vec![words],
            tokens: 1,
        }
    }

    fn seconds(ranges: &[Range<usize>]) -> Vec<(usize, usize)> {
        let whole = ranges.iter();
        whole.map(|r| (r.start / SECOND, r.end / SECOND)).collect()
    }

    #[test]
    fn two_seconds_of_speech_without_a_word_are_missing() {
        // In the window the speech lies at 0 to 3 s and 3 to 10 s.
        let words = vec![
            word(" a", 0.0, 2.0),
            word(" b", 3.0, 5.0),
            word(" c", 8.0, 9.0),
        ];
        assert_eq!(seconds(&missing(&window(), &text(words))), [(5, 8)]);
    }

    #[test]
    fn short_stretches_are_missing_together_and_each_is_heard_alone() {
        // Of 0 to 3 s and 3 to 10 s the first has no word but at its beginning, the second none at its own.
        let words = vec![word(" a", 0.0, 1.5), word(" b", 4.0, 10.0)];
        let found = missing(&window(), &text(words));
        assert_eq!(found, [SECOND * 3 / 2..3 * SECOND, 3 * SECOND..4 * SECOND]);
    }

    #[test]
    fn of_a_window_without_words_and_of_one_full_of_them_nothing_is_missing() {
        assert!(missing(&window(), &WindowText::default()).is_empty());
        let full = (0..10)
            .map(|n| word(" a", n as f32, n as f32 + 0.9))
            .collect();
        assert!(missing(&window(), &text(full)).is_empty());
    }

    #[test]
    fn words_found_again_stand_between_those_known() {
        let mut known = text(vec![word(" a", 0.0, 1.0), word(" d", 8.0, 9.0)]);
        let unsure = Timed {
            confidence: 0.1,
            ..word(" x", 6.0, 7.0)
        };
        insert(&mut known, vec![vec![word(" b", 5.0, 6.0)], vec![unsure]]);
        let texts: Vec<&str> = known
            .said
            .iter()
            .flatten()
            .map(|w| w.text.as_str())
            .collect();
        assert_eq!(texts, [" a", " b", " d"]);
        assert_eq!(known.said.len(), 3);
    }

    #[test]
    fn a_part_of_a_window_knows_where_it_is_heard() {
        let part = window().part(2 * SECOND..5 * SECOND);
        assert_eq!(part.samples().len(), 3 * SECOND);
        assert_eq!(part.layout().end(), 12 * SECOND as u64);
        assert_eq!(seconds(&part.layout.speech_inside()), [(0, 1), (1, 3)]);
    }
}
