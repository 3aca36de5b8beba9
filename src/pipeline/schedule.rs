//! Which job next: pure, but for one counter.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::settings::Priority;

/// What decides a job's place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weight {
    /// Higher goes first.
    pub(super) priority: Priority,
    /// Seconds that it will take, roughly; only comparisons matter.
    pub(super) cost: f64,
}

/// Returns the jobs' positions in the order to do them: by priority, then longest first, then as listed.
///
/// The longest first keeps the last worker from starting a long job when all others are done.
pub(super) fn order(weights: &[Weight]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (weights[a], weights[b]);
        Reverse(a.priority)
            .cmp(&Reverse(b.priority))
            .then(b.cost.total_cmp(&a.cost))
    });
    order
}

/// Hands out jobs to workers, each once.
#[derive(Debug)]
pub(super) struct Queue {
    order: Vec<usize>,
    taken: AtomicUsize,
}

impl Queue {
    /// Returns a queue that hands out `order` from its front.
    pub(super) fn new(order: Vec<usize>) -> Self {
        Self {
            order,
            taken: AtomicUsize::new(0),
        }
    }

    /// Takes the next job and returns its place in the queue and the job; `None` when all are taken.
    pub(super) fn take(&self) -> Option<(usize, usize)> {
        let place = self.taken.fetch_add(1, Ordering::Relaxed);
        Some((place, *self.order.get(place)?))
    }

    /// Tells whether all jobs are taken.
    pub(super) fn is_empty(&self) -> bool {
        self.left().is_empty()
    }

    /// Returns the jobs that nobody took.
    pub(super) fn left(&self) -> &[usize] {
        let taken = self.taken.load(Ordering::Relaxed).min(self.order.len());
        &self.order[taken..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weight(priority: Priority, cost: f64) -> Weight {
        Weight { priority, cost }
    }

    #[test]
    fn priority_decides_before_length_and_length_before_place() {
        let jobs = [
            weight(Priority::Low, 90.0),
            weight(Priority::Normal, 1.0),
            weight(Priority::High, 1.0),
            weight(Priority::Normal, 5.0),
            weight(Priority::Normal, 5.0),
        ];
        assert_eq!(order(&jobs), [2, 3, 4, 1, 0]);
    }

    #[test]
    fn every_job_is_taken_once_by_whoever_asks() {
        let queue = Queue::new((0..1000).collect());
        let taken: Vec<Vec<usize>> = std::thread::scope(|scope| {
            let taker = || std::iter::from_fn(|| queue.take().map(|(_, job)| job)).collect();
            let takers: Vec<_> = (0..4).map(|_| scope.spawn(taker)).collect();
            takers
                .into_iter()
                .map(|taker| taker.join().unwrap())
                .collect()
        });
        let mut all = taken.concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
        assert!(queue.left().is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_waits_behind_a_lesser_job(raw in proptest::collection::vec((0..4_usize, 0.0..100.0_f64), 0..60)) {
            const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Critical];
            let jobs: Vec<_> = raw.iter().map(|&(p, cost)| weight(ALL[p], cost)).collect();
            let order = order(&jobs);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..jobs.len()).collect::<Vec<_>>());
            for pair in order.windows(2) {
                let (a, b) = (jobs[pair[0]], jobs[pair[1]]);
                prop_assert!(a.priority > b.priority || (a.priority == b.priority && a.cost >= b.cost));
            }
        }
    }
}
