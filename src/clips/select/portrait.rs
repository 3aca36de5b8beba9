//! Portrait of a segment: the mean of what is said and of what is seen, for comparing segments.

use crate::analysis::{Embedding, embed};
use crate::clips::Material;
use crate::clips::signals::text::TextFeatures;
use crate::timeline::TimeRange;

/// From this cosine on two segments say, or show, the same: other segments of one talk stay below.
const COPY: f64 = 0.95;

/// The mean meaning of what is said in a segment, and the mean of what is seen.
#[derive(Debug, Clone, Default)]
pub(in crate::clips) struct Portrait {
    pub(super) said: Option<Embedding>,
    pub(super) seen: Option<Embedding>,
}

impl Portrait {
    /// Returns the portrait of a segment.
    pub(in crate::clips) fn of(
        material: &Material<'_>,
        text: Option<&TextFeatures>,
        range: TimeRange,
    ) -> Self {
        let pictures = material.pictures.unwrap_or_default();
        let before = |time| pictures.partition_point(|(at, _)| *at < time);
        let inside = &pictures[before(range.start())..before(range.end())];
        let samples: Vec<_> = inside.iter().map(|(at, one)| (*at, one, 1.0)).collect();
        Self {
            said: text.and_then(|text| text.meaning(range)),
            seen: embed::pool(&samples, range),
        }
    }

    /// Returns how alike two segments are, 0..1: the mean of what is known of both.
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        let known = self.cosines(other);
        let count = known.iter().flatten().count().max(1);
        known.iter().flatten().sum::<f64>() / count as f64
    }

    /// Tells whether two segments are the same in all that is known of both.
    pub(in crate::clips) fn is_copy(&self, other: &Self) -> bool {
        let known = self.cosines(other);
        let mut known = known.iter().flatten().peekable();
        known.peek().is_some() && known.all(|cosine| *cosine >= COPY)
    }

    fn cosines(&self, other: &Self) -> [Option<f64>; 2] {
        let said = self.said.as_ref().zip(other.said.as_ref());
        let seen = self.seen.as_ref().zip(other.seen.as_ref());
        let cosines = [
            said.map(|(a, b)| a.cosine(b)),
            seen.map(|(a, b)| a.cosine(b)),
        ];
        cosines.map(|cosine| cosine.map(|cosine| f64::from(cosine).max(0.0)))
    }
}
