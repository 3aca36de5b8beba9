//! Streaming scorer of speech: samples in, frames with context to the model, a block at a time.

use super::SpeechModel;
use super::frame::{BLOCK, CONTEXT, FRAME, ROW};
use super::state::SpeechState;
use crate::inference::Error;

/// The speech scores of one stream of sound; holds one block of samples at most.
#[derive(Debug, Clone, Default)]
pub struct SpeechStream {
    state: SpeechState,
    pending: Vec<f32>,
}

impl SpeechStream {
    /// Returns a stream that goes on at `state`: the next sample pushed must be [`SpeechState::next_sample`].
    pub fn resume(state: SpeechState) -> Self {
        Self {
            state,
            pending: Vec::new(),
        }
    }

    /// Returns where scoring has come to; always at the end of a block, so that resuming changes no bit of any score.
    ///
    /// Samples pushed after that place are not part of it and must be pushed again.
    pub fn state(&self) -> &SpeechState {
        &self.state
    }

    /// Takes the next samples, 16 kHz mono, and returns the scores of the blocks that they complete.
    ///
    /// Samples outside -1..1 are clipped; one that is no number counts as silence.
    ///
    /// # Errors
    /// As [`crate::inference::Session::run`]; the stream is of no use afterwards.
    pub fn push(&mut self, samples: &[f32], model: &mut SpeechModel) -> Result<Vec<f32>, Error> {
        self.push_with(samples, |rows, state| model.score(rows, state))
    }

    /// Returns the scores of what is left; the last frame is filled up with silence.
    ///
    /// # Errors
    /// As [`crate::inference::Session::run`].
    pub fn finish(self, model: &mut SpeechModel) -> Result<Vec<f32>, Error> {
        self.finish_with(|rows, state| model.score(rows, state))
    }

    /// Returns the scores of what is left as [`Self::finish`] does; `score` stands between the stream and its model.
    ///
    /// # Errors
    /// Those of `score`.
    pub fn finish_with<E: From<Error>>(
        mut self,
        mut score: impl FnMut(&[f32], &mut SpeechState) -> Result<Vec<f32>, E>,
    ) -> Result<Vec<f32>, E> {
        self.run(&mut score)
    }

    /// Takes the next samples as [`Self::push`] does; `score` stands between the stream and its model.
    ///
    /// # Errors
    /// Those of `score`.
    pub fn push_with<E: From<Error>>(
        &mut self,
        samples: &[f32],
        mut score: impl FnMut(&[f32], &mut SpeechState) -> Result<Vec<f32>, E>,
    ) -> Result<Vec<f32>, E> {
        let mut scores = Vec::new();
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.missing()));
            self.pending.extend(now.iter().map(|&s| audible(s)));
            rest = later;
            if self.missing() == 0 {
                scores.extend(self.run(&mut score)?);
            }
        }
        Ok(scores)
    }

    /// Blocks end at multiples of [`BLOCK`] frames from the file's start, wherever the stream began.
    fn missing(&self) -> usize {
        let done = (self.state.frames % BLOCK as u64) as usize;
        (BLOCK - done) * FRAME - self.pending.len()
    }

    fn run<E: From<Error>>(
        &mut self,
        score: &mut impl FnMut(&[f32], &mut SpeechState) -> Result<Vec<f32>, E>,
    ) -> Result<Vec<f32>, E> {
        let frames = self.pending.len().div_ceil(FRAME);
        let mut heard = self.state.context.to_vec();
        heard.append(&mut self.pending);
        heard.resize(CONTEXT + frames * FRAME, 0.0);
        let rows: Vec<f32> = heard
            .windows(ROW)
            .step_by(FRAME)
            .flatten()
            .copied()
            .collect();
        if frames == 0 {
            return Ok(Vec::new());
        }
        let scores = score(&rows, &mut self.state)?;
        if scores.len() != frames {
            let why = format!("{} scores to {frames} frames of speech", scores.len());
            return Err(Error::Run(why).into());
        }
        self.state.context.copy_from_slice(&heard[frames * FRAME..]);
        self.state.frames += frames as u64;
        Ok(scores)
    }
}

fn audible(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        sample.clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Stands in for the model: each score is the row's first and last value, mixed with what was remembered.
    fn mixed(rows: &[f32], state: &mut SpeechState) -> Result<Vec<f32>, Error> {
        let score = |row: &[f32]| {
            state.hidden[0] = state.hidden[0] * 0.5 + row[0] + row[CONTEXT] - row[ROW - 1];
            state.hidden[0]
        };
        Ok(rows.chunks(ROW).map(score).collect())
    }

    fn finish(mut stream: SpeechStream) -> Vec<f32> {
        stream.run(&mut mixed).unwrap()
    }

    fn saw(samples: usize) -> Vec<f32> {
        (0..samples)
            .map(|n| (n * 7 % 1000) as f32 / 1000.0)
            .collect()
    }

    fn whole(samples: &[f32]) -> Vec<f32> {
        let mut stream = SpeechStream::default();
        let mut scores = stream.push_with(samples, mixed).unwrap();
        scores.extend(finish(stream));
        scores
    }

    #[test]
    fn silence_without_a_sample_has_no_score() {
        assert!(whole(&[]).is_empty());
    }

    #[test]
    fn a_sample_that_is_no_number_counts_as_silence_and_loud_ones_are_clipped() {
        assert_eq!(
            whole(&[f32::NAN, 2.0, f32::NEG_INFINITY]),
            whole(&[0.0, 1.0, -1.0])
        );
    }

    #[test]
    fn a_model_that_swallows_a_frame_is_refused() {
        let mut stream = SpeechStream::default();
        let answer = stream.push_with(&saw(BLOCK * FRAME), |_, _| Ok(vec![0.5]));
        assert!(matches!(answer, Err(Error::Run(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn scores_do_not_depend_on_how_the_sound_is_cut(samples in 0..600_000_usize, cut in 1..300_000_usize) {
            let sound = saw(samples);
            let mut stream = SpeechStream::default();
            let mut scores = Vec::new();
            for piece in sound.chunks(cut) {
                scores.extend(stream.push_with(piece, mixed).unwrap());
            }
            scores.extend(finish(stream));
            prop_assert_eq!(scores.len(), samples.div_ceil(FRAME));
            prop_assert_eq!(scores, whole(&sound));
        }

        #[test]
        fn a_stream_resumed_from_the_bytes_of_its_state_scores_the_same(samples in 0..900_000_usize, stop in 0..900_000_usize) {
            let sound = saw(samples);
            let mut first = SpeechStream::default();
            let mut scores = first.push_with(&sound[..stop.min(samples)], mixed).unwrap();
            let state = SpeechState::from_bytes(&first.state().to_bytes()).unwrap();
            let from = state.next_sample() as usize;
            let mut second = SpeechStream::resume(state);
            scores.extend(second.push_with(&sound[from..], mixed).unwrap());
            scores.extend(finish(second));
            prop_assert_eq!(scores, whole(&sound));
        }
    }
}
