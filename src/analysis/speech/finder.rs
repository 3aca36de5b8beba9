//! Streaming form of [`find`]: the same speech segments, told as the scores arrive.

use std::time::Duration;

use super::find::{SpeechRules, find, find_runs, in_frames, longest_join};
use super::{FRAME, SampleRange};

/// A segment of speech, or the part of one that is sure so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechPiece {
    /// Where; the pieces of one segment touch.
    pub range: SampleRange,
    /// Whether the same segment goes on in the next piece.
    pub goes_on: bool,
}

/// Finds speech in scores that come in bit by bit.
///
/// Keeps the scores since the last silence that parts all before it from all after.
#[derive(Debug, Clone)]
pub struct Finder {
    rules: SpeechRules,
    /// Frames before the tail.
    frames: u64,
    tail: Vec<f32>,
    /// The sample up to which the speech that goes on has been told.
    told: Option<u64>,
}

impl Finder {
    /// Returns a finder at the start of a sound.
    pub fn new(rules: SpeechRules) -> Self {
        Self {
            rules,
            frames: 0,
            tail: Vec::new(),
            told: None,
        }
    }

    /// Takes the next scores and returns what is sure now.
    pub fn push(&mut self, scores: &[f32]) -> Vec<SpeechPiece> {
        self.tail.extend_from_slice(scores);
        let cut = self.parting();
        let mut pieces = self.tell(cut);
        self.tail.drain(..cut);
        self.frames += cut as u64;
        pieces.extend(self.going_on());
        pieces
    }

    /// Returns the rest of the speech in a sound of `samples` samples.
    pub fn finish(mut self, samples: u64) -> Vec<SpeechPiece> {
        let left = samples.saturating_sub(self.start());
        self.tell_to(self.tail.len(), left)
    }

    /// Returns the sample before which no speech begins that was not told.
    pub fn settled(&self) -> u64 {
        self.told.unwrap_or(self.start())
    }

    fn start(&self) -> u64 {
        self.frames * FRAME as u64
    }

    /// Returns the last frame of the tail at which nothing before it touches anything after it.
    fn parting(&self) -> usize {
        let padding = in_frames(self.rules.padding);
        let longest = longest_join(&self.rules);
        let runs = find_runs(&self.tail, &self.rules);
        let silence = |end: Option<usize>, next: usize| {
            let begin = end.unwrap_or(0);
            let long = end.is_none() || next - begin >= longest;
            (long && next >= begin + padding).then(|| next - padding)
        };
        let ends = runs.iter().map(|run| Some(run.1)).rev().chain([None]);
        let in_run = runs.last().is_some_and(|run| run.1 == self.tail.len());
        let after = if in_run { None } else { Some(self.tail.len()) };
        let nexts = after.into_iter().chain(runs.iter().map(|run| run.0).rev());
        let ends = ends.skip(usize::from(in_run));
        let partings = ends.zip(nexts).filter_map(|(end, next)| silence(end, next));
        partings.max().unwrap_or(0)
    }

    /// Tells the speech before frame `cut` of the tail, which no later score changes.
    fn tell(&mut self, cut: usize) -> Vec<SpeechPiece> {
        self.tell_to(cut, (cut * FRAME) as u64)
    }

    fn tell_to(&mut self, cut: usize, samples: u64) -> Vec<SpeechPiece> {
        let spans = find(&self.tail[..cut], samples, &self.rules);
        let pieces = spans.into_iter().filter_map(|span| {
            let start = (self.start() + span.start()).max(self.told.take().unwrap_or(0));
            let range = SampleRange::new(start, self.start() + span.end())?;
            Some(SpeechPiece {
                range,
                goes_on: false,
            })
        });
        pieces.collect()
    }

    /// Tells what is sure of speech that has not ended.
    fn going_on(&mut self) -> Option<SpeechPiece> {
        let end = (self.tail.len() * FRAME) as u64;
        let open = find_runs(&self.tail, &self.rules).last()?.1 == self.tail.len();
        // Two segments so near that their paddings meet are told together.
        let bare = SpeechRules {
            padding: Duration::ZERO,
            ..self.rules
        };
        let [spoken] = find(&self.tail, end, &bare)[..] else {
            return None;
        };
        let span = find(&self.tail, end, &self.rules).pop()?;
        let start = self.told.unwrap_or(self.start() + span.start());
        // The last frame of a sound may be only partly filled.
        let range = SampleRange::new(start, self.start() + end - FRAME as u64)?;
        if !open || spoken.end() != end {
            return None;
        }
        self.told = Some(range.end());
        Some(SpeechPiece {
            range,
            goes_on: true,
        })
    }
}

/// Returns the segments that pieces make, in order.
pub fn whole(pieces: impl IntoIterator<Item = SpeechPiece>) -> Vec<SampleRange> {
    let mut segments: Vec<SampleRange> = Vec::new();
    let mut open = false;
    for piece in pieces {
        match segments.last_mut() {
            Some(last) if open => {
                *last = SampleRange::new(last.start(), piece.range.end()).unwrap_or(*last);
            }
            _ => segments.push(piece.range),
        }
        open = piece.goes_on;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(scores: &[f32], cut: usize, samples: u64, rules: SpeechRules) -> Vec<SpeechPiece> {
        let mut finder = Finder::new(rules);
        let mut pieces = Vec::new();
        for block in scores.chunks(cut) {
            pieces.extend(finder.push(block));
        }
        pieces.extend(finder.finish(samples));
        pieces
    }

    #[test]
    fn speech_without_an_end_is_told_as_it_goes_on() {
        let mut finder = Finder::new(SpeechRules::default());
        let first = finder.push(&[0.9; 100]);
        let second = finder.push(&[0.9; 100]);
        assert!(first[0].goes_on && second[0].goes_on);
        assert_eq!(first[0].range.end(), second[0].range.start());
        assert_eq!(finder.settled(), 199 * FRAME as u64);
    }

    #[test]
    fn silence_keeps_nothing() {
        let mut finder = Finder::new(SpeechRules::default());
        assert!(finder.push(&[0.1; 1000]).is_empty());
        assert!(finder.tail.len() < 3, "{}", finder.tail.len());
    }

    proptest! {
        #[test]
        fn pieces_make_what_is_found_in_the_whole(
            levels in proptest::collection::vec((0..3_u8, 1..12_usize), 0..60), cut in 1..80_usize, short in 0..512_u64,
            min_speech in 0..500_u64, min_silence in 0..300_u64, padding in 0..200_u64,
        ) {
            let millis = Duration::from_millis;
            let rules = SpeechRules {
                min_speech: millis(min_speech), min_silence: millis(min_silence), padding: millis(padding), ..SpeechRules::default()
            };
            let level = |(level, frames): &(u8, usize)| vec![[0.1, 0.4, 0.9][usize::from(*level)]; *frames];
            let scores: Vec<f32> = levels.iter().flat_map(level).collect();
            let samples = ((scores.len() * FRAME) as u64).saturating_sub(short);
            let pieces = told(&scores, cut, samples, rules);
            let found: Vec<_> = find(&scores, samples, &rules);
            prop_assert_eq!(whole(pieces), found);
        }
    }
}
