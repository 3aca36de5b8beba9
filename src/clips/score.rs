//! Scores of candidates.

use std::cmp::Ordering;

use super::normal::normalise;
use super::signals::{Evidence, Values};
use super::{CandidateSpan, Weights};

/// A candidate with its score.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rated {
    pub(super) span: CandidateSpan,
    /// Its signals, 0..1 inside the video.
    pub(super) values: Values,
    /// The weighted sum of them, 0..1.
    pub(super) score: f64,
}

/// Returns the candidates of a video with their scores, the best first.
pub(super) fn rate(
    evidence: &Evidence<'_>,
    spans: &[CandidateSpan],
    weights: &Weights,
) -> Vec<Rated> {
    let mut values: Vec<Values> = spans.iter().map(|span| evidence.of(span)).collect();
    normalise(&mut values);
    let rated = spans.iter().zip(values).map(|(span, values)| Rated {
        span: *span,
        score: weights.score(&values),
        values,
    });
    let mut ranked: Vec<Rated> = rated.collect();
    ranked.sort_by(better_first);
    ranked
}

/// Equal scores are decided by the earlier start, then by the earlier end.
fn better_first(a: &Rated, b: &Rated) -> Ordering {
    let (x, y) = (a.span.range, b.span.range);
    b.score
        .total_cmp(&a.score)
        .then(x.start().cmp(&y.start()))
        .then(x.end().cmp(&y.end()))
}
