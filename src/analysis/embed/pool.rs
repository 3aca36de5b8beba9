//! Mean embedding of several pictures.

use crate::analysis::Embedding;
use crate::timeline::{TimeRange, Timestamp};

/// Returns the mean direction of the samples inside `range`, each counted by its weight, or `None` where none counts.
///
/// A weight that is not positive counts nothing.
pub fn pool(samples: &[(Timestamp, &Embedding, f32)], range: TimeRange) -> Option<Embedding> {
    let counted = samples
        .iter()
        .filter(|(time, _, weight)| range.contains(*time) && *weight > 0.0 && weight.is_finite())
        .map(|(_, embedding, weight)| (*embedding, *weight));
    let mut counted = counted.peekable();
    counted.peek()?;
    Some(Embedding::weighted(counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 1).unwrap()
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(at(start), at(end)).unwrap()
    }

    fn towards(values: &[f32]) -> Embedding {
        Embedding::new(values.to_vec())
    }

    #[test]
    fn pooling_counts_each_sample_inside_by_its_weight() {
        let (right, up) = (towards(&[1.0, 0.0]), towards(&[0.0, 1.0]));
        let samples = [
            (at(0), &right, 3.0),
            (at(1), &up, 4.0),
            (at(2), &right, 100.0),
        ];
        assert_eq!(pool(&samples, range(0, 2)), Some(towards(&[3.0, 4.0])));
        assert_eq!(pool(&samples, range(5, 9)), None);
        assert_eq!(
            pool(&[(at(0), &right, 0.0), (at(0), &up, f32::NAN)], range(0, 2)),
            None
        );
    }

    proptest! {
        #[test]
        fn a_pool_lies_between_what_it_is_made_of(
            a in proptest::collection::vec(0.0..6.0_f32, 8), b in proptest::collection::vec(0.0..6.0_f32, 8), weight in 0.01..9.0_f32,
        ) {
            let (a, b) = (Embedding::new(a), Embedding::new(b));
            let pooled = pool(&[(at(0), &a, 1.0), (at(1), &b, weight)], range(0, 2)).unwrap();
            prop_assert!(pooled.cosine(&a) >= a.cosine(&b) - 1e-4);
            prop_assert!(pooled.cosine(&b) >= a.cosine(&b) - 1e-4);
            let length: f32 = pooled.values().iter().map(|v| v * v).sum();
            prop_assert!((length - 1.0).abs() < 1e-4);
        }
    }
}
