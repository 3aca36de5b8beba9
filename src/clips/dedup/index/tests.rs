use super::super::synthetic::Film;
use super::*;

/// Rows of a moment: 20 s.
const ROWS: usize = 400;

fn film(seed: u64) -> Film {
    Film {
        sound: true,
        pictures: true,
        seed,
        encoder: seed,
        noise: 0.05,
        content: seed.to_le_bytes().to_vec(),
    }
}

/// Returns an index of so many moments, each of a film of its own and a job of its own.
fn index(count: usize, postings: usize) -> MomentIndex {
    let mut index = MomentIndex::with_memory(None, postings);
    let prints: Vec<Fingerprint> = (0..count as u64)
        .into_par_iter()
        .map(|seed| film(seed).moment(0, ROWS))
        .collect();
    prints
        .into_iter()
        .enumerate()
        .for_each(|(job, print)| index.insert(job, 1, print));
    index
}

/// Returns how many of so many films are found again, by segments of copies that share some rows, and how many are there to
/// be found.
fn found(
    index: &MomentIndex,
    films: u64,
    film: impl Fn(u64) -> Film + Sync,
    shared: usize,
    noise: f32,
) -> (usize, usize) {
    let one = |number: u64| {
        let original = film(number);
        let copy = Film {
            encoder: number ^ 1 << 40,
            noise,
            content: vec![7],
            ..original
        };
        let print = copy.moment(ROWS - shared, ROWS);
        let moment = index
            .candidates(usize::MAX, &print)
            .all
            .iter()
            .any(|candidate| {
                candidate.job as u64 == number
                    && index
                        .spool
                        .reader()
                        .read(&candidate.print)
                        .is_some_and(|other| {
                            candidate.offsets.is_empty()
                                || agree_at(&print, &other, candidate.offsets.iter().copied())
                        })
            });
        let is_there = agree_at(
            &print,
            &film(number).moment(0, ROWS),
            [-((ROWS - shared) as i64)].into_iter(),
        );
        (usize::from(moment && is_there), usize::from(is_there))
    };
    (0..films)
        .into_par_iter()
        .map(one)
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Returns the index of so many films and their copies' chances: films of which sound and pictures are known.
fn check(films: usize, postings: usize, cases: &[(f32, usize, f64)]) {
    let index = index(films, postings);
    for &(noise, shared, least) in cases {
        let (found, there) = found(&index, films as u64, film, shared, noise);
        let share = found as f64 / there as f64;
        assert!(
            there * 10 > films * 9 && share >= least,
            "noise {noise}, {shared} rows: {found} of {there}"
        );
    }
}

#[test]
fn copies_that_share_most_of_a_moment_are_found_however_rough_and_good_ones_by_a_few_seconds() {
    // 19 bits of 20 are right under a noise of 1, nine of ten under one of 1.4; half as much is a good encoder's.
    check(
        90,
        POSTINGS_BYTES,
        &[
            (0.4, 80, 0.999),
            (0.6, 160, 0.999),
            (1.0, 400, 0.999),
            (1.4, 400, 0.999),
        ],
    );
}

#[test]
fn good_copies_of_whole_moments_are_found_when_the_memory_holds_a_tenth() {
    check(100, 200_000, &[(0.4, 400, 0.9)]);
}
