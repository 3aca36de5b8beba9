//! An open model on a thread of its own, which is given up when a run hangs.

use std::ops::Range;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::client::Request;
use super::model::{Model, ModelPlace};
use super::panics::caught;
use crate::clock::thread_cpu;
use crate::inference;
use crate::pipeline::cancel::Cancel;
use crate::pipeline::faults::Faults;
use crate::pipeline::watchdog::{PATIENCE, Watchdog};

/// How often one who waits for an answer looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A model that is open.
pub(super) struct Runner<M: Model> {
    place: ModelPlace,
    asks: Option<Sender<Ask<M>>>,
    answers: Receiver<ModelAnswer<M>>,
    /// None once the thread hangs.
    thread: Option<JoinHandle<()>>,
}

/// Some of the inputs of a batch, made ready.
pub(super) struct Ask<M: Model> {
    /// The batch.
    pub(super) requests: Arc<Vec<Request<M>>>,
    /// Which of them.
    pub(super) range: Range<usize>,
    /// The same, as the model takes them.
    pub(super) prepared: M::Prepared,
}

/// What a model said.
pub(super) struct ModelAnswer<M: Model> {
    /// In the order of the inputs.
    pub(super) rows: Result<Vec<M::Output>, M::Error>,
    /// Processor time of the thread and of those that helped it.
    pub(super) cpu: Duration,
}

impl<M: Model> Runner<M> {
    /// Starts the thread of a model.
    ///
    /// # Errors
    /// [`inference::Error::OutOfMemory`] when the system has no thread for it.
    pub(super) fn start(model: M, faults: &Arc<Faults>) -> Result<Self, inference::Error> {
        let (asks, inbox) = bounded(0);
        let (outbox, answers) = bounded(1);
        let (place, faults) = (model.place(), Arc::clone(faults));
        let thread = thread::Builder::new()
            .name(M::NAME.to_owned())
            .spawn(move || answer_all(model, &faults, &inbox, &outbox))
            .map_err(|error| inference::Error::OutOfMemory(format!("no thread: {error}")))?;
        Ok(Self {
            place,
            asks: Some(asks),
            answers,
            thread: Some(thread),
        })
    }

    /// Returns where the model runs.
    pub(super) fn place(&self) -> &ModelPlace {
        &self.place
    }

    /// Lets the model answer; when it does not, or the run is aborted meanwhile, it is left behind and answers no more.
    pub(super) fn run(
        &mut self,
        ask: Ask<M>,
        watchdog: &Watchdog,
        cancel: &Cancel,
    ) -> ModelAnswer<M> {
        let answer = match &self.asks {
            Some(asks) if asks.send(ask).is_ok() => self.wait(watchdog, cancel),
            _ => Err(inference::Error::Run("the model's thread is gone".into())),
        };
        answer.unwrap_or_else(|error| {
            watchdog.leave();
            self.thread = None;
            ModelAnswer {
                rows: Err(error.into()),
                cpu: Duration::ZERO,
            }
        })
    }

    /// Waits for an answer as long as there is hope for one.
    fn wait(
        &self,
        watchdog: &Watchdog,
        cancel: &Cancel,
    ) -> Result<ModelAnswer<M>, inference::Error> {
        let begun = Instant::now();
        let mut aborted: Option<Instant> = None;
        loop {
            match self.answers.recv_timeout(LOOK.min(watchdog.limit())) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(inference::Error::Run("the model's thread is gone".into()));
                }
            }
            if cancel.aborted() && aborted.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
                return Err(inference::Error::Cancelled);
            }
            if begun.elapsed() >= watchdog.limit() {
                return Err(inference::Error::Stalled {
                    model: M::NAME.to_owned(),
                    seconds: watchdog.limit().as_secs(),
                });
            }
        }
    }
}

impl<M: Model> Drop for Runner<M> {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            // A session is taken down before the library is: a panic was answered already.
            let _ = thread.join();
        }
    }
}

/// Answers until nobody asks.
fn answer_all<M: Model>(
    mut model: M,
    faults: &Faults,
    inbox: &Receiver<Ask<M>>,
    outbox: &Sender<ModelAnswer<M>>,
) {
    while let Ok(ask) = inbox.recv() {
        let (own, helpers) = (thread_cpu(), model.helpers_cpu());
        let inputs = ask.requests[ask.range].iter();
        let inputs: Vec<&M::Input> = inputs.map(|request| &request.input).collect();
        let rows = match faults.of_run(M::NAME) {
            Some(fault) => Err(fault.into()),
            None => caught(|| inference::owned_by(M::NAME, || model.run(&inputs, ask.prepared))),
        };
        drop(inputs);
        drop(ask.requests);
        let helped = model.helpers_cpu().saturating_sub(helpers);
        let cpu = thread_cpu().saturating_sub(own) + helped;
        // Who asked may have given up.
        let _ = outbox.send(ModelAnswer { rows, cpu });
    }
}
