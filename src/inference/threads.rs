//! Threads of ONNX Runtime: started by us, named, with their processor time counted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ort::environment::ThreadManager;

use super::memory::{owned_by, owner};
use crate::clock::ThreadClock;

/// The clocks of a session's threads.
#[derive(Debug, Clone, Default)]
pub(super) struct Threads {
    clocks: Arc<Mutex<Vec<ThreadClock>>>,
    /// Whether the system refused one.
    refused: Arc<AtomicBool>,
}

impl Threads {
    /// Returns the processor time that the threads have used; ask while the session lives.
    pub(super) fn cpu(&self) -> Duration {
        let clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.iter().map(ThreadClock::read).sum()
    }

    /// Tells whether the system had no thread left for the session.
    pub(super) fn were_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

impl ThreadManager for Threads {
    type Thread = JoinHandle<()>;

    fn create(&self, work: impl FnOnce() + Send + 'static) -> ort::Result<JoinHandle<()>> {
        let clocks = Arc::clone(&self.clocks);
        let owner = owner();
        let run = move || {
            let clock = ThreadClock::of_this_thread();
            clocks
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(clock);
            owned_by(owner, work);
        };
        Builder::new().name("ort".into()).spawn(run).map_err(|e| {
            self.refused.store(true, Ordering::Relaxed);
            ort::Error::new(e.to_string())
        })
    }

    fn join(thread: JoinHandle<()>) -> ort::Result<()> {
        thread
            .join()
            .map_err(|_| ort::Error::new("a thread of the session panicked"))
    }
}
