//! Circuit breaker: what does not answer is left alone for a while. Pure.

use std::time::{Duration, Instant};

/// Failures in a row that open it.
const MOST_FAILURES: u32 = 10;
/// What an answer that did not come in time counts: three of them cost a second and a half.
const SILENCE: u32 = 4;
/// How long it stays open.
const PAUSE: Duration = Duration::from_secs(30);

/// How a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The answer said so, or nobody is there.
    Refused,
    /// There was no answer in time.
    Silent,
}

/// Whether something is asked at all.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Tells whether to ask at `now`; after a pause one failure is enough to open it again.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.open_until.is_none_or(|until| now >= until)
    }

    /// Takes note of an answer.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Takes note of a failure at `now`, and tells whether this opened it for the first time since an answer.
    pub(super) fn failed(&mut self, failure: Failure, now: Instant) -> bool {
        self.failures += match failure {
            Failure::Refused => 1,
            Failure::Silent => SILENCE,
        };
        let opens = self.failures >= MOST_FAILURES;
        let is_first = opens && self.open_until.is_none();
        if opens {
            self.open_until = now.checked_add(PAUSE);
        }
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_or_three_silences_open_it_for_half_a_minute() {
        for (failure, count) in [(Failure::Refused, 10), (Failure::Silent, 3)] {
            let (mut breaker, now) = (Breaker::default(), Instant::now());
            for number in 1..=count {
                assert!(breaker.allows(now));
                assert_eq!(breaker.failed(failure, now), number == count);
            }
            assert!(!breaker.allows(now + Duration::from_secs(29)));
            assert!(breaker.allows(now + Duration::from_secs(30)));
        }
    }

    #[test]
    fn after_a_pause_one_failure_opens_it_again_and_is_not_told() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        let opened: Vec<bool> = (0..3)
            .map(|_| breaker.failed(Failure::Silent, now))
            .collect();
        assert_eq!(opened, [false, false, true]);
        let later = now + Duration::from_secs(31);
        assert!(!breaker.failed(Failure::Refused, later));
        assert!(!breaker.allows(later));
    }

    #[test]
    fn an_answer_closes_it() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        assert!((0..9).all(|_| !breaker.failed(Failure::Refused, now)));
        breaker.succeeded();
        assert!(!breaker.failed(Failure::Refused, now));
        assert!(breaker.allows(now));
    }
}
