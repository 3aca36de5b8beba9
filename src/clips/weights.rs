//! Weights: how much each signal counts.

use std::collections::BTreeMap;

use super::signals::{Signal, Values};
use crate::settings::Ranker;

/// A number for each signal; one below zero counts how little there is of its signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights([f64; Signal::ALL.len()]);

/// What a signal gives to a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The signal.
    pub signal: Signal,
    /// Its value, 0..1; how little there is of it where its weight is below zero.
    pub value: f64,
    /// Its part in the score, 0..1: those of all signals known add up to one.
    pub weight: f64,
}

/// A weight for something that is no signal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no signal")]
pub struct UnknownSignal(pub String);

impl Contribution {
    /// Returns what it adds to the score.
    pub fn points(&self) -> f64 {
        self.value * self.weight
    }
}

impl Weights {
    /// Returns the weights of these signals; the others do not count.
    ///
    /// # Errors
    /// The first name that is no signal's.
    pub fn new(by_name: &BTreeMap<String, f64>) -> Result<Self, UnknownSignal> {
        let mut weights = [0.0; Signal::ALL.len()];
        for (name, weight) in by_name {
            let signal = Signal::named(name).ok_or_else(|| UnknownSignal(name.clone()))?;
            weights[signal as usize] = *weight;
        }
        Ok(Self(weights))
    }

    /// Returns the weights that `weight` gives.
    pub(super) fn each(weight: impl FnMut(Signal) -> f64) -> Self {
        Self(Signal::ALL.map(weight))
    }

    /// Returns the weight of a signal.
    pub fn of(&self, signal: Signal) -> f64 {
        self.0[signal as usize]
    }

    /// Returns the score of these values, 0..1: each by its weight, the weights of those known made to add up to one.
    pub fn score(&self, values: &Values) -> f64 {
        let (mut points, mut sum) = (0.0, 0.0);
        for signal in Signal::ALL {
            if let Some(value) = values.get(signal) {
                let weight = self.of(signal);
                points += weight.abs() * counted(f64::from(value), weight);
                sum += weight.abs();
            }
        }
        if sum > 0.0 { points / sum } else { 0.0 }
    }

    /// Returns what each known signal gives to the score, those that count for nothing left out.
    pub fn contributions(&self, values: &Values) -> Vec<Contribution> {
        let known = |signal: &Signal| values.get(*signal).is_some();
        let signals = || Signal::ALL.into_iter().filter(known);
        let sum: f64 = signals().map(|signal| self.of(signal).abs()).sum();
        let counting = signals().filter(|signal| self.of(*signal) != 0.0);
        let given = counting.map(|signal| Contribution {
            signal,
            value: counted(
                f64::from(values.get(signal).unwrap_or_default()),
                self.of(signal),
            ),
            weight: self.of(signal).abs() / sum,
        });
        given.collect()
    }
}

impl Default for Weights {
    /// Returns the weights of `profiles/default.toml`.
    fn default() -> Self {
        Self::new(&Ranker::built_in().weights).expect("a test holds the built-in weights to Signal")
    }
}

fn counted(value: f64, weight: f64) -> f64 {
    if weight < 0.0 { 1.0 - value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(all: &[(Signal, f64)]) -> Values {
        let mut values = Values::UNKNOWN;
        for (signal, value) in all {
            values.set(*signal, Some(*value));
        }
        values
    }

    fn weights(all: &[(&str, f64)]) -> Weights {
        let all = all
            .iter()
            .map(|(name, weight)| ((*name).to_owned(), *weight));
        Weights::new(&all.collect()).unwrap()
    }

    #[test]
    fn every_signal_has_a_built_in_weight_and_nothing_else_has() {
        let built_in = Ranker::built_in().weights;
        let mut names: Vec<_> = Signal::ALL.map(Signal::name).to_vec();
        names.sort_unstable();
        assert_eq!(built_in.keys().collect::<Vec<_>>(), names);
        assert_eq!(Weights::default(), Weights::new(&built_in).unwrap());
    }

    #[test]
    fn what_is_not_known_leaves_its_weight_to_the_others() {
        let weights = weights(&[("hook", 3.0), ("motion", 1.0)]);
        let both = values(&[(Signal::Hook, 1.0), (Signal::Motion, 0.0)]);
        assert_eq!(weights.score(&both), 0.75);
        assert_eq!(weights.score(&values(&[(Signal::Hook, 1.0)])), 1.0);
        assert_eq!(weights.score(&Values::UNKNOWN), 0.0);
    }

    #[test]
    fn a_weight_below_zero_counts_how_little_there_is() {
        let weights = weights(&[("avoid", -1.0), ("hook", 1.0)]);
        let of = |avoid| weights.score(&values(&[(Signal::Avoid, avoid), (Signal::Hook, 0.5)]));
        assert_eq!((of(0.0), of(1.0)), (0.75, 0.25));
    }

    #[test]
    fn a_weight_for_no_signal_is_refused_by_name() {
        let error = Weights::new(&BTreeMap::from([("hok".to_owned(), 1.0)])).unwrap_err();
        assert_eq!(error.to_string(), "\"hok\" is no signal");
    }

    proptest! {
        #[test]
        fn a_score_is_the_sum_of_its_contributions(
            raw in proptest::collection::vec((0..29_usize, 0.0..=1.0_f64), 1..29), weighed in proptest::collection::vec(-2.0..2.0_f64, 29),
        ) {
            let values = values(&raw.iter().map(|&(slot, value)| (Signal::ALL[slot], value)).collect::<Vec<_>>());
            let names = Signal::ALL.map(Signal::name);
            let weights = weights(&names.into_iter().zip(weighed).collect::<Vec<_>>());
            let score = weights.score(&values);
            let sum: f64 = weights.contributions(&values).iter().map(Contribution::points).sum();
            prop_assert!((score - sum).abs() < 1e-9);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&score));
        }
    }
}
