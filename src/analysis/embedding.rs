//! Embedding: a picture or a text as a direction.

use serde::{Deserialize, Serialize};

/// Tolerance of the length of a stored embedding, which should be one.
const TOLERANCE: f32 = 1e-3;

/// A direction: a vector of length one, or all zero where there was none; the nearer two meanings, the smaller the angle
/// between theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>")]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Returns the direction of `values`; all zero or not all finite, they have none.
    pub fn new(mut values: Vec<f32>) -> Self {
        let length = norm(&values);
        if length.is_finite() && length > f32::MIN_POSITIVE {
            values.iter_mut().for_each(|value| *value /= length);
        } else {
            values.fill(0.0);
        }
        Self(values)
    }

    /// Returns the direction between those given; none when there are none or they cancel out.
    pub fn mean<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::weighted(all.into_iter().map(|one| (one, 1.0)))
    }

    /// Returns the direction between those given, each counted by its weight.
    pub(super) fn weighted<'a>(all: impl IntoIterator<Item = (&'a Self, f32)>) -> Self {
        let mut sum = Vec::new();
        for (one, weight) in all {
            sum.resize(one.0.len().max(sum.len()), 0.0);
            let values = sum.iter_mut().zip(&one.0);
            values.for_each(|(sum, value)| *sum += weight * value);
        }
        Self::new(sum)
    }

    /// Returns the components.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Returns the cosine of the angle to another embedding of the same model, -1..1: 1 for the same meaning, about 0 for
    /// unrelated ones, 0 where either has no direction.
    pub fn cosine(&self, other: &Self) -> f32 {
        let products = self.0.iter().zip(&other.0).map(|(a, b)| a * b);
        products.sum::<f32>().clamp(-1.0, 1.0)
    }
}

/// Takes the values as they are: scaling again would change their last bits.
impl TryFrom<Vec<f32>> for Embedding {
    type Error = &'static str;
    fn try_from(values: Vec<f32>) -> Result<Self, Self::Error> {
        let one = (norm(&values) - 1.0).abs() <= TOLERANCE;
        let none = values.iter().all(|value| *value == 0.0);
        (one || none)
            .then_some(Self(values))
            .ok_or("an embedding whose length is neither one nor zero")
    }
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn towards(values: &[f32]) -> Embedding {
        Embedding::new(values.to_vec())
    }

    #[test]
    fn only_the_direction_counts() {
        let (a, b) = (towards(&[3.0, 4.0]), towards(&[0.3, 0.4]));
        assert_eq!(a.values(), [0.6, 0.8]);
        assert_eq!(a, towards(&[6.0, 8.0]));
        assert!((a.cosine(&b) - 1.0).abs() < 1e-6);
        assert_eq!(a.cosine(&towards(&[-4.0, 3.0])), 0.0);
    }

    #[test]
    fn what_has_no_direction_is_like_nothing() {
        for none in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            let none = towards(&none);
            assert_eq!(none.values(), [0.0, 0.0]);
            assert_eq!(none.cosine(&none), 0.0);
        }
        assert_eq!(Embedding::mean([]).cosine(&towards(&[1.0])), 0.0);
        let (one, other) = (towards(&[1.0]), towards(&[-1.0]));
        assert_eq!(Embedding::mean([&one, &other]).values(), [0.0]);
    }

    #[test]
    fn a_stored_embedding_of_another_length_is_refused() {
        for (stored, taken) in [
            ("[0.6,0.8]", true),
            ("[0.0,0.0]", true),
            ("[0.6,0.9]", false),
        ] {
            assert_eq!(serde_json::from_str::<Embedding>(stored).is_ok(), taken);
        }
    }

    proptest! {
        #[test]
        fn storing_changes_no_bit(values in proptest::collection::vec(-10.0..10.0_f32, 0..20)) {
            let embedding = Embedding::new(values);
            let stored = postcard::to_stdvec(&embedding).unwrap();
            prop_assert_eq!(&stored, &postcard::to_stdvec(embedding.values()).unwrap());
            prop_assert_eq!(postcard::from_bytes::<Embedding>(&stored), Ok(embedding));
        }
    }
}
