//! Threads of ONNX Runtime: started by us, named, with their processor time counted.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ort::environment::ThreadManager;

use crate::clock::ThreadClock;

/// The clocks of a session's threads.
#[derive(Debug, Clone, Default)]
pub(super) struct Threads(Arc<Mutex<Vec<ThreadClock>>>);

impl Threads {
    /// Returns the processor time that the threads have used; ask while the session lives.
    pub(super) fn cpu(&self) -> Duration {
        let clocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.iter().map(ThreadClock::read).sum()
    }
}

impl ThreadManager for Threads {
    type Thread = JoinHandle<()>;

    fn create(&self, work: impl FnOnce() + Send + 'static) -> ort::Result<JoinHandle<()>> {
        let clocks = Arc::clone(&self.0);
        let run = move || {
            let clock = ThreadClock::of_this_thread();
            clocks
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(clock);
            work();
        };
        Builder::new()
            .name("ort".into())
            .spawn(run)
            .map_err(|e| ort::Error::new(e.to_string()))
    }

    fn join(thread: JoinHandle<()>) -> ort::Result<()> {
        thread
            .join()
            .map_err(|_| ort::Error::new("a thread of the session panicked"))
    }
}
