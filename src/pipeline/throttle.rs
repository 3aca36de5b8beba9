//! Throttle: bytes a second that all jobs together may read.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often one who waits looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);
/// Reading that may be made up for after a pause.
const BURST: Duration = Duration::from_secs(1);

/// A bound on reading, shared by all jobs.
#[derive(Debug)]
pub(crate) struct Throttle {
    begun: Instant,
    /// None where reading is not bounded.
    pace: Option<Mutex<ReadPace>>,
}

/// When what has been read may have been read, at the pace that is allowed. Pure.
#[derive(Debug, Default)]
struct ReadPace {
    /// Bytes a second.
    rate: f64,
    paid_until: Duration,
}

impl ReadPace {
    /// Takes note of `bytes` read at `now`; returns how long to wait before more is.
    fn spend(&mut self, bytes: f64, now: Duration) -> Duration {
        let earliest = now.saturating_sub(BURST);
        let begun = self.paid_until.max(earliest);
        self.paid_until = begun + Duration::from_secs_f64(bytes / self.rate);
        self.paid_until.saturating_sub(now)
    }
}

impl Throttle {
    /// Returns a bound of so many bytes a second, 0 for none.
    pub(crate) fn new(rate: u64) -> Self {
        let pace = |rate: u64| {
            Mutex::new(ReadPace {
                rate: rate as f64,
                ..ReadPace::default()
            })
        };
        Self {
            begun: Instant::now(),
            pace: (rate > 0).then(|| pace(rate)),
        }
    }

    /// Takes note of bytes that were read, and waits until more may be.
    ///
    /// # Errors
    /// What `check` returns, which is asked ten times a second.
    pub(crate) fn spend<E>(&self, bytes: f64, check: impl Fn() -> Result<(), E>) -> Result<(), E> {
        let Some(pace) = &self.pace else {
            return Ok(());
        };
        let now = self.begun.elapsed();
        // Two numbers, whole at every step.
        let wait = pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .spend(bytes, now);
        loop {
            let left = (now + wait).saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            check()?;
            std::thread::sleep(left.min(LOOK));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: f64 = 1e6;

    fn pace() -> ReadPace {
        ReadPace {
            rate: 10.0 * MB,
            ..ReadPace::default()
        }
    }

    #[test]
    fn who_reads_faster_waits_and_who_reads_slower_does_not() {
        let mut pace = pace();
        let second = Duration::from_secs;
        assert_eq!(pace.spend(20.0 * MB, second(0)), second(2));
        assert_eq!(pace.spend(10.0 * MB, second(2)), second(1));
        assert_eq!(pace.spend(5.0 * MB, second(60)), Duration::ZERO);
    }

    #[test]
    fn a_pause_makes_up_for_one_second_and_no_more() {
        let mut pace = pace();
        assert_eq!(
            pace.spend(30.0 * MB, Duration::from_secs(3600)),
            Duration::from_secs(2)
        );
    }

    #[test]
    fn many_readers_together_keep_the_pace() {
        let mut pace = pace();
        let waits = (0..100).map(|_| pace.spend(MB, Duration::ZERO));
        assert_eq!(waits.max(), Some(Duration::from_secs(10)));
    }

    #[test]
    fn who_waits_can_be_stopped_and_who_is_not_bounded_is_not_asked() {
        let stopped = Throttle::new(1).spend(MB, || Err("stopped"));
        assert_eq!(stopped, Err("stopped"));
        let free = Throttle::new(0).spend(MB, || Err("asked"));
        assert_eq!(free, Ok(()));
    }
}
