use std::collections::BTreeSet;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::analysis::signature::{Signature, SignatureRow};
use crate::clips::Material;
use crate::pipeline::cancel::Cancel;
use crate::pipeline::schedule::handout::{Handout, Task};
use crate::timeline::Timestamp;

fn range(start: i64) -> TimeRange {
    let at = |second| Timestamp::new(second, 1).unwrap();
    TimeRange::new(at(start), at(start + 20)).unwrap()
}

fn prints(moments: &[u64]) -> Vec<Fingerprint> {
    let print = |number: &u64| Fingerprint::of_noise(*number);
    moments.iter().map(print).collect()
}

/// Returns the sound of a moment: 20 s of noise, another for each number.
fn noise_rows(number: u64) -> Vec<SignatureRow> {
    Fingerprint::of_noise(number).heard_rows().to_vec()
}

/// The moments of each job by number; none for one that fails.
type Jobs = Vec<Option<Vec<u64>>>;

/// Returns the sketch of a video of these moments and nothing else.
fn sketch(moments: &[u64]) -> Option<VideoSketch> {
    let rows = moments.iter().flat_map(|number| noise_rows(*number));
    let heard = Signature {
        start: Timestamp::ZERO,
        rows: rows.collect(),
    };
    VideoSketch::of(&Material {
        heard: Some(&heard),
        ..Material::default()
    })
}

fn dedup(jobs: usize, archive: Option<Archive>) -> Dedup {
    Dedup {
        sketch_after: Duration::ZERO,
        ..Dedup::new(jobs, archive, &std::env::temp_dir())
    }
}

/// Does the jobs in any order with so many workers, sketched or not, and returns what each delivers.
fn run(jobs: &Jobs, order: Vec<usize>, workers: usize, sketched: bool) -> Vec<Vec<u64>> {
    let (dedup, cancel) = (dedup(jobs.len(), None), Cancel::default());
    let handout = Handout::new(order, &dedup, &cancel);
    let done = Mutex::new(vec![Vec::new(); jobs.len()]);
    let sketch = |job: usize| sketch(jobs[job].as_ref().filter(|_| sketched)?);
    let choose = |job: usize| {
        if let Some(moments) = &jobs[job] {
            let shown = dedup.shown(job, &prints(moments));
            let new = moments.iter().zip(shown).filter(|(_, by)| by.is_none());
            let kept: Vec<u64> = new.map(|(number, _)| *number).collect();
            dedup.deliver(job, "job", prints(&kept));
            done.lock().unwrap()[job] = kept;
        }
        handout.end(job);
    };
    let work = || {
        while let Some(task) = handout.next() {
            match task {
                Task::Begin(job) => {
                    if !dedup.has_turn(job) {
                        dedup.analysed(job, sketch(job));
                    }
                    if dedup.has_turn(job) {
                        choose(job);
                    } else {
                        handout.put_aside(job, ());
                    }
                }
                Task::Resume(job, ()) => choose(job),
                Task::Sketch(job) => {
                    dedup.sketched(job, sketch(job));
                    handout.look_again();
                }
            }
        }
    };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    assert_eq!(dedup.lock().sketch_bytes, 0, "no sketch is left");
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
        seed in any::<u64>(), workers in 1..5_usize, sketched: bool,
    ) {
        let jobs: Jobs = raw.into_iter().map(|job| job.map(|set| set.into_iter().collect())).collect();
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|job| (*job as u64 + 1).wrapping_mul(seed | 1) >> 7);
        prop_assert_eq!(run(&jobs, order, workers, sketched), expected(&jobs));
    }
}

#[test]
fn a_moment_is_named_after_the_clip_that_shows_it() {
    let dedup = dedup(2, None);
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
    let dedup = dedup(3, Some(rules));
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
    // Whoever has told has, whatever is learnt of its video later.
    dedup.analysed(2, sketch(&[2]));
    assert!((0..3).all(|job| dedup.has_turn(job)));
    assert_eq!(dedup.places(0), [(range(0), Place::Below { best: 1 })]);
    assert_eq!(dedup.places(1), []);
    assert_eq!(dedup.places(2), [(range(2), Place::Best { rank: 1 })]);
}

#[test]
fn a_job_that_shares_nothing_with_a_longer_one_need_not_wait_for_it() {
    for (long, chooses) in [([1, 2, 3], true), ([1, 9, 3], false)] {
        let dedup = dedup(2, None);
        dedup.begin(0);
        dedup.begin(1);
        dedup.analysed(1, sketch(&[8, 9]));
        assert!(!dedup.has_turn(1));
        assert_eq!(dedup.to_sketch(&mut [1].into_iter()), Some(0));
        assert!(dedup.is_sketching(0));
        assert_eq!(dedup.to_sketch(&mut [1].into_iter()), None, "once");
        dedup.sketched(0, sketch(&long));
        assert_eq!(dedup.has_turn(1), chooses);
        dedup.end(0);
        assert!(dedup.has_turn(1));
    }
}

#[test]
fn what_is_not_at_work_or_has_nothing_to_be_known_by_is_waited_for() {
    let dedup = dedup(3, None);
    dedup.begin(2);
    dedup.analysed(2, sketch(&[7]));
    assert_eq!(dedup.to_sketch(&mut [2].into_iter()), None, "not begun");
    dedup.begin(0);
    assert_eq!(dedup.to_sketch(&mut [2].into_iter()), Some(0));
    dedup.sketched(0, None);
    assert!(!dedup.has_turn(2));
    assert_eq!(dedup.to_sketch(&mut [2].into_iter()), None);
    dedup.end(0);
    dedup.analysed(1, None);
    assert!(dedup.has_turn(1) && !dedup.has_turn(2));
}

#[test]
fn a_sketch_that_comes_too_late_changes_nothing() {
    let dedup = dedup(2, None);
    dedup.begin(0);
    dedup.analysed(1, sketch(&[8]));
    assert_eq!(dedup.to_sketch(&mut [1].into_iter()), Some(0));
    dedup.analysed(0, None);
    dedup.sketched(0, sketch(&[1]));
    assert!(
        !dedup.has_turn(1),
        "it was analysed meanwhile, and cannot be known again"
    );
}
