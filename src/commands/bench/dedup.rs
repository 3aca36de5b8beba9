//! De-duplication of synthetic jobs: look-ups and insertions as in a batch, against a scan of all moments.

use std::time::Duration;

use super::rank::forget_peak;
use super::subject::{BenchSubject, Figures};
use crate::clips::dedup::synthetic::Film;
use crate::clips::dedup::{Fingerprint, MomentIndex, same_moment};
use crate::clock::{peak_rss, process_cpu};
use crate::report::bench::{Better, Series};

/// Moments of a job.
const MOMENTS: u64 = 5;
/// The first moment of every so many jobs is a copy of one that a job half as far back delivers.
const PLANTED: u64 = 10;
/// How rough the copies are: 19 bits of 20 are right.
const NOISE: f32 = 1.0;
/// The moments of more jobs are all inserted, but only those of so many are looked up.
const LOOKED_UP: u64 = 2000;
/// Pairs that are compared for the scan.
const PAIRS: u64 = 500;
const MIB: f64 = (1 << 20) as f64;

/// What a measurement has found and what it has cost.
#[derive(Default)]
struct Costs {
    insert: Duration,
    look_up: Duration,
    looked_up: u64,
    planted: u64,
    found: u64,
    wrong: u64,
}

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let jobs = u64::from(subject.dedup_jobs);
    for _ in 0..subject.runs {
        let before = forget_peak();
        let costs = run(jobs);
        let grown = peak_rss().saturating_sub(before) as f64 / MIB;
        let moments = jobs * MOMENTS;
        // Evenly spread over the batch, so that the mean is that of all.
        let look_up = costs.look_up.as_secs_f64() * moments as f64 / costs.looked_up.max(1) as f64;
        let cpu = look_up + costs.insert.as_secs_f64();
        let scan = seconds_of_pair() * moments as f64 * moments as f64 / 2.0;
        table.add(
            "dedup insert cpu",
            "s",
            Better::Lower,
            costs.insert.as_secs_f64(),
        );
        table.add("dedup look-up cpu", "s", Better::Lower, look_up);
        table.add("dedup cpu", "s", Better::Lower, cpu);
        table.add("dedup memory", "MiB", Better::Lower, grown);
        table.add(
            "dedup planted",
            "moments",
            Better::Higher,
            costs.planted as f64,
        );
        table.add("dedup found", "moments", Better::Higher, costs.found as f64);
        table.add("dedup wrong", "moments", Better::Lower, costs.wrong as f64);
        table.add(
            "dedup speed over a scan",
            "times",
            Better::Higher,
            scan / cpu,
        );
    }
    Ok(table.0)
}

/// Looks up and inserts the moments of so many jobs, one after the other.
fn run(jobs: u64) -> Costs {
    let mut index = MomentIndex::new(Some(std::env::temp_dir()));
    let mut costs = Costs::default();
    let is_looked_up = |job: u64| job * LOOKED_UP / jobs != (job + 1) * LOOKED_UP / jobs;
    for job in 0..jobs {
        for slot in 0..MOMENTS {
            let original = original(job, slot).filter(|_| jobs <= LOOKED_UP || is_looked_up(job));
            let print = moment(job, slot, original);
            if jobs <= LOOKED_UP || is_looked_up(job) {
                let begun = process_cpu();
                let same = index.candidates(job as usize, &print).first_same(&print);
                costs.look_up += process_cpu() - begun;
                costs.looked_up += 1;
                costs.planted += u64::from(original.is_some());
                let is_right = same.is_some() && same == original.map(|job| (job as usize, 2));
                costs.found += u64::from(is_right);
                costs.wrong += u64::from(same.is_some() && !is_right);
                if same.is_some() {
                    continue;
                }
            }
            let begun = process_cpu();
            index.insert(job as usize, slot as u32 + 1, print);
            costs.insert += process_cpu() - begun;
        }
    }
    costs
}

/// Returns the job of which a moment is a copy.
fn original(job: u64, slot: u64) -> Option<u64> {
    let is_copy = slot == 0 && job % PLANTED == PLANTED - 1;
    is_copy.then_some(job / 2)
}

/// Returns a moment of 20 to 60 s; a copy shares three quarters with its original, the job's second moment.
fn moment(job: u64, slot: u64, original: Option<u64>) -> Fingerprint {
    let (seed, encoder) = match original {
        Some(original) => (original * MOMENTS + 1, u64::MAX - job),
        None => (job * MOMENTS + slot, job * MOMENTS + slot),
    };
    let rows = 400 + (seed * 7919 % 800) as usize;
    let film = Film {
        sound: true,
        pictures: true,
        seed,
        encoder,
        noise: if original.is_some() {
            NOISE
        } else {
            NOISE / 8.0
        },
        content: encoder.to_le_bytes().to_vec(),
    };
    film.moment(if original.is_some() { rows / 4 } else { 0 }, rows)
}

/// Returns what it costs to compare two moments, in seconds of a processor.
fn seconds_of_pair() -> f64 {
    let prints: Vec<Fingerprint> = (0..2 * PAIRS)
        .map(|number| moment(number, 0, None))
        .collect();
    let begun = process_cpu();
    let same = prints
        .chunks_exact(2)
        .filter(|pair| same_moment(&pair[0], &pair[1]))
        .count();
    std::hint::black_box(same);
    (process_cpu() - begun).as_secs_f64() / PAIRS as f64
}
