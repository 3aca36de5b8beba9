//! Work that may hang: done on a thread of its own, and left behind when it makes no progress.
//!
//! A read from a disk that is gone, a decoder or a model may stop for good, in a call that nothing interrupts. Who waits for
//! such work counts the time without progress, gives it up and goes on; the process ends without what was left behind.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::outcome::{NoThread, Stalled};
use crate::clock::Stopwatch;

/// Items that work may be ahead of those who take them.
const AHEAD: usize = 2;
/// How often one who waits looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How long work has to end by itself when nobody wants it any more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// How long work may make no progress, and how much was left behind.
#[derive(Debug)]
pub struct Watchdog {
    limit: Duration,
    left: AtomicUsize,
}

/// What work on another thread came to.
pub(crate) struct Watched<T> {
    /// What it returned.
    pub(crate) answer: T,
    /// The processor time of its thread.
    pub(crate) cpu: Duration,
}

impl<T, E: Into<anyhow::Error>> Watched<Result<T, E>> {
    /// Returns the work with its answer.
    ///
    /// # Errors
    /// What the work returned instead of one.
    pub(crate) fn answered(self) -> anyhow::Result<Watched<T>> {
        let cpu = self.cpu;
        let answer = self.answer.map_err(Into::into)?;
        Ok(Watched { answer, cpu })
    }
}

impl Watchdog {
    /// Returns a watchdog that gives up work after so long without progress.
    pub fn new(limit: Duration) -> Self {
        let left = AtomicUsize::new(0);
        Self { limit, left }
    }

    /// Tells whether some work was left behind, so that a thread of it may still be in a library.
    pub fn has_left_work(&self) -> bool {
        self.left.load(Ordering::Relaxed) > 0
    }

    /// Returns how long work may make no progress.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Does `work` on a thread of its own and shows `take` each item that it hands over; each is a sign of progress.
    ///
    /// `check` is asked between items. When it or `take` fails, the work is told to break off by the answer to the next item.
    ///
    /// # Errors
    /// [`Stalled`], [`NoThread`], and what `take` and `check` return.
    pub(crate) fn watch<I: Send + 'static, T: Send + 'static>(
        &self,
        name: &'static str,
        check: impl Fn() -> anyhow::Result<()>,
        work: impl FnOnce(&mut dyn FnMut(I) -> ControlFlow<()>) -> T + Send + 'static,
        take: impl FnMut(I) -> anyhow::Result<()>,
    ) -> anyhow::Result<Watched<T>> {
        let (hand, items) = bounded(AHEAD);
        let (end, ended) = bounded(1);
        let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let watch = Stopwatch::start();
            let answer = catch_unwind(AssertUnwindSafe(|| work(&mut |item| offer(&hand, item))));
            let cpu = watch.cpu();
            // Who waited may have given up.
            let _ = end.send(answer.map(|answer| Watched { answer, cpu }));
        });
        spawned.map_err(|error| NoThread(error.to_string()))?;
        let taken = self.take_all(name, items, check, take);
        match (taken, ended.recv_timeout(PATIENCE)) {
            (Ok(()), Ok(Ok(watched))) => Ok(watched),
            (Err(error), Ok(_)) => Err(error),
            (_, Ok(Err(panic))) => resume_unwind(panic),
            (taken, Err(_)) => {
                self.leave();
                taken.and(Err(self.stalled(name).into()))
            }
        }
    }

    /// Notes that a thread is left behind.
    pub(crate) fn leave(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the failure of work that hangs.
    pub(crate) fn stalled(&self, work: &'static str) -> Stalled {
        let limit = self.limit;
        Stalled { work, limit }
    }

    /// Takes items until the work has no more.
    fn take_all<I>(
        &self,
        name: &'static str,
        items: Receiver<I>,
        check: impl Fn() -> anyhow::Result<()>,
        mut take: impl FnMut(I) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut since = Instant::now();
        loop {
            match items.recv_timeout(LOOK.min(self.limit)) {
                Ok(item) => {
                    take(item)?;
                    since = Instant::now();
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {
                    check()?;
                    if since.elapsed() >= self.limit {
                        return Err(self.stalled(name).into());
                    }
                }
            }
        }
    }
}

/// Hands an item over; when nobody takes items any more, the work is to break off.
fn offer<I>(hand: &Sender<I>, item: I) -> ControlFlow<()> {
    match hand.send(item) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::cancel::{Cancel, Stop, Stopped};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    const LIMIT: Duration = Duration::from_millis(30);

    fn go_on() -> anyhow::Result<()> {
        Ok(())
    }

    /// Counts to `end`, as long as somebody listens.
    fn count(end: u32, hand: &mut dyn FnMut(u32) -> ControlFlow<()>) -> u32 {
        (0..end).find(|n| hand(*n).is_break()).unwrap_or(end)
    }

    #[test]
    fn every_item_is_taken_in_order_and_the_answer_returned() {
        let watchdog = Watchdog::new(Duration::from_secs(60));
        let mut taken = Vec::new();
        let take = |item| {
            taken.push(item);
            Ok(())
        };
        let watched = watchdog.watch("count", go_on, |hand| count(100, hand), take);
        assert_eq!(watched.unwrap().answer, 100);
        assert!(taken.into_iter().eq(0..100) && !watchdog.has_left_work());
    }

    #[test]
    fn work_without_progress_is_left_behind_and_named() {
        let watchdog = Watchdog::new(LIMIT);
        let (_held, never) = bounded::<()>(0);
        let hang = move |hand: &mut dyn FnMut(u32) -> ControlFlow<()>| {
            let _ = hand(1);
            let _ = never.recv();
        };
        let mut taken = 0;
        let take = |item| {
            taken += item;
            Ok(())
        };
        let error = watchdog.watch("decode", go_on, hang, take).err().unwrap();
        let expected = Stalled {
            work: "decode",
            limit: LIMIT,
        };
        assert_eq!(error.downcast_ref(), Some(&expected));
        assert!(taken == 1 && watchdog.has_left_work());
    }

    #[test]
    fn slow_takers_do_not_make_work_stall() {
        let watchdog = Watchdog::new(LIMIT);
        let clock = Instant::now();
        let take = |_| {
            let begun = clock.elapsed();
            while clock.elapsed() < begun + 2 * LIMIT {
                thread::yield_now();
            }
            Ok(())
        };
        let watched = watchdog.watch("count", go_on, |hand| count(3, hand), take);
        assert_eq!(watched.unwrap().answer, 3);
    }

    #[test]
    fn a_taker_that_fails_breaks_the_work_off() {
        let watchdog = Watchdog::new(Duration::from_secs(60));
        let broken_off = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&broken_off);
        let work = move |hand: &mut dyn FnMut(u32) -> ControlFlow<()>| {
            seen.store(count(u32::MAX, hand) < 10, Ordering::Relaxed);
        };
        let take = |_| anyhow::bail!("no");
        let error = watchdog.watch("count", go_on, work, take).err().unwrap();
        assert_eq!(error.to_string(), "no");
        assert!(broken_off.load(Ordering::Relaxed) && !watchdog.has_left_work());
    }

    #[test]
    fn a_run_that_stops_does_not_wait_for_work_that_hangs() {
        let watchdog = Watchdog::new(Duration::from_secs(3600));
        let cancel = Cancel::default();
        cancel.abort();
        let stop = Stop::of(&cancel);
        let (_held, never) = bounded::<()>(0);
        let hang = move |_: &mut dyn FnMut(u32) -> ControlFlow<()>| never.recv();
        let stopped = watchdog.watch("read", || stop.check(), hang, |_| Ok(()));
        assert!(stopped.err().unwrap().is::<Stopped>() && watchdog.has_left_work());
    }

    #[test]
    #[should_panic(expected = "planted")]
    fn a_panic_of_the_work_goes_on_in_who_waits() {
        let watchdog = Watchdog::new(Duration::from_secs(60));
        let panics = |_: &mut dyn FnMut(u32) -> ControlFlow<()>| panic!("planted");
        drop(watchdog.watch("count", go_on, panics, |_| Ok(())));
    }
}
