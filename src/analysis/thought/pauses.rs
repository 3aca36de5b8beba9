//! Pauses in speech, with the sound before each. Pure.

use std::ops::Range;

use serde::Serialize;

use crate::analysis::speech::{SAMPLE_RATE, SpeechPiece};

/// Which pauses are asked about, and what of the sound, all in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PauseRules {
    /// A shorter silence inside speech is none.
    pub shortest: u64,
    /// The sound before a pause.
    pub before: u64,
    /// The sound of the pause itself that is heard with it.
    pub inside: u64,
}

impl Default for PauseRules {
    fn default() -> Self {
        let millisecond = u64::from(SAMPLE_RATE) / 1000;
        Self {
            shortest: 300 * millisecond,
            before: 7800 * millisecond,
            inside: 200 * millisecond,
        }
    }
}

/// A pause in speech.
#[derive(Debug, Clone, PartialEq)]
pub struct ThoughtPause {
    /// Its first sample.
    pub begin: u64,
    /// What is heard up to it, and a little of it.
    pub samples: Vec<f32>,
}

/// Finds the pauses in speech that comes in bit by bit.
///
/// Keeps the sound that a pause not yet found may need.
#[derive(Debug, Clone)]
pub struct ThoughtStream {
    rules: PauseRules,
    /// The sound from sample `from` on.
    held: Vec<f32>,
    from: u64,
    /// The end of the last speech, of which is not known yet how long it is followed by none.
    open: Option<u64>,
}

impl ThoughtStream {
    /// Returns a stream that has heard nothing.
    pub fn new(rules: PauseRules) -> Self {
        Self {
            rules,
            held: Vec::new(),
            from: 0,
            open: None,
        }
    }

    /// Takes the next samples.
    pub fn hear(&mut self, samples: &[f32]) {
        self.held.extend_from_slice(samples);
    }

    /// Takes the next speech, in order and in the samples heard, and returns the pauses that are sure now; before `settled` no
    /// other speech begins.
    pub fn speech(&mut self, pieces: &[SpeechPiece], settled: u64) -> Vec<ThoughtPause> {
        let mut found = Vec::new();
        for piece in pieces {
            found.extend(self.pause_before(piece.range.start()));
            self.open = (!piece.goes_on).then_some(piece.range.end());
        }
        if self
            .open
            .is_some_and(|end| settled >= end + self.rules.shortest)
        {
            found.extend(self.pause_before(settled));
        }
        self.forget(self.open.unwrap_or(settled).min(settled));
        found
    }

    /// Returns the pause at the end of the sound, if speech comes last.
    pub fn finish(mut self) -> Option<ThoughtPause> {
        self.pause_before(u64::MAX)
    }

    /// Returns the pause between the last speech and the next, if it is one.
    fn pause_before(&mut self, next: u64) -> Option<ThoughtPause> {
        let begin = self.open.take()?;
        let long = next.saturating_sub(begin) >= self.rules.shortest;
        long.then(|| ThoughtPause {
            begin,
            samples: self.held(self.range_at(begin)),
        })
    }

    fn range_at(&self, begin: u64) -> Range<u64> {
        begin.saturating_sub(self.rules.before)..begin + self.rules.inside
    }

    fn held(&self, range: Range<u64>) -> Vec<f32> {
        let slot = |sample: u64| (sample.saturating_sub(self.from) as usize).min(self.held.len());
        self.held[slot(range.start)..slot(range.end)].to_vec()
    }

    /// Lets go of the sound that no pause from `next` on needs.
    fn forget(&mut self, next: u64) {
        let needed = self.range_at(next).start.max(self.from);
        let gone = ((needed - self.from) as usize).min(self.held.len());
        self.held.drain(..gone);
        self.from += gone as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::speech::SampleRange;

    const RULES: PauseRules = PauseRules {
        shortest: 3,
        before: 4,
        inside: 2,
    };

    fn piece(start: u64, end: u64, goes_on: bool) -> SpeechPiece {
        let range = SampleRange::new(start, end).unwrap();
        SpeechPiece { range, goes_on }
    }

    /// Pauses as their beginnings, and the first and the last sample heard; samples are numbered.
    fn told(pauses: impl IntoIterator<Item = ThoughtPause>) -> Vec<(u64, f32, f32)> {
        let told = pauses.into_iter().map(|pause| {
            let ends = pause.samples.first().zip(pause.samples.last()).unwrap();
            (pause.begin, *ends.0, *ends.1)
        });
        told.collect()
    }

    fn heard(samples: u16) -> ThoughtStream {
        let mut stream = ThoughtStream::new(RULES);
        let numbered: Vec<f32> = (0..samples).map(f32::from).collect();
        stream.hear(&numbered);
        stream
    }

    #[test]
    fn a_pause_is_told_when_it_is_long_enough_with_the_sound_before_it() {
        let mut stream = heard(40);
        let pieces = [
            piece(2, 10, false),
            piece(12, 20, false),
            piece(24, 30, false),
        ];
        assert_eq!(told(stream.speech(&pieces, 31)), [(20, 16.0, 21.0)]);
        assert_eq!(told(stream.speech(&[], 33)), [(30, 26.0, 31.0)]);
        assert_eq!(told(stream.finish()), []);
    }

    #[test]
    fn speech_that_goes_on_has_not_paused() {
        let mut stream = heard(40);
        assert_eq!(told(stream.speech(&[piece(2, 10, true)], 10)), []);
        assert_eq!(told(stream.speech(&[piece(10, 20, false)], 30)).len(), 1);
    }

    #[test]
    fn the_last_words_of_a_sound_end_in_a_pause() {
        let mut stream = heard(12);
        assert_eq!(told(stream.speech(&[piece(2, 11, false)], 12)), []);
        assert_eq!(told(stream.finish()), [(11, 7.0, 11.0)]);
    }

    #[test]
    fn no_more_sound_is_held_than_the_next_pause_needs() {
        let mut stream = heard(1000);
        stream.speech(&[], 900);
        assert_eq!((stream.from, stream.held.len()), (896, 104));
        stream.speech(&[piece(910, 950, false)], 960);
        assert_eq!(stream.from, 956);
    }
}
