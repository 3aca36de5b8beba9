//! Which job next: by priority, then longest first; jobs put aside go on when their turn has come. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use crate::settings::Priority;

/// What decides a job's place in the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rank {
    /// Higher goes first.
    pub(crate) priority: Priority,
    /// Seconds that it will take, roughly; only comparisons matter.
    pub(crate) cost: f64,
}

/// Jobs that begin before one that waits rises by one priority: no job waits behind any number of others.
const AGEING: usize = 64;

/// Returns the jobs' positions in the order to do them: by priority, then longest first, then as listed.
///
/// The longest first keeps the last worker from starting a long job when all others are done. With each [`AGEING`] jobs begun
/// those that wait rise by one priority, up to the highest.
pub(crate) fn in_order(ranks: &[Rank]) -> Vec<usize> {
    let mut classes: BTreeMap<Priority, VecDeque<usize>> = BTreeMap::new();
    for slot in by_priority(ranks) {
        let class = classes.entry(ranks[slot].priority).or_default();
        class.push_back(slot);
    }
    let mut order = Vec::with_capacity(ranks.len());
    while order.len() < ranks.len() {
        let risen = order.len() / AGEING;
        // Of the classes that count as the highest now, the one with the longest job; the higher one where they are alike.
        let next = classes.iter().filter_map(|(priority, class)| {
            let level = (*priority as usize + risen).min(Priority::Critical as usize);
            let first = class.front()?;
            Some((level, ranks[*first].cost, *priority))
        });
        let next = next.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let class = next.and_then(|(_, _, priority)| classes.get_mut(&priority));
        order.extend(class.and_then(VecDeque::pop_front));
    }
    order
}

fn by_priority(ranks: &[Rank]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (ranks[a], ranks[b]);
        Reverse(a.priority)
            .cmp(&Reverse(b.priority))
            .then(b.cost.total_cmp(&a.cost))
    });
    order
}

/// The jobs that wait for a worker, by their positions in the manifest; `T` is what is known of one put aside.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    new: VecDeque<usize>,
    /// Those that another process has, in the order to try them again.
    elsewhere: VecDeque<(usize, T)>,
    aside: BTreeMap<usize, T>,
    at_work: usize,
    /// Whether every job is put aside once, so that a worker without work must wait for those of the others.
    all_go_aside: bool,
}

/// What a worker does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// Begin this job.
    Begin(usize),
    /// Go on with this job, which was put aside.
    Resume(usize, T),
    /// Sketch this job, for which one put aside waits.
    Sketch(usize),
    /// Nothing now; there may be something later.
    Wait,
    /// Nothing is left.
    Done,
}

impl<T> Queue<T> {
    /// Returns a queue that hands out `order` from its front.
    pub(crate) fn new(order: Vec<usize>, all_go_aside: bool) -> Self {
        Self {
            new: order.into(),
            elsewhere: VecDeque::new(),
            aside: BTreeMap::new(),
            at_work: 0,
            all_go_aside,
        }
    }

    /// Takes the next job: one put aside that is `ready`, the first of the manifest first, else a new one.
    ///
    /// Before a new job begins the one is sketched that `to_sketch` names for those put aside. Where no new one is left, those
    /// are tried again that another process had.
    pub(crate) fn next(
        &mut self,
        ready: impl Fn(usize) -> bool,
        to_sketch: impl FnOnce(&mut dyn Iterator<Item = usize>) -> Option<usize>,
    ) -> Next<T> {
        let resumed = self.aside.keys().copied().find(|job| ready(*job));
        if let Some((job, kept)) = resumed.and_then(|job| self.aside.remove_entry(&job)) {
            self.at_work += 1;
            return Next::Resume(job, kept);
        }
        if let Some(job) = to_sketch(&mut self.aside.keys().copied()) {
            return Next::Sketch(job);
        }
        if let Some(job) = self.new.pop_front() {
            self.at_work += 1;
            return Next::Begin(job);
        }
        if let Some((job, kept)) = self.elsewhere.pop_front() {
            self.at_work += 1;
            return Next::Resume(job, kept);
        }
        let more = self.all_go_aside && self.at_work > 0;
        if self.aside.is_empty() && !more {
            Next::Done
        } else {
            Next::Wait
        }
    }

    /// Puts a job aside that a worker had.
    pub(crate) fn put_aside(&mut self, job: usize, kept: T) {
        self.at_work -= 1;
        self.aside.insert(job, kept);
    }

    /// Puts a job back that another process has.
    pub(crate) fn put_back(&mut self, job: usize, kept: T) {
        self.at_work -= 1;
        self.elsewhere.push_back((job, kept));
    }

    /// Takes note that a worker is done with a job.
    pub(crate) fn finish(&mut self) {
        self.at_work -= 1;
    }

    /// Gives up all jobs that no worker has, and returns them.
    pub(crate) fn give_up(&mut self) -> Vec<usize> {
        let new = std::mem::take(&mut self.new);
        let aside = std::mem::take(&mut self.aside);
        let elsewhere = std::mem::take(&mut self.elsewhere);
        let elsewhere = elsewhere.into_iter().map(|(job, _)| job);
        new.into_iter()
            .chain(elsewhere)
            .chain(aside.into_keys())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Nobody is to be sketched.
    fn none(_: &mut dyn Iterator<Item = usize>) -> Option<usize> {
        None
    }

    fn rank(priority: Priority, cost: f64) -> Rank {
        Rank { priority, cost }
    }

    #[test]
    fn priority_decides_before_length_and_length_before_place() {
        let jobs = [
            rank(Priority::Low, 90.0),
            rank(Priority::Normal, 1.0),
            rank(Priority::High, 1.0),
            rank(Priority::Normal, 5.0),
            rank(Priority::Normal, 5.0),
        ];
        assert_eq!(in_order(&jobs), [2, 3, 4, 1, 0]);
    }

    #[test]
    fn a_job_of_low_priority_waits_for_no_more_than_three_times_the_ageing() {
        let mut jobs = vec![rank(Priority::Critical, 1.0); 1000];
        jobs.push(rank(Priority::Low, 5.0));
        jobs.push(rank(Priority::High, 3.0));
        let order = in_order(&jobs);
        let place = |job: usize| order.iter().position(|other| *other == job).unwrap();
        assert_eq!((place(1001), place(1000)), (AGEING, 3 * AGEING));
        assert_eq!((place(0), place(999)), (0, 1001));
    }

    #[test]
    fn a_job_put_aside_goes_on_before_a_new_one_begins_once_it_is_ready() {
        let mut queue = Queue::new(vec![2, 0, 1], false);
        assert_eq!(queue.next(|_| false, none), Next::Begin(2));
        queue.put_aside(2, "two");
        assert_eq!(queue.next(|_| false, none), Next::Begin(0));
        assert_eq!(queue.next(|job| job == 2, none), Next::Resume(2, "two"));
        assert_eq!(queue.next(|_| false, none), Next::Begin(1));
        assert_eq!(queue.next(|_| false, none), Next::Done);
    }

    #[test]
    fn one_who_holds_up_those_put_aside_is_sketched_before_a_new_job_begins() {
        let mut queue = Queue::new(vec![0, 2, 1], false);
        assert_eq!(queue.next(|_| false, none), Next::Begin(0));
        assert_eq!(queue.next(|_| false, none), Next::Begin(2));
        queue.put_aside(2, ());
        let asked = |aside: &mut dyn Iterator<Item = usize>| {
            assert_eq!(aside.collect::<Vec<_>>(), [2]);
            Some(0)
        };
        assert_eq!(queue.next(|_| false, asked), Next::Sketch(0));
        assert_eq!(queue.next(|_| true, asked), Next::Resume(2, ()));
        assert_eq!(queue.next(|_| false, none), Next::Begin(1));
    }

    #[test]
    fn a_worker_waits_while_a_job_put_aside_is_not_ready() {
        let mut queue = Queue::new(vec![0], false);
        assert_eq!(queue.next(|_| false, none), Next::Begin(0));
        queue.put_aside(0, ());
        assert_eq!(queue.next(|_| false, none), Next::Wait);
        assert_eq!(queue.give_up(), [0]);
        assert_eq!(queue.next(|_| false, none), Next::Done);
    }

    #[test]
    fn a_job_that_another_process_has_is_tried_again_after_the_new_ones() {
        let mut queue = Queue::new(vec![0, 1], false);
        assert_eq!(queue.next(|_| false, none), Next::Begin(0));
        queue.put_back(0, "kept");
        assert_eq!(queue.next(|_| false, none), Next::Begin(1));
        assert_eq!(queue.next(|_| false, none), Next::Resume(0, "kept"));
        queue.put_back(0, "kept");
        assert_eq!(queue.give_up(), [0]);
    }

    #[test]
    fn where_every_job_goes_aside_a_worker_waits_for_those_of_the_others() {
        let mut queue = Queue::new(vec![0], true);
        assert_eq!(queue.next(|_| false, none), Next::Begin(0));
        assert_eq!(queue.next(|_| false, none), Next::Wait);
        queue.put_aside(0, ());
        assert_eq!(queue.next(|_| true, none), Next::Resume(0, ()));
        queue.finish();
        assert_eq!(queue.next(|_| true, none), Next::Done);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_waits_behind_a_lesser_job(raw in proptest::collection::vec((0..4_usize, 0.0..100.0_f64), 0..60)) {
            const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Critical];
            let jobs: Vec<_> = raw.iter().map(|&(p, cost)| rank(ALL[p], cost)).collect();
            let order = in_order(&jobs);
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
