//! Constant model outputs: a score that is 0, or 1, for a whole video is no answer.

use crate::pipeline::context::JobContext;
use crate::report::Degradation;

/// Fewer scores may well be the same.
const FEWEST: usize = 8;

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
            let (job, model) = (ctx.job.id.clone(), model.to_owned());
            let degradation = Degradation::ConstantOutput { job, model, value };
            ctx.services.events.degraded(degradation);
        }
    }
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
}
