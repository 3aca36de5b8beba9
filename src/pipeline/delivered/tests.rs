use proptest::prelude::*;

use super::*;
use crate::timeline::{TimeRange, Timestamp};

fn range() -> TimeRange {
    let at = |second| Timestamp::new(second, 1).unwrap();
    TimeRange::new(at(0), at(20)).unwrap()
}

/// The moments of each job by number; none for one that fails.
type Jobs = Vec<Option<Vec<u64>>>;

/// Does the jobs with so many workers and returns what each delivers.
fn run(jobs: &Jobs, workers: usize) -> Vec<Vec<u64>> {
    let delivered = Delivered::new((0..jobs.len()).collect(), None);
    let done = Mutex::new(vec![Vec::new(); jobs.len()]);
    let work = || {
        while let Some(turn) = delivered.next(|| false) {
            let slot = turn.ticket.slot;
            if turn.others_wait() && !turn.has_come() {
                turn.put_aside();
                continue;
            }
            let Some(moments) = &jobs[slot] else { continue };
            turn.wait(|| Ok::<_, ()>(())).unwrap();
            let prints: Vec<Fingerprint> = moments
                .iter()
                .map(|number| Fingerprint::of_noise(*number))
                .collect();
            let shown = turn.shown(&prints);
            let new = moments.iter().zip(prints).zip(shown);
            let new = new.filter(|(_, by)| by.is_none()).map(|(new, _)| new);
            let (kept, prints): (Vec<u64>, Vec<Fingerprint>) = new.unzip();
            turn.deliver("job", prints);
            lock(&done)[slot].extend(kept);
        }
    };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    assert!(delivered.left().is_empty());
    done.into_inner().unwrap()
}

/// What jobs deliver one after the other.
fn expected(jobs: &Jobs) -> Vec<Vec<u64>> {
    let mut taken = std::collections::BTreeSet::<u64>::new();
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
    fn any_number_of_workers_delivers_what_one_does(
        raw in proptest::collection::vec(proptest::option::weighted(0.8, proptest::collection::btree_set(0..5_u64, 0..3)), 1..8),
        workers in 1..5_usize,
    ) {
        let jobs: Jobs = raw.into_iter().map(|job| job.map(|set| set.into_iter().collect())).collect();
        prop_assert_eq!(run(&jobs, workers), expected(&jobs));
    }
}

#[test]
fn a_moment_is_named_after_the_clip_that_shows_it() {
    let delivered = Delivered::new(vec![0, 1], None);
    let first = delivered.next(|| false).unwrap();
    first.deliver(
        "talk",
        vec![Fingerprint::of_noise(1), Fingerprint::of_noise(2)],
    );
    // Tried again it delivers the same, and is not in its own way.
    assert_eq!(first.shown(&[Fingerprint::of_noise(2)]), [None]);
    first.deliver(
        "talk",
        vec![Fingerprint::of_noise(1), Fingerprint::of_noise(2)],
    );
    let second = delivered.next(|| false).unwrap();
    assert!(second.has_come());
    assert_eq!(
        second.shown(&[Fingerprint::of_noise(3), Fingerprint::of_noise(2)]),
        [None, Some("clip 2 of talk".into())]
    );
}

#[test]
fn the_best_are_chosen_when_all_have_offered_or_failed() {
    let rules = Archive {
        best: 1,
        floor: 0,
        cap: 9,
    };
    let delivered = Delivered::new(vec![0, 1, 2], Some(rules));
    for score in [Some(0.4), None, Some(0.6)] {
        let turn = delivered.next(|| false).unwrap();
        assert!(!turn.ticket.again && !turn.has_come());
        let Some(score) = score else { continue };
        let offer = Offer {
            range: range(),
            score,
            fingerprint: Fingerprint::of_noise((score * 10.0) as u64),
        };
        turn.offer(&format!("job {score}"), vec![offer]);
        turn.put_aside();
    }
    let places: Vec<_> = std::iter::from_fn(|| delivered.next(|| false))
        .map(|turn| (turn.ticket.slot, turn.places()))
        .collect();
    let best = vec![Place::Best { rank: 1 }];
    assert_eq!(places, [(0, vec![Place::Below { best: 1 }]), (2, best)]);
}

#[test]
fn a_run_that_is_stopped_ends_without_what_was_put_aside() {
    let delivered = Delivered::new(vec![5, 6, 7, 8], None);
    let first = delivered.next(|| false).unwrap();
    delivered.next(|| false).unwrap().put_aside();
    let third = delivered.next(|| false).unwrap();
    assert!(delivered.next(|| true).is_none());
    drop(first);
    assert!(third.has_come());
    assert_eq!(delivered.left(), [8, 6]);
}

#[test]
fn one_who_waits_can_be_stopped() {
    let delivered = Delivered::new(vec![0, 1], None);
    let _first = delivered.next(|| false).unwrap();
    let second = delivered.next(|| false).unwrap();
    assert_eq!(second.wait(|| Err("stopped")), Err("stopped"));
}
