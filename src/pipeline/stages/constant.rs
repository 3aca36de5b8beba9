//! Constant model outputs: a score that is 0, or 1, for a whole video is no answer, nor is one that is the same for every place of a
//! picture, or for every picture.

use serde::{Deserialize, Serialize};

use crate::pipeline::context::JobContext;
use crate::report::Degradation;

/// Fewer scores may well be the same.
const FEWEST: usize = 8;
/// Fewer answers about pictures may be the same by chance.
const FEWEST_FLAT: usize = 3;

/// Scores of a video, as far as they are all 0 or all 1.
#[derive(Debug, Default)]
pub(crate) struct ConstantWatch {
    scores: usize,
    zeros: usize,
    ones: usize,
}

impl ConstantWatch {
    /// Takes further scores, 0 to 1.
    pub(crate) fn push(&mut self, scores: impl IntoIterator<Item = f32>) {
        for score in scores {
            self.scores += 1;
            self.zeros += usize::from(score == 0.0);
            self.ones += usize::from(score == 1.0);
        }
    }

    /// Returns the answer where it is always the same.
    fn value(&self) -> Option<u8> {
        match self.scores {
            few if few < FEWEST => None,
            all if all == self.zeros => Some(0),
            all if all == self.ones => Some(1),
            _ => None,
        }
    }

    /// Tells when a model gave nothing but one answer.
    pub(crate) fn tell(&self, ctx: &JobContext<'_>, model: &str) {
        if let Some(value) = self.value() {
            tell(ctx, model, Some(value));
        }
    }
}

/// Answers of a model about pictures that show something, as far as each is the same everywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FlatAnswers {
    answers: usize,
    flat: usize,
}

impl FlatAnswers {
    /// Takes a further answer.
    pub(crate) fn push(&mut self, is_flat: bool) {
        self.answers += 1;
        self.flat += usize::from(is_flat);
    }

    /// Tells when a model gave nothing but such answers.
    pub(crate) fn tell(self, ctx: &JobContext<'_>, model: &str) {
        if self.is_constant() {
            tell(ctx, model, None);
        }
    }

    fn is_constant(self) -> bool {
        self.answers >= FEWEST_FLAT && self.answers == self.flat
    }
}

fn tell(ctx: &JobContext<'_>, model: &str, value: Option<u8>) {
    ctx.services.events.degraded(Degradation::ConstantOutput {
        job: ctx.job.id.clone(),
        model: model.to_owned(),
        value,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(scores: &[f32]) -> Option<u8> {
        let mut watch = ConstantWatch::default();
        scores
            .chunks(3)
            .for_each(|part| watch.push(part.iter().copied()));
        watch.value()
    }

    #[test]
    fn scores_that_are_all_nought_or_all_one_are_no_answer() {
        assert_eq!(value(&[0.0; 100]), Some(0));
        assert_eq!(value(&[1.0; 100]), Some(1));
        assert_eq!(value(&[0.5; 100]), None);
        let mut scores = [0.0; 100];
        scores[50] = 0.001;
        assert_eq!(value(&scores), None);
        assert_eq!(value(&[0.0; FEWEST - 1]), None);
        assert_eq!(value(&[]), None);
    }

    #[test]
    fn answers_that_are_the_same_everywhere_are_none_unless_one_is_not() {
        let constant = |answers: &[bool]| {
            let mut flat = FlatAnswers::default();
            answers.iter().for_each(|&is_flat| flat.push(is_flat));
            flat.is_constant()
        };
        assert!(constant(&[true; FEWEST_FLAT]));
        assert!(!constant(&[true; FEWEST_FLAT - 1]));
        let mut answers = [true; 100];
        answers[7] = false;
        assert!(!constant(&answers));
    }
}
