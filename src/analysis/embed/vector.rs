//! Directions: compared and pooled.

use serde::{Deserialize, Serialize};

use crate::timeline::{TimeRange, Timestamp};

/// A direction: values whose squares add up to one, or all zero where there was none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<f32>")]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Returns the direction of `values`; values that are no numbers have none.
    pub fn new(values: &[f32]) -> Self {
        let length = values
            .iter()
            .map(|v| f64::from(*v).powi(2))
            .sum::<f64>()
            .sqrt();
        let scale = if length.is_normal() {
            1.0 / length
        } else {
            0.0
        };
        let unit = values.iter().map(|v| match scale {
            0.0 => 0.0,
            _ => (f64::from(*v) * scale) as f32,
        });
        Self(unit.collect())
    }

    /// Returns the values.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Returns the cosine of the angle between the two, -1..1: 1 for the same direction, 0 where either has none.
    pub fn cosine(&self, other: &Self) -> f32 {
        let products = self.0.iter().zip(&other.0).map(|(a, b)| a * b);
        products.sum::<f32>().clamp(-1.0, 1.0)
    }
}

impl From<Vec<f32>> for Embedding {
    fn from(values: Vec<f32>) -> Self {
        Self::new(&values)
    }
}

/// Returns the mean direction of the samples inside `range`, each counted by its weight, or `None` where none counts.
///
/// A weight that is not positive counts nothing.
pub fn pool(samples: &[(Timestamp, &Embedding, f32)], range: TimeRange) -> Option<Embedding> {
    let counted = samples
        .iter()
        .filter(|(time, _, weight)| range.contains(*time) && *weight > 0.0 && weight.is_finite());
    let mut sum: Option<Vec<f32>> = None;
    for (_, embedding, weight) in counted {
        let sum = sum.get_or_insert_with(|| vec![0.0; embedding.0.len()]);
        let values = sum.iter_mut().zip(&embedding.0);
        values.for_each(|(sum, value)| *sum += weight * value);
    }
    sum.map(|sum| Embedding::new(&sum))
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

    #[test]
    fn only_the_direction_counts() {
        let (a, b) = (Embedding::new(&[3.0, 4.0]), Embedding::new(&[0.3, 0.4]));
        assert_eq!(a.values(), [0.6, 0.8]);
        assert!((a.cosine(&b) - 1.0).abs() < 1e-6);
        assert_eq!(a.cosine(&Embedding::new(&[-4.0, 3.0])), 0.0);
    }

    #[test]
    fn what_has_no_direction_is_like_nothing() {
        for none in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            let none = Embedding::new(&none);
            assert_eq!(none.values(), [0.0, 0.0]);
            assert_eq!(none.cosine(&none), 0.0);
        }
    }

    #[test]
    fn pooling_counts_each_sample_inside_by_its_weight() {
        let (right, up) = (Embedding::new(&[1.0, 0.0]), Embedding::new(&[0.0, 1.0]));
        let samples = [
            (at(0), &right, 3.0),
            (at(1), &up, 4.0),
            (at(2), &right, 100.0),
        ];
        assert_eq!(
            pool(&samples, range(0, 2)),
            Some(Embedding::new(&[3.0, 4.0]))
        );
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
            let (a, b) = (Embedding::new(&a), Embedding::new(&b));
            let pooled = pool(&[(at(0), &a, 1.0), (at(1), &b, weight)], range(0, 2)).unwrap();
            prop_assert!(pooled.cosine(&a) >= a.cosine(&b) - 1e-4);
            prop_assert!(pooled.cosine(&b) >= a.cosine(&b) - 1e-4);
            let length: f32 = pooled.values().iter().map(|v| v * v).sum();
            prop_assert!((length - 1.0).abs() < 1e-4);
        }
    }
}
