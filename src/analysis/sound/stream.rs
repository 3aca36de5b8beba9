//! Streaming scorer: samples in, scores out, a block of patches at a time.

use super::block::{PATCH_FRAMES, STEP, patches_in};
use super::mel::{Bands, MelStream};
use super::{Classes, Detail, SoundBlock, SoundModel, SoundScores};
use crate::analysis::speech::SAMPLE_RATE;
use crate::inference::{BatchSizer, Error};

/// Patches of a block: 5.1 s.
const BLOCK: usize = 256;
/// Frames of such a block.
const BLOCK_FRAMES: usize = PATCH_FRAMES + (BLOCK - 1) * STEP;
/// Rows before the middle of the first patch: they get its answer.
const LEAD: usize = PATCH_FRAMES / STEP / 2;

/// The sound scores of one stream; holds one block of mel frames at most.
#[derive(Default)]
pub struct SoundStream {
    detail: Detail,
    mel: MelStream,
    frames: Vec<Bands>,
    heard: usize,
    rows: usize,
    last: Option<Classes>,
}

impl SoundStream {
    /// Returns a stream that listens that closely.
    pub fn new(detail: Detail) -> Self {
        Self {
            detail,
            ..Self::default()
        }
    }

    /// Takes the next samples, 16 kHz mono, and returns the scores that are ready.
    ///
    /// Samples are cut to 16 bits, as the model knows them; one that is no number counts as silence.
    ///
    /// # Errors
    /// As [`crate::inference::Session::run`]; the stream is of no use afterwards.
    pub fn push(
        &mut self,
        samples: &[f32],
        model: &mut SoundModel,
        sizer: &mut BatchSizer,
    ) -> Result<SoundScores, Error> {
        let detail = self.detail;
        self.push_with(samples, |block| model.score(block, detail, sizer))
    }

    /// Returns the scores of what is left.
    ///
    /// # Errors
    /// As [`crate::inference::Session::run`].
    pub fn finish(
        self,
        model: &mut SoundModel,
        sizer: &mut BatchSizer,
    ) -> Result<SoundScores, Error> {
        let detail = self.detail;
        self.finish_with(|block| model.score(block, detail, sizer))
    }

    /// Takes the next samples as [`Self::push`] does; `score` stands between the stream and its model.
    ///
    /// # Errors
    /// Those of `score`.
    pub fn push_with<E>(
        &mut self,
        samples: &[f32],
        mut score: impl FnMut(&SoundBlock) -> Result<Vec<Classes>, E>,
    ) -> Result<SoundScores, E> {
        let mut scores = SoundScores::default();
        for second in samples.chunks(SAMPLE_RATE as usize) {
            for frame in self.mel.push(second) {
                scores.energies.push(frame.energy);
                self.frames.push(frame.bands);
                self.heard += 1;
            }
            while self.frames.len() >= BLOCK_FRAMES {
                let block = SoundBlock::new(&self.frames[..BLOCK_FRAMES]);
                self.frames.drain(..BLOCK * STEP);
                self.add(&score(&block)?, &mut scores.classes);
            }
        }
        Ok(scores)
    }

    /// Returns the scores of what is left as [`Self::finish`] does; `score` stands between the stream and its model.
    ///
    /// The last rows, past the middle of the last patch, get its answer.
    ///
    /// # Errors
    /// Those of `score`.
    pub fn finish_with<E>(
        mut self,
        mut score: impl FnMut(&SoundBlock) -> Result<Vec<Classes>, E>,
    ) -> Result<SoundScores, E> {
        let mut scores = SoundScores::default();
        let too_short = self.last.is_none() && !self.frames.is_empty();
        if patches_in(self.frames.len()) > 0 || too_short {
            let answers = score(&SoundBlock::new(&self.frames))?;
            self.add(&answers, &mut scores.classes);
        }
        let missing = self.heard.div_ceil(STEP) as isize - self.rows as isize;
        let wanted = scores.classes.len().saturating_add_signed(missing);
        scores.classes.resize(wanted, self.last.unwrap_or_default());
        Ok(scores)
    }

    fn add(&mut self, answers: &[Classes], to: &mut Vec<Classes>) {
        let lead = match (self.last, answers.first()) {
            (None, Some(first)) => vec![*first; LEAD],
            _ => Vec::new(),
        };
        self.rows += lead.len() + answers.len();
        self.last = answers.last().copied().or(self.last);
        to.extend(lead);
        to.extend(answers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Stands in for the model: the first values of each patch.
    fn first_values(block: &SoundBlock) -> Result<Vec<Classes>, Error> {
        let answer = |patch: usize| {
            let mut values = Vec::new();
            block.write_patch(patch, &mut values);
            [values[0], values[1], values[2]]
        };
        Ok((0..block.patches()).map(answer).collect())
    }

    fn saw(samples: usize) -> Vec<f32> {
        (0..samples)
            .map(|n| ((n * n / 50) % 1009) as f32 / 1009.0 - 0.5)
            .collect()
    }

    fn scores_of(sound: &[f32], cut: usize) -> SoundScores {
        let mut stream = SoundStream::default();
        let mut scores = SoundScores::default();
        for piece in sound.chunks(cut) {
            scores.append(stream.push_with(piece, first_values).unwrap());
        }
        scores.append(stream.finish_with(first_values).unwrap());
        scores
    }

    #[test]
    fn the_ends_get_the_answers_of_the_outermost_patches() {
        let scores = scores_of(&saw(48_000), 48_000);
        let classes = &scores.classes;
        assert_eq!((scores.energies.len(), classes.len()), (298, 149));
        assert!(classes[..=LEAD].iter().all(|c| *c == classes[0]));
        assert_ne!(classes[LEAD], classes[LEAD + 1]);
        let tail = classes.len() - LEAD;
        assert!(classes[tail..].iter().all(|c| *c == classes[tail]));
        assert_ne!(classes[tail - 1], classes[tail - 2]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn scores_do_not_depend_on_how_the_sound_is_cut(samples in 0..200_000_usize, cut in 1..100_000_usize) {
            let sound = saw(samples);
            let scores = scores_of(&sound, cut);
            prop_assert_eq!(scores.classes.len(), scores.energies.len().div_ceil(2));
            prop_assert!(scores.energies.is_empty() == (samples < 400));
            prop_assert_eq!(scores, scores_of(&sound, samples.max(1)));
        }
    }
}
