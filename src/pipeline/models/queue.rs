//! A queue bounded in bytes, from many askers to the server of one model.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often one who waits for room looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// Items in order of arrival, each with its bytes.
#[derive(Debug)]
pub(crate) struct ByteQueue<T> {
    state: Mutex<QueueState<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct QueueState<T> {
    items: VecDeque<(usize, T)>,
    bytes: usize,
    capacity: usize,
    closed: bool,
}

/// Why an item was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused<E> {
    /// The queue is closed: nobody would answer.
    Closed,
    /// The asker had to stop while it waited for room.
    Stopped(E),
}

impl<T> ByteQueue<T> {
    /// Returns an empty queue that holds up to `capacity` bytes.
    pub(crate) fn new(capacity: usize) -> Self {
        let state = QueueState {
            items: VecDeque::new(),
            bytes: 0,
            capacity,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Lets the queue hold up to `capacity` bytes, at least what it holds now.
    pub(crate) fn grow(&self, capacity: usize) {
        let mut state = self.lock();
        state.capacity = state.capacity.max(capacity);
        self.changed.notify_all();
    }

    /// Adds an item, and waits for room before; an empty queue takes an item of any size.
    ///
    /// # Errors
    /// [`Refused::Closed`], or what `check` returned, asked ten times a second.
    pub(crate) fn push<E>(
        &self,
        bytes: usize,
        item: T,
        check: impl Fn() -> Result<(), E>,
    ) -> Result<(), Refused<E>> {
        let mut state = self.lock();
        while !state.closed && state.bytes > 0 && state.bytes + bytes > state.capacity {
            check().map_err(Refused::Stopped)?;
            state = self.wait(state, LOOK);
        }
        if state.closed {
            return Err(Refused::Closed);
        }
        state.bytes += bytes;
        state.items.push_back((bytes, item));
        self.changed.notify_all();
        Ok(())
    }

    /// Takes the first item and up to `size - 1` more that are `alike`; waits for the first, and up to `patience` for the
    /// others. Returns nothing once the queue is closed and empty.
    pub(crate) fn take(
        &self,
        size: usize,
        patience: Duration,
        alike: impl Fn(&T, &T) -> bool,
    ) -> Vec<T> {
        let mut state = self.lock();
        while state.items.is_empty() && !state.closed {
            state = self.wait(state, LOOK);
        }
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let enough = state.count_alike(&alike) >= size || state.is_full();
            if enough || state.closed || left.is_zero() {
                break;
            }
            state = self.wait(state, left);
        }
        let taken = state.take_alike(size, &alike);
        self.changed.notify_all();
        taken
    }

    /// Tells whether the queue takes no more items.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Takes no more items; what is there is still answered.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Closes the queue and drops what nobody will answer.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.bytes = 0;
        let dropped = std::mem::take(&mut state.items);
        drop(state);
        drop(dropped);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, QueueState<T>> {
        // Whole at every step, whoever panicked while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(
        &self,
        state: MutexGuard<'s, QueueState<T>>,
        longest: Duration,
    ) -> MutexGuard<'s, QueueState<T>> {
        let woken = self.changed.wait_timeout(state, longest);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl<T> QueueState<T> {
    fn is_full(&self) -> bool {
        self.bytes >= self.capacity
    }

    fn count_alike(&self, alike: &impl Fn(&T, &T) -> bool) -> usize {
        let Some((_, first)) = self.items.front() else {
            return 0;
        };
        let same = self.items.iter().filter(|(_, item)| alike(first, item));
        same.count()
    }

    fn take_alike(&mut self, size: usize, alike: &impl Fn(&T, &T) -> bool) -> Vec<T> {
        let Some((bytes, first)) = self.items.pop_front() else {
            return Vec::new();
        };
        self.bytes -= bytes;
        let mut taken = vec![first];
        let mut at = 0;
        while taken.len() < size && at < self.items.len() {
            if !alike(&taken[0], &self.items[at].1) {
                at += 1;
                continue;
            }
            if let Some((bytes, item)) = self.items.remove(at) {
                self.bytes -= bytes;
                taken.push(item);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn go_on() -> Result<(), Infallible> {
        Ok(())
    }

    fn queue_of(items: &[u32]) -> ByteQueue<u32> {
        let queue = ByteQueue::new(usize::MAX);
        for item in items {
            queue.push(1, *item, go_on).unwrap();
        }
        queue
    }

    #[test]
    fn a_batch_holds_what_is_alike_and_leaves_the_rest_in_order() {
        let queue = queue_of(&[1, 2, 3, 4, 5, 7]);
        let parity = |a: &u32, b: &u32| a % 2 == b % 2;
        assert_eq!(queue.take(3, Duration::ZERO, parity), [1, 3, 5]);
        assert_eq!(queue.take(9, Duration::ZERO, parity), [2, 4]);
        assert_eq!(queue.take(9, Duration::ZERO, parity), [7]);
    }

    #[test]
    fn one_who_waits_for_room_can_be_stopped() {
        let queue = ByteQueue::new(10);
        queue.push(8, (), go_on).unwrap();
        let refused = queue.push(3, (), || Err("stopped"));
        assert_eq!(refused, Err(Refused::Stopped("stopped")));
    }

    #[test]
    fn an_item_larger_than_the_queue_passes_alone() {
        let queue = ByteQueue::new(10);
        queue.push(100, 1, go_on).unwrap();
        assert_eq!(queue.take(1, Duration::ZERO, |_, _| true), [1]);
    }

    #[test]
    fn a_queue_that_is_abandoned_drops_what_it_holds_and_takes_no_more() {
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let queue = ByteQueue::new(10);
        queue.push(1, sender, go_on).unwrap();
        queue.abandon();
        assert!(receiver.recv().is_err());
        let (late, _) = std::sync::mpsc::channel();
        assert_eq!(queue.push(1, late, go_on).unwrap_err(), Refused::Closed);
        assert!(queue.take(1, Duration::ZERO, |_, _| true).is_empty());
    }

    proptest! {
        #[test]
        fn many_askers_get_every_item_through_once_within_the_bound(
            capacity in 1..60_usize, sizes in proptest::collection::vec(1..20_usize, 1..40), batch in 1..9_usize,
        ) {
            let queue = ByteQueue::new(capacity);
            let count = sizes.len() * 3;
            let mut seen = std::thread::scope(|scope| {
                for asker in 0..3 {
                    let (queue, sizes) = (&queue, &sizes);
                    scope.spawn(move || for (at, bytes) in sizes.iter().enumerate() {
                        queue.push(*bytes, (asker, at), go_on).unwrap();
                        assert!(queue.lock().bytes <= capacity.max(20));
                    });
                }
                let mut seen = Vec::new();
                while seen.len() < count {
                    let taken = queue.take(batch, Duration::ZERO, |_, _| true);
                    assert!((1..=batch).contains(&taken.len()));
                    seen.extend(taken);
                }
                seen
            });
            let in_order = |asker: usize| seen.iter().filter(move |item| item.0 == asker).is_sorted();
            prop_assert!((0..3).all(in_order));
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), count);
        }
    }
}
