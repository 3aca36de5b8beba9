//! Sampler: tells once a second what the process uses, and what of its memory is held by whom.

use std::thread::Scope;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::budgets::Memory;
use super::events::Events;
use super::outcome::NoThread;
use super::threads::spawn_named;
use crate::clock;
use crate::report::{Event, HeldBytes, UsageSample};

/// From one sample to the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// Ends the sampler when it is dropped, after one more sample.
pub(crate) struct Sampling {
    _end: Sender<()>,
}

impl Sampling {
    /// Starts to tell what the process uses.
    ///
    /// # Errors
    /// [`NoThread`].
    pub(crate) fn start<'s>(
        scope: &'s Scope<'s, '_>,
        events: &'s Events,
        memory: &'s Memory,
    ) -> Result<Self, NoThread> {
        let (end, ended) = bounded(0);
        spawn_named(scope, "sampler", move || tell(events, memory, &ended))?;
        Ok(Self { _end: end })
    }
}

fn tell(events: &Events, memory: &Memory, ended: &Receiver<()>) {
    loop {
        events.send(Event::Sampled(sample(events, memory)));
        match ended.recv_timeout(INTERVAL) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) | Ok(()) => break,
        }
    }
    events.send(Event::Sampled(sample(events, memory)));
}

fn sample(events: &Events, memory: &Memory) -> UsageSample {
    UsageSample {
        time: events.now(),
        cpu: clock::process_cpu(),
        rss_bytes: clock::resident(),
        held: HeldBytes {
            pictures: (memory.pictures.used() + memory.copies.used()) as u64,
            windows: memory.windows.used() as u64,
            work: memory.work.used() as u64,
            waiting: memory.waiting.used() as u64,
        },
    }
}
