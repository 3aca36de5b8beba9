//! Runs samples in batches, halved when out of memory.

use std::time::Instant;

use super::{BatchSizer, Error, Failure};

/// Runs all samples in order, as many at a time as the sizer says, and returns one row a sample.
///
/// Out of memory halves the batch and runs the same samples again; a single sample that does not fit is an error.
///
/// # Errors
/// What `infer` returned, for the first batch that failed otherwise.
pub fn run_batch<S, R, E: Failure>(
    samples: &[S],
    sizer: &mut BatchSizer,
    mut infer: impl FnMut(&[S]) -> Result<Vec<R>, E>,
) -> Result<Vec<R>, E> {
    let mut rows = Vec::with_capacity(samples.len());
    while rows.len() < samples.len() {
        let rest = &samples[rows.len()..];
        let batch = &rest[..rest.len().min(sizer.size())];
        let begun = Instant::now();
        match infer(batch) {
            Ok(answers) if answers.len() == batch.len() => {
                sizer.record(batch.len(), begun.elapsed());
                rows.extend(answers);
            }
            Ok(answers) => {
                let why = format!("{} answers to {} samples", answers.len(), batch.len());
                return Err(Error::Run(why).into());
            }
            Err(failure) if failure.is_out_of_memory() && batch.len() > 1 => {
                sizer.shrink(batch.len());
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn doubled_when_at_most(fits: usize) -> impl FnMut(&[u32]) -> Result<Vec<u32>, Error> {
        move |batch| {
            if batch.len() > fits {
                return Err(Error::OutOfMemory("too many".into()));
            }
            Ok(batch.iter().map(|s| s * 2).collect())
        }
    }

    #[test]
    fn a_single_sample_that_does_not_fit_is_an_error() {
        let rows = run_batch(&[1, 2], &mut BatchSizer::fixed(2), doubled_when_at_most(0));
        assert!(matches!(rows, Err(Error::OutOfMemory(_))));
    }

    #[test]
    fn a_model_that_swallows_a_sample_is_an_error() {
        let rows = run_batch(&[1, 2], &mut BatchSizer::fixed(2), |_| Ok(vec![0]));
        assert!(matches!(rows, Err(Error::Run(_))));
    }

    proptest! {
        #[test]
        fn every_sample_is_answered_once_and_in_order_whatever_fits(
            samples in proptest::collection::vec(0..1000_u32, 0..200), size in 1..64_usize, fits in 1..64_usize,
        ) {
            let rows = run_batch(&samples, &mut BatchSizer::fixed(size), doubled_when_at_most(fits)).unwrap();
            prop_assert_eq!(rows, samples.iter().map(|s| s * 2).collect::<Vec<_>>());
        }
    }
}
