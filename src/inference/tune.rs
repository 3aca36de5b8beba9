//! Batch size, measured while the work is done: no sample is run only to measure.

use std::time::Duration;

/// A larger batch is tried while the last doubling made the rate grow by this much.
///
/// A run that costs `a + b n` then gives at least 97.5 % of what any batch would.
const WORTH_DOUBLING: f64 = 1.025;
/// The smallest batch whose rate is within this share of the best is kept: with the above, 95 % of what any batch would give.
const GOOD_ENOUGH: f64 = 0.975;
/// Sizes between one that fits and one that does not are tried until they lie this close.
const CLOSE_ENOUGH: f64 = 1.05;
/// Full batches measured at each size; the fastest counts, since noise only ever slows.
const TRIALS: usize = 2;

/// Says how many samples the next batch should hold.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchSizer {
    size: usize,
    ceiling: usize,
    state: SizerState,
}

#[derive(Debug, Clone, PartialEq)]
enum SizerState {
    Settled,
    Measuring {
        seen: usize,
        best: f64,
        rates: Vec<(usize, f64)>,
        /// The smallest size that did not fit.
        refused: Option<usize>,
    },
}

impl BatchSizer {
    /// Returns a sizer that always says `size`, less only when it did not fit.
    pub fn fixed(size: usize) -> Self {
        let size = size.max(1);
        Self {
            size,
            ceiling: size,
            state: SizerState::Settled,
        }
    }

    /// Returns a sizer that starts at one sample and doubles up to `ceiling` while that pays.
    pub fn measured(ceiling: usize) -> Self {
        let state = SizerState::Measuring {
            seen: 0,
            best: 0.0,
            rates: Vec::new(),
            refused: None,
        };
        Self {
            size: 1,
            ceiling: ceiling.max(1),
            state,
        }
    }

    /// Returns the size of the next batch.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the largest size that a batch may come to have.
    pub fn most(&self) -> usize {
        self.ceiling
    }

    /// Returns the size once it is known, to be stored for the next run.
    pub fn settled(&self) -> Option<usize> {
        (self.state == SizerState::Settled).then_some(self.size)
    }

    /// Takes note of a batch that ran; smaller ones than asked for tell nothing.
    pub fn record(&mut self, samples: usize, took: Duration) {
        let SizerState::Measuring { seen, best, .. } = &mut self.state else {
            return;
        };
        if samples != self.size {
            return;
        }
        *seen += 1;
        *best = best.max(samples as f64 / took.as_secs_f64().max(1e-9));
        if *seen == TRIALS {
            self.next_size();
        }
    }

    /// Takes note that `samples` did not fit: no batch will be that large again.
    pub fn shrink(&mut self, samples: usize) {
        self.ceiling = self.ceiling.min(samples.saturating_sub(1)).max(1);
        match &mut self.state {
            // A batch that was filled before the size was known says nothing of it.
            SizerState::Settled if samples > self.size => {}
            SizerState::Settled => {
                self.ceiling = (samples / 2).max(1).min(self.ceiling);
                self.size = self.size.min(self.ceiling);
            }
            SizerState::Measuring {
                seen,
                best,
                rates,
                refused,
            } => {
                (*seen, *best) = (0, 0.0);
                *refused = Some(samples);
                rates.retain(|(size, _)| *size < samples);
                self.between(samples);
            }
        }
    }

    fn next_size(&mut self) {
        let SizerState::Measuring {
            seen,
            best,
            rates,
            refused,
        } = &mut self.state
        else {
            return;
        };
        let grew = rates
            .last()
            .is_none_or(|(_, before)| *best >= before * WORTH_DOUBLING);
        rates.push((self.size, *best));
        (*seen, *best) = (0, 0.0);
        match *refused {
            Some(refused) => self.between(refused),
            None if grew && self.size < self.ceiling => {
                self.size = (self.size * 2).min(self.ceiling);
            }
            None => self.settle(),
        }
    }

    /// Tries the size in the middle between the largest that fits and `refused`, until they lie close.
    fn between(&mut self, refused: usize) {
        let fits = match &self.state {
            SizerState::Measuring { rates, .. } => rates.iter().map(|(size, _)| *size).max(),
            SizerState::Settled => None,
        };
        let middle = match fits {
            Some(fits) => fits + (refused - fits) / 2,
            None => refused / 2,
        };
        let close = fits.is_some_and(|fits| refused as f64 <= fits as f64 * CLOSE_ENOUGH);
        if close || Some(middle) == fits || middle == 0 {
            self.settle();
        } else {
            self.size = middle;
        }
    }

    fn settle(&mut self) {
        if let SizerState::Measuring { rates, .. } = &self.state {
            self.size = smallest_good(rates).unwrap_or(1);
        }
        self.state = SizerState::Settled;
    }
}

fn smallest_good(rates: &[(usize, f64)]) -> Option<usize> {
    let best = rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    let good = rates.iter().filter(|(_, rate)| *rate >= best * GOOD_ENOUGH);
    good.map(|(size, _)| *size).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds a sizer full batches that take `cost(size)` seconds until it settles.
    fn settle(ceiling: usize, cost: impl Fn(usize) -> f64) -> usize {
        let mut sizer = BatchSizer::measured(ceiling);
        for _ in 0..100 {
            let size = sizer.size();
            sizer.record(size, Duration::from_secs_f64(cost(size)));
            if let Some(size) = sizer.settled() {
                return size;
            }
        }
        panic!("never settled");
    }

    #[test]
    fn a_device_that_gains_nothing_from_batches_gets_one_sample_at_a_time() {
        assert_eq!(settle(64, |size| size as f64), 1);
    }

    #[test]
    fn a_device_with_a_fixed_cost_gets_the_smallest_batch_near_its_best() {
        assert_eq!(settle(64, |size| 1.0 + 0.1 * size as f64), 64);
        assert_eq!(settle(48, |size| 1.0 + 0.1 * size as f64), 48);
        assert_eq!(settle(1024, |size| (size as f64).max(16.0)), 16);
    }

    #[test]
    fn a_partly_filled_batch_tells_nothing() {
        let mut sizer = BatchSizer::measured(8);
        (0..2).for_each(|_| sizer.record(1, Duration::from_secs(1)));
        assert_eq!(sizer.size(), 2);
        sizer.record(1, Duration::from_millis(1));
        assert_eq!(sizer.size(), 2);
    }

    #[test]
    fn a_batch_that_did_not_fit_is_never_tried_again() {
        let mut sizer = BatchSizer::fixed(32);
        sizer.shrink(32);
        assert_eq!((sizer.size(), sizer.settled()), (16, Some(16)));
    }

    proptest! {
        #[test]
        fn the_size_settles_within_a_twentieth_of_the_best_batch_of_a_sweep(
            fixed in 0.0..50.0_f64, each in 0.01..2.0_f64, fits in 1..200_usize, ceiling in 1..200_usize,
        ) {
            let cost = |size: usize| fixed + each * size as f64;
            let mut sizer = BatchSizer::measured(ceiling);
            for _ in 0..200 {
                let size = sizer.size();
                if size > fits { sizer.shrink(size) } else { sizer.record(size, Duration::from_secs_f64(cost(size))) }
            }
            let rate = |size: usize| size as f64 / cost(size);
            let best = (1..=fits.min(ceiling)).map(rate).fold(0.0, f64::max);
            let found = sizer.settled().expect("enough batches to settle");
            prop_assert!(found <= fits.min(ceiling));
            prop_assert!(rate(found) >= 0.95 * best, "{found}: {} of {best}", rate(found));
        }

        #[test]
        fn the_size_stays_between_one_and_the_ceiling(ceiling in 1..300_usize, costs in proptest::collection::vec(1..10_000_u64, 1..64)) {
            let mut sizer = BatchSizer::measured(ceiling);
            for cost in costs {
                prop_assert!((1..=ceiling).contains(&sizer.size()));
                let size = sizer.size();
                if cost % 17 == 0 { sizer.shrink(size) } else { sizer.record(size, Duration::from_micros(cost)) }
            }
        }
    }
}
