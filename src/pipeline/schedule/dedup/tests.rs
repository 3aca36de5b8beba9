use std::collections::BTreeSet;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::pipeline::schedule::queue::{Next, Queue};
use crate::timeline::Timestamp;

fn range(start: i64) -> TimeRange {
    let at = |second| Timestamp::new(second, 1).unwrap();
    TimeRange::new(at(start), at(start + 20)).unwrap()
}

fn prints(moments: &[u64]) -> Vec<Fingerprint> {
    let print = |number: &u64| Fingerprint::of_noise(*number);
    moments.iter().map(print).collect()
}

/// The moments of each job by number; none for one that fails.
type Jobs = Vec<Option<Vec<u64>>>;

/// Does the jobs in any order with so many workers, as the real workers do, and returns what each delivers.
fn run(jobs: &Jobs, order: Vec<usize>, workers: usize) -> Vec<Vec<u64>> {
    let dedup = Dedup::new(jobs.len(), None);
    let queue = Mutex::new(Queue::<()>::new(order, false));
    let done = Mutex::new(vec![Vec::new(); jobs.len()]);
    let work = || {
        loop {
            let next = queue.lock().unwrap().next(|job| dedup.has_turn(job));
            let (job, is_new) = match next {
                Next::Begin(job) => (job, true),
                Next::Resume(job, ()) => (job, false),
                Next::Wait => {
                    std::thread::yield_now();
                    continue;
                }
                Next::Done => return,
            };
            let mut held = queue.lock().unwrap();
            if is_new && held.has_new() && !dedup.has_turn(job) {
                held.put_aside(job, ());
                continue;
            }
            drop(held);
            if let Some(moments) = &jobs[job] {
                dedup.wait(job, || Ok::<_, ()>(())).unwrap();
                let shown = dedup.shown(job, &prints(moments));
                let new = moments.iter().zip(shown).filter(|(_, by)| by.is_none());
                let kept: Vec<u64> = new.map(|(number, _)| *number).collect();
                dedup.deliver(job, "job", prints(&kept));
                done.lock().unwrap()[job] = kept;
            }
            queue.lock().unwrap().finish();
            dedup.end(job);
        }
    };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    done.into_inner().unwrap()
}

/// What jobs deliver one after the other, in the order of the manifest.
fn expected(jobs: &Jobs) -> Vec<Vec<u64>> {
    let mut taken = BTreeSet::<u64>::new();
    let mut one = |job: &Option<Vec<u64>>| {
        let mut own = job.clone().unwrap_or_default();
        own.retain(|number| !taken.contains(number));
        taken.extend(&own);
        own
    };
    jobs.iter().map(&mut one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn moments_belong_to_the_first_of_the_manifest_whatever_runs_first_and_beside_it(
        raw in proptest::collection::vec(proptest::option::weighted(0.8, proptest::collection::btree_set(0..5_u64, 0..3)), 1..8),
        seed in any::<u64>(), workers in 1..5_usize,
    ) {
        let jobs: Jobs = raw.into_iter().map(|job| job.map(|set| set.into_iter().collect())).collect();
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|job| (*job as u64 + 1).wrapping_mul(seed | 1) >> 7);
        prop_assert_eq!(run(&jobs, order, workers), expected(&jobs));
    }
}

#[test]
fn a_moment_is_named_after_the_clip_that_shows_it() {
    let dedup = Dedup::new(2, None);
    dedup.deliver(0, "talk", prints(&[1, 2]));
    // Tried again it delivers the same, and is not in its own way.
    assert_eq!(dedup.shown(0, &prints(&[2])), [None]);
    dedup.deliver(0, "talk", prints(&[1, 2]));
    assert!(dedup.has_turn(1));
    let shown = dedup.shown(1, &prints(&[3, 2]));
    assert_eq!(shown, [None, Some("clip 2 of talk".into())]);
}

#[test]
fn the_best_are_chosen_when_all_have_offered_or_failed_and_found_by_their_range() {
    let rules = Archive {
        best: 1,
        floor: 0,
        cap: 9,
    };
    let dedup = Dedup::new(3, Some(rules));
    for (job, score) in [(0, 0.4), (2, 0.6)] {
        assert!(!dedup.has_turn(job));
        let offer = Offer {
            range: range(job as i64),
            score,
            fingerprint: Fingerprint::of_noise(job as u64),
        };
        dedup.offer(job, &format!("job {job}"), vec![offer]);
    }
    dedup.end(1);
    assert!((0..3).all(|job| dedup.has_turn(job)));
    assert_eq!(dedup.places(0), [(range(0), Place::Below { best: 1 })]);
    assert_eq!(dedup.places(1), []);
    assert_eq!(dedup.places(2), [(range(2), Place::Best { rank: 1 })]);
}

#[test]
fn one_who_waits_can_be_stopped() {
    let dedup = Dedup::new(2, None);
    assert_eq!(dedup.wait(1, || Err("stopped")), Err("stopped"));
}
