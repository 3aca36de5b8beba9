//! Retries: a failure that may pass is tried again after a pause, a bounded number of times. Pure but for its closures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::outcome::{Severity, panic_text, severity};
use crate::report::Warning;

/// The pause before the first retry; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often and after what pause a job is tried again.
pub(crate) struct RetryPolicy<'a> {
    /// Retries after the first attempt.
    pub(crate) retries: u32,
    /// Keeps jobs that failed together from retrying together.
    pub(crate) seed: u64,
    /// Waits; returns whether the run still goes on.
    pub(crate) pause: &'a dyn Fn(Duration) -> bool,
    /// Tells people, and why.
    pub(crate) tell: &'a dyn Fn(&anyhow::Error, Warning),
}

impl RetryPolicy<'_> {
    /// Makes attempts, counted on from `attempts`, until one goes well, fails for good or no retry is left.
    ///
    /// A panic is a failure for good. `attempts` is the number of the last attempt afterwards.
    ///
    /// # Errors
    /// Those of the last attempt.
    pub(crate) fn run<T>(
        &self,
        attempts: &mut u32,
        mut attempt: impl FnMut(u32) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        loop {
            let error = match caught(|| attempt(*attempts)) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let may_pass = severity(&error) == Severity::Transient;
            if !may_pass || *attempts > self.retries {
                return Err(error);
            }
            let pause = self.pause_after(*attempts);
            let warning = Warning::Retry {
                retry: *attempts,
                retries: self.retries,
                pause,
                reason: format!("{error:#}"),
            };
            (self.tell)(&error, warning);
            if !(self.pause)(pause) {
                return Err(error);
            }
            *attempts += 1;
        }
    }

    /// Returns the pause after so many attempts: doubled each time, a quarter more or less.
    fn pause_after(&self, attempts: u32) -> Duration {
        let doubled = FIRST_PAUSE * 2_u32.saturating_pow(attempts.saturating_sub(1).min(8));
        let mixed = self
            .seed
            .wrapping_add(u64::from(attempts))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let share = (mixed >> 40) as f64 / f64::from(1 << 24);
        doubled.min(LONGEST_PAUSE).mul_f64(0.75 + share / 2.0)
    }
}

/// Runs work that may panic; a panic is a failure.
pub(crate) fn caught<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic_text(&*panic);
        Err(anyhow::anyhow!("panicked: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference;
    use crate::pipeline::outcome::InputChanged;
    use std::cell::RefCell;

    /// Runs `attempt` with so many retries; returns the result, the number of attempts and the pauses.
    fn run(
        retries: u32,
        first: u32,
        attempt: impl FnMut(u32) -> anyhow::Result<u32>,
    ) -> (anyhow::Result<u32>, u32, Vec<f64>) {
        let pauses = RefCell::new(Vec::new());
        let policy = RetryPolicy {
            retries,
            seed: 7,
            pause: &|pause| {
                pauses.borrow_mut().push(pause.as_secs_f64());
                true
            },
            tell: &|_, _| {},
        };
        let mut attempts = first;
        let result = policy.run(&mut attempts, attempt);
        (result, attempts, pauses.into_inner())
    }

    #[test]
    fn a_transient_failure_is_tried_again_until_it_passes() {
        let (result, attempts, pauses) = run(3, 1, |number| match number {
            3 => Ok(number),
            _ => Err(InputChanged.into()),
        });
        assert_eq!((result.unwrap(), attempts), (3, 3));
        assert!((0.75..=1.25).contains(&pauses[0]) && (1.5..=2.5).contains(&pauses[1]));
    }

    #[test]
    fn retries_end_whatever_was_tried_before_the_job_was_put_aside() {
        let fails = |_| Err(inference::Error::DeviceLost("700".into()).into());
        let (result, attempts, _) = run(2, 1, fails);
        assert!(result.is_err() && attempts == 3);
        let (result, attempts, _) = run(2, 3, fails);
        assert!(result.is_err() && attempts == 3);
    }

    #[test]
    fn a_failure_for_good_and_a_panic_are_not_tried_again() {
        let (result, attempts, pauses) = run(9, 1, |_| anyhow::bail!("no"));
        assert!(result.is_err() && attempts == 1 && pauses.is_empty());
        let (result, attempts, _) = run(9, 1, |_| panic!("broken"));
        assert_eq!(result.unwrap_err().to_string(), "panicked: broken");
        assert_eq!(attempts, 1);
    }

    #[test]
    fn a_run_that_stops_does_not_retry() {
        let policy = RetryPolicy {
            retries: 5,
            seed: 0,
            pause: &|_| false,
            tell: &|_, _| {},
        };
        let mut attempts = 1;
        let result = policy.run(&mut attempts, |_| Err::<(), _>(InputChanged.into()));
        assert!(result.is_err() && attempts == 1);
    }
}
