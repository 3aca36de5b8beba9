//! What the threads that own models have in common: what they say of themselves and of their work.

use std::time::Duration;

use crossbeam_channel::Sender;

use crate::clock::thread_cpu;
use crate::inference::Session;
use crate::report::{Event, Level};

/// What some work took.
pub(super) struct Spent {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    /// Time without work before it.
    pub(super) wait: Duration,
}

/// Returns the processor time of this thread and of those that help it with its sessions.
pub(super) fn cpu_of<'s>(sessions: impl IntoIterator<Item = &'s Session>) -> Duration {
    let helpers: Duration = sessions.into_iter().map(Session::helpers_cpu).sum();
    thread_cpu() + helpers
}

/// Says where a model runs, and why there.
pub(super) fn announce(model: &str, session: &Session, events: &Sender<Event>) {
    let text = format!("{model} runs on {}", session.reason());
    let (level, job) = (Level::Debug, None);
    let _ = events.send(Event::Message { level, job, text });
}

/// Reports a batch of `size` that a model ran.
pub(super) fn tell_batch(
    model: &str,
    session: &Session,
    size: usize,
    spent: &Spent,
    events: &Sender<Event>,
) {
    let _ = events.send(Event::BatchDone {
        model: model.into(),
        device: session.device().to_string(),
        size,
        rate: size as f64 / spent.wall.as_secs_f64().max(1e-9),
    });
}
