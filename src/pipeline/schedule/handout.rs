//! Hands the jobs of a run out to its workers, until none is left or none may begin.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::dedup::Dedup;
use super::queue::{Next, Queue};
use crate::clock::await_input;
use crate::pipeline::cancel::Cancel;

/// How often one who waits for a job looks whether the run is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The queue of a run as its workers see it; `T` is what is kept of a job put aside.
pub(crate) struct Handout<'a, T> {
    dedup: &'a Dedup,
    cancel: &'a Cancel,
    queue: Mutex<Queue<T>>,
    moved: Condvar,
}

/// What a worker is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task<T> {
    /// Begin this job.
    Begin(usize),
    /// Go on with this job, whose turn to choose has come.
    Resume(usize, T),
    /// Sketch the video of this job, which another worker has.
    Sketch(usize),
}

impl<'a, T> Handout<'a, T> {
    /// Returns the handout of jobs in this order.
    pub(crate) fn new(order: Vec<usize>, dedup: &'a Dedup, cancel: &'a Cancel) -> Self {
        Self {
            dedup,
            cancel,
            queue: Mutex::new(Queue::new(order, dedup.archive().is_some())),
            moved: Condvar::new(),
        }
    }

    /// Takes the next task; waits where there will be one later.
    pub(crate) fn next(&self) -> Option<Task<T>> {
        let mut queue = self.lock();
        loop {
            if self.cancel.draining() {
                return None;
            }
            let next = queue.next(
                |slot| self.dedup.has_turn(slot),
                |aside| self.dedup.to_sketch(aside),
            );
            match next {
                Next::Begin(slot) => {
                    self.dedup.begin(slot);
                    return Some(Task::Begin(slot));
                }
                Next::Resume(slot, kept) => return Some(Task::Resume(slot, kept)),
                Next::Sketch(slot) => return Some(Task::Sketch(slot)),
                Next::Done => return None,
                Next::Wait => queue = self.wait(queue, LOOK),
            }
        }
    }

    /// Gives up all jobs that no worker has, and returns them.
    pub(crate) fn give_up(&self) -> Vec<usize> {
        let given_up = self.lock().give_up();
        given_up.iter().for_each(|slot| self.dedup.end(*slot));
        given_up
    }

    /// Puts a job aside until its turn has come.
    pub(crate) fn put_aside(&self, slot: usize, kept: T) {
        self.lock().put_aside(slot, kept);
        self.moved.notify_all();
    }

    /// Puts a job back that another process has, and waits a moment where it was tried before.
    pub(crate) fn put_back(&self, slot: usize, kept: T, is_again: bool) {
        self.lock().put_back(slot, kept);
        self.moved.notify_all();
        if is_again {
            self.pause(LOOK);
        }
    }

    /// Takes note that a job has ended, however.
    pub(crate) fn end(&self, slot: usize) {
        self.lock().finish();
        self.dedup.end(slot);
        self.moved.notify_all();
    }

    /// Wakes the workers that wait: a turn may have come.
    pub(crate) fn look_again(&self) {
        self.moved.notify_all();
    }

    /// Waits; returns whether the run still goes on.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        let mut queue = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.cancel.draining() {
                return false;
            }
            if left.is_zero() {
                return true;
            }
            queue = self.wait(queue, left.min(LOOK));
        }
    }

    fn wait<'q>(
        &self,
        queue: MutexGuard<'q, Queue<T>>,
        longest: Duration,
    ) -> MutexGuard<'q, Queue<T>> {
        let woken = await_input(|| self.moved.wait_timeout(queue, longest));
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        // Whole at every step, whoever panicked while holding it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
