//! Sums of sentence embeddings over any run of sentences.

use std::ops::Range;

use crate::analysis::Embedding;

/// Steps of a component. Whole numbers make a sum the same wherever in the transcript its sentences stand; components of
/// 32,768 sentences cannot overflow.
const STEPS: f32 = 65_536.0;

/// The embeddings of all sentences, summed up to each of them.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    width: usize,
    /// `width` sums up to each sentence; they wrap, and so do their differences, which makes these right again.
    sums: Vec<i32>,
    whole: Vec<f64>,
}

impl Meaning {
    /// Sums the embeddings, or returns `None` when there are none or they are not of one model.
    pub(super) fn new(embeddings: &[Embedding]) -> Option<Self> {
        let width = embeddings.first()?.values().len();
        let same = embeddings.iter().all(|e| e.values().len() == width);
        same.then_some(())?;
        let mut sums = Vec::with_capacity((embeddings.len() + 1) * width);
        sums.resize(width, 0);
        let mut whole = vec![0.0; width];
        for embedding in embeddings {
            for (component, value) in embedding.values().iter().enumerate() {
                let steps = (value * STEPS).round() as i32;
                let before: i32 = sums[sums.len() - width];
                sums.push(before.wrapping_add(steps));
                whole[component] += f64::from(steps) / f64::from(STEPS);
            }
        }
        Some(Self { width, sums, whole })
    }

    /// Returns the mean cosine between two different sentences of a range, or `None` for less than two.
    pub(super) fn likeness(&self, sentences: &Range<usize>) -> Option<f64> {
        let count = sentences.len() as f64;
        (count >= 2.0).then_some(())?;
        let square: f64 = self.sum(sentences).map(|value| value * value).sum();
        Some((square - count) / (count * (count - 1.0)))
    }

    /// Returns the cosine between a range of sentences and all others, or `None` when either has no direction.
    pub(super) fn likeness_to_rest(&self, sentences: &Range<usize>) -> Option<f64> {
        let (mut product, mut inside, mut outside) = (0.0, 0.0, 0.0);
        for (value, whole) in self.sum(sentences).zip(&self.whole) {
            let rest = whole - value;
            product += value * rest;
            inside += value * value;
            outside += rest * rest;
        }
        // Less than a hundredth of a sentence is rounding.
        (inside > 1e-4 && outside > 1e-4).then(|| product / (inside * outside).sqrt())
    }

    /// Returns the mean direction of a range of sentences, or `None` when it has none.
    pub(super) fn direction(&self, sentences: &Range<usize>) -> Option<Embedding> {
        let sum: Vec<f32> = self.sum(sentences).map(|value| value as f32).collect();
        let any = sum.iter().any(|value| *value != 0.0);
        any.then(|| Embedding::new(sum))
    }

    fn sum(&self, sentences: &Range<usize>) -> impl Iterator<Item = f64> {
        let up_to = |sentence: usize| &self.sums[sentence * self.width..][..self.width];
        let ends = up_to(sentences.start).iter().zip(up_to(sentences.end));
        ends.map(|(from, to)| f64::from(to.wrapping_sub(*from)) / f64::from(STEPS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn embeddings_of_two_models_do_not_mix() {
        let of = |values: &[f32]| Embedding::new(values.to_vec());
        assert!(Meaning::new(&[of(&[1.0]), of(&[1.0, 0.0])]).is_none());
        assert!(Meaning::new(&[]).is_none());
    }

    proptest! {
        #[test]
        fn the_sums_give_what_every_pair_gives(
            raw in proptest::collection::vec(proptest::collection::vec(0.1..1.0_f32, 6), 3..30), a in 0..30_usize, b in 0..30_usize,
        ) {
            let all: Vec<_> = raw.into_iter().map(Embedding::new).collect();
            let (a, b) = (a.min(b).min(all.len()), a.max(b).min(all.len()));
            let meaning = Meaning::new(&all).unwrap();
            let part = &all[a..b];
            let pairs: Vec<f64> = (0..part.len())
                .flat_map(|i| (0..i).map(move |j| f64::from(part[i].cosine(&part[j]))))
                .collect();
            match meaning.likeness(&(a..b)) {
                Some(found) => prop_assert!((found - pairs.iter().sum::<f64>() / pairs.len() as f64).abs() < 1e-3),
                None => prop_assert!(pairs.is_empty()),
            }
            let others: Vec<_> = all[..a].iter().chain(&all[b..]).collect();
            let both = !part.is_empty() && !others.is_empty();
            let expected = both.then(|| f64::from(Embedding::mean(part).cosine(&Embedding::mean(others))));
            match (meaning.likeness_to_rest(&(a..b)), expected) {
                (Some(found), Some(expected)) => prop_assert!((found - expected).abs() < 1e-3),
                (found, expected) => prop_assert_eq!(found, expected),
            }
        }
    }
}
