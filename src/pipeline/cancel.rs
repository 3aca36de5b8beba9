//! Stopping early: the first signal drains, the second and SIGQUIT abort, SIGTERM has a deadline.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};

use crate::clock::await_room;
use crate::memory::{MemoryBudget, Permit};

/// A flag that all threads of a run look at between samples.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<CancelState>);

#[derive(Debug, Default)]
struct CancelState {
    draining: AtomicBool,
    aborted: AtomicBool,
    signal: AtomicI32,
    deadline: Mutex<Option<Instant>>,
}

impl Cancel {
    /// Takes no new job; those under way go on.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Stops everything at the next sample.
    pub fn abort(&self) {
        self.drain();
        self.0.aborted.store(true, Ordering::Relaxed);
    }

    /// Tells whether no new job may begin.
    pub fn draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Tells whether work under way must stop: aborted, or past the grace after SIGTERM.
    pub fn aborted(&self) -> bool {
        if !self.draining() {
            return false;
        }
        let deadline = *self
            .0
            .deadline
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.0.aborted.load(Ordering::Relaxed) || deadline.is_some_and(|at| Instant::now() >= at)
    }

    /// Returns the signal that asked for the stop, if one did.
    pub fn signal(&self) -> Option<i32> {
        Some(self.0.signal.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
    }

    fn on_signal(&self, signal: i32, grace: Duration) {
        let again = self.draining();
        let _ = self
            .0
            .signal
            .compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed);
        if signal == SIGTERM {
            let mut deadline = self
                .0
                .deadline
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            deadline.get_or_insert(Instant::now() + grace);
        }
        if again || signal == SIGQUIT {
            self.abort();
        } else {
            self.drain();
        }
    }
}

/// The run was stopped while a job was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped before it was done")]
pub(crate) struct Stopped;

/// A job took longer than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it took longer than job-timeout allows")]
pub(crate) struct TimedOut;

/// Whether one job must stop: with the run, because a part of the job has failed and the others need not go on, or because its
/// time is over.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    cancel: &'a Cancel,
    deadline: Option<Instant>,
    given_up: AtomicBool,
}

impl<'a> Stop<'a> {
    /// Returns the stop of a job in a run.
    pub(crate) fn of(cancel: &'a Cancel) -> Self {
        Self::at(cancel, None)
    }

    /// Returns the stop of a job that has time until `deadline`.
    pub(crate) fn at(cancel: &'a Cancel, deadline: Option<Instant>) -> Self {
        Self {
            cancel,
            deadline,
            given_up: AtomicBool::new(false),
        }
    }

    /// Fails when the work must stop.
    ///
    /// # Errors
    /// [`Stopped`] or [`TimedOut`].
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.cancel.aborted() || self.given_up.load(Ordering::Relaxed) {
            return Err(Stopped.into());
        }
        if self.deadline.is_some_and(|at| Instant::now() >= at) {
            return Err(TimedOut.into());
        }
        Ok(())
    }

    /// Waits until so many bytes are free.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(crate) fn permit(&self, budget: &MemoryBudget, bytes: usize) -> anyhow::Result<Permit> {
        let permit = await_room(|| budget.acquire_unless(bytes, || self.check().is_err()));
        permit.ok_or_else(|| self.check().err().unwrap_or(Stopped.into()))
    }

    /// Does a part of the job; when it fails, the other parts stop.
    ///
    /// # Errors
    /// Those of the part.
    pub(crate) fn unless_given_up<T>(
        &self,
        part: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let result = part();
        if result.is_err() {
            self.given_up.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// Listens for SIGINT, SIGQUIT and SIGTERM until it is dropped.
#[derive(Debug)]
pub struct SignalWatch {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl SignalWatch {
    /// Starts a thread that turns signals into `cancel`; work under way gets `grace` after SIGTERM. `tell` is told at
    /// once whether work under way stops now, by the first signal and by the one that changes that.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn start(
        cancel: &Cancel,
        grace: Duration,
        tell: impl Fn(bool) + Send + 'static,
    ) -> std::io::Result<Self> {
        // A file that grows past its limit is an error of that write, not the end of the program.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        let mut signals = Signals::new([SIGINT, SIGQUIT, SIGTERM])?;
        let handle = signals.handle();
        let cancel = cancel.clone();
        let thread = std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                let mut told = None;
                for signal in signals.forever() {
                    cancel.on_signal(signal, grace);
                    let now = cancel.aborted();
                    if told.replace(now) != Some(now) {
                        tell(now);
                    }
                }
            })?;
        Ok(Self {
            handle,
            thread: Some(thread),
        })
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // It only moves flags: nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_interrupt_drains_and_the_second_aborts() {
        let cancel = Cancel::default();
        assert!(!cancel.draining());
        cancel.on_signal(SIGINT, Duration::ZERO);
        assert!(cancel.draining() && !cancel.aborted());
        cancel.on_signal(SIGINT, Duration::ZERO);
        assert!(cancel.aborted());
        assert_eq!(cancel.signal(), Some(SIGINT));
        let at_once = Cancel::default();
        at_once.on_signal(SIGQUIT, Duration::ZERO);
        assert!(at_once.aborted());
    }

    #[test]
    fn a_job_whose_time_is_over_stops_and_says_so() {
        let cancel = Cancel::default();
        let over = Stop::at(&cancel, Some(Instant::now()));
        assert!(over.check().unwrap_err().is::<TimedOut>());
        let hour = Instant::now() + Duration::from_secs(3600);
        assert!(Stop::at(&cancel, Some(hour)).check().is_ok());
        cancel.abort();
        assert!(over.check().unwrap_err().is::<Stopped>());
    }

    #[test]
    fn a_termination_aborts_when_the_grace_is_over() {
        let patient = Cancel::default();
        patient.on_signal(SIGTERM, Duration::from_secs(3600));
        assert!(patient.draining() && !patient.aborted());
        let hurried = Cancel::default();
        hurried.on_signal(SIGTERM, Duration::ZERO);
        assert!(hurried.aborted());
    }
}
