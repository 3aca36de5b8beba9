//! Batch size, measured while the work is done: no sample is run only to measure.

use std::time::Duration;

/// A larger batch is tried while the last doubling made the rate grow by this much.
const WORTH_DOUBLING: f64 = 1.05;
/// The smallest batch whose rate is within this share of the best is kept.
const GOOD_ENOUGH: f64 = 0.95;
/// Full batches measured at each size; the fastest counts, since noise only ever slows.
const TRIALS: usize = 2;

/// Says how many samples the next batch should hold.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchSizer {
    size: usize,
    ceiling: usize,
    state: State,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Settled,
    Measuring {
        seen: usize,
        best: f64,
        rates: Vec<(usize, f64)>,
    },
}

impl BatchSizer {
    /// Returns a sizer that always says `size`, less only when it did not fit.
    pub fn fixed(size: usize) -> Self {
        let size = size.max(1);
        Self {
            size,
            ceiling: size,
            state: State::Settled,
        }
    }

    /// Returns a sizer that starts at one sample and doubles up to `ceiling` while that pays.
    pub fn measured(ceiling: usize) -> Self {
        let state = State::Measuring {
            seen: 0,
            best: 0.0,
            rates: Vec::new(),
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

    /// Returns the size once it is known, to be stored for the next run.
    pub fn settled(&self) -> Option<usize> {
        (self.state == State::Settled).then_some(self.size)
    }

    /// Takes note of a batch that ran; smaller ones than asked for tell nothing.
    pub fn record(&mut self, samples: usize, took: Duration) {
        let State::Measuring { seen, best, .. } = &mut self.state else {
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
        self.ceiling = (samples / 2).max(1);
        self.size = self.ceiling;
        if let State::Measuring { rates, .. } = &self.state {
            self.size = smallest_good(rates)
                .unwrap_or(self.ceiling)
                .min(self.ceiling);
        }
        self.state = State::Settled;
    }

    fn next_size(&mut self) {
        let State::Measuring { seen, best, rates } = &mut self.state else {
            return;
        };
        let grew = rates
            .last()
            .is_none_or(|(_, before)| *best >= before * WORTH_DOUBLING);
        rates.push((self.size, *best));
        if grew && self.size * 2 <= self.ceiling {
            (*seen, *best) = (0, 0.0);
            self.size *= 2;
        } else {
            self.size = smallest_good(rates).unwrap_or(1);
            self.state = State::Settled;
        }
    }
}

fn smallest_good(rates: &[(usize, f64)]) -> Option<usize> {
    let best = rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    rates
        .iter()
        .find(|(_, rate)| *rate >= best * GOOD_ENOUGH)
        .map(|(size, _)| *size)
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
