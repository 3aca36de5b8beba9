//! Meaning as a direction.

use serde::{Deserialize, Serialize};

/// How far from one the length of a stored embedding may be.
const TOLERANCE: f32 = 1e-3;

/// A vector of length one; the nearer two meanings, the smaller the angle between theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Returns the direction of `values`, or `None` when they have none: all zero, or not all finite.
    pub fn new(mut values: Vec<f32>) -> Option<Self> {
        let length = length(&values);
        if !(length.is_finite() && length > f32::MIN_POSITIVE) {
            return None;
        }
        values.iter_mut().for_each(|value| *value /= length);
        Some(Self(values))
    }

    /// Returns the direction between those given, or `None` when there are none or they cancel out.
    pub fn mean<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let sum = all.into_iter().fold(Vec::new(), |mut sum, one| {
            sum.resize(one.0.len().max(sum.len()), 0.0);
            sum.iter_mut()
                .zip(&one.0)
                .for_each(|(sum, value)| *sum += value);
            sum
        });
        Self::new(sum)
    }

    /// Its components.
    pub fn values(&self) -> &[f32] {
        &self.0
    }
}

/// Returns the cosine of the angle between two embeddings of one model: 1 for the same meaning, about 0 for unrelated ones.
pub fn cosine(a: &Embedding, b: &Embedding) -> f32 {
    let product: f32 = a.0.iter().zip(&b.0).map(|(a, b)| a * b).sum();
    product.clamp(-1.0, 1.0)
}

impl From<Embedding> for Vec<f32> {
    fn from(embedding: Embedding) -> Self {
        embedding.0
    }
}

/// Takes the values as they are: scaling again would change their last bits.
impl TryFrom<Vec<f32>> for Embedding {
    type Error = &'static str;
    fn try_from(values: Vec<f32>) -> Result<Self, Self::Error> {
        let one = (length(&values) - 1.0).abs() <= TOLERANCE;
        one.then_some(Self(values))
            .ok_or("an embedding whose length is not one")
    }
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn towards(values: &[f32]) -> Embedding {
        Embedding::new(values.to_vec()).unwrap()
    }

    #[test]
    fn the_length_of_a_vector_tells_nothing() {
        assert_eq!(towards(&[3.0, 4.0]), towards(&[6.0, 8.0]));
        assert_eq!(cosine(&towards(&[1.0, 0.0]), &towards(&[0.0, 5.0])), 0.0);
    }

    #[test]
    fn what_has_no_direction_is_none() {
        assert_eq!(Embedding::new(vec![0.0; 3]), None);
        assert_eq!(Embedding::new(vec![1.0, f32::NAN]), None);
        assert_eq!(Embedding::mean([]), None);
        let (one, other) = (towards(&[1.0]), towards(&[-1.0]));
        assert_eq!(Embedding::mean([&one, &other]), None);
    }

    #[test]
    fn a_stored_embedding_of_another_length_is_refused() {
        assert!(serde_json::from_str::<Embedding>("[0.6,0.8]").is_ok());
        assert!(serde_json::from_str::<Embedding>("[0.6,0.9]").is_err());
    }

    proptest! {
        #[test]
        fn storing_changes_no_bit(values in proptest::collection::vec(-10.0..10.0_f32, 1..20)) {
            if let Some(embedding) = Embedding::new(values) {
                let stored: Vec<f32> = embedding.clone().into();
                prop_assert_eq!(Embedding::try_from(stored), Ok(embedding));
            }
        }
    }
}
