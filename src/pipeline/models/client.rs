//! The asker's side of a model: inputs out, answers back in the order of asking.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};

use super::model::Model;
use super::queue::{ByteQueue, Refused};
use crate::clock::{await_input, await_room};
use crate::pipeline::cancel::Stop;
use crate::pipeline::outcome::ServerGone;

/// How often one who waits for an answer looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// An input on its way to the server of a model; it goes away when it is answered.
pub(crate) struct Request<M: Model> {
    /// The job that asks.
    pub(crate) job: Arc<str>,
    /// What is asked.
    pub(crate) input: M::Input,
    /// Takes the answer.
    pub(crate) reply: Sender<Result<M::Output, M::Error>>,
}

/// An answer that will come, unless the server is gone.
pub(crate) struct Pending<M: Model>(Receiver<Result<M::Output, M::Error>>);

impl<M: Model> Pending<M> {
    /// Tells whether the answer has come.
    pub(crate) fn is_ready(&self) -> bool {
        !self.0.is_empty()
    }
}

/// One job's connection to a model.
pub(crate) struct Client<'a, M: Model> {
    queue: &'a ByteQueue<Request<M>>,
    job: Arc<str>,
    stop: &'a Stop<'a>,
}

impl<'a, M: Model> Client<'a, M> {
    /// Returns the connection of a job.
    pub(crate) fn new(queue: &'a ByteQueue<Request<M>>, job: &str, stop: &'a Stop<'a>) -> Self {
        let job = job.into();
        Self { queue, job, stop }
    }

    /// Sends an input, and waits for room in the queue before.
    ///
    /// # Errors
    /// That the job must stop, or that the server is gone.
    pub(crate) fn ask(&self, input: M::Input) -> anyhow::Result<Pending<M>> {
        let (reply, answer) = bounded(1);
        let bytes = M::bytes(&input);
        let job = Arc::clone(&self.job);
        let request = Request { job, input, reply };
        let pushed = await_room(|| self.queue.push(bytes, request, || self.stop.check()));
        match pushed {
            Ok(()) => Ok(Pending(answer)),
            Err(Refused::Stopped(stopped)) => Err(stopped),
            Err(Refused::Closed) => Err(gone::<M>()),
        }
    }

    /// Sends an input and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::ask`] and [`Self::wait`].
    pub(crate) fn answer(&self, input: M::Input) -> anyhow::Result<M::Output> {
        let pending = self.ask(input)?;
        self.wait(pending)
    }

    /// Waits for an answer.
    ///
    /// # Errors
    /// What the model says; that the job must stop, or that the server is gone.
    pub(crate) fn wait(&self, pending: Pending<M>) -> anyhow::Result<M::Output> {
        loop {
            match await_input(|| pending.0.recv_timeout(LOOK)) {
                Ok(answer) => return Ok(answer?),
                Err(RecvTimeoutError::Timeout) => self.stop.check()?,
                Err(RecvTimeoutError::Disconnected) => return Err(gone::<M>()),
            }
        }
    }
}

fn gone<M: Model>() -> anyhow::Error {
    ServerGone(M::NAME).into()
}

/// Answers in the order of asking, each with what the asker knows of it.
pub(crate) struct InOrder<'a, M: Model, T> {
    client: Client<'a, M>,
    pending: VecDeque<(T, Pending<M>)>,
    answers: Vec<(T, M::Output)>,
}

impl<'a, M: Model, T> InOrder<'a, M, T> {
    /// Returns a list without answers.
    pub(crate) fn new(client: Client<'a, M>) -> Self {
        Self {
            client,
            pending: VecDeque::new(),
            answers: Vec::new(),
        }
    }

    /// Sends an input and takes the answers that have come, so that a failure is noticed early.
    ///
    /// # Errors
    /// As [`Client::ask`]; what the model said of an earlier input.
    pub(crate) fn ask(&mut self, about: T, input: M::Input) -> anyhow::Result<()> {
        let pending = self.client.ask(input)?;
        self.pending.push_back((about, pending));
        self.collect()
    }

    /// Waits for all answers.
    ///
    /// # Errors
    /// As [`Client::wait`].
    pub(crate) fn finish(mut self) -> anyhow::Result<Vec<(T, M::Output)>> {
        for (about, pending) in std::mem::take(&mut self.pending) {
            let answer = self.client.wait(pending)?;
            self.answers.push((about, answer));
        }
        Ok(self.answers)
    }

    fn collect(&mut self) -> anyhow::Result<()> {
        while let Some((_, pending)) = self.pending.front() {
            let answer = match pending.0.try_recv() {
                Ok(answer) => answer?,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(gone::<M>()),
            };
            let (about, _) = self.pending.pop_front().context("an answer to nothing")?;
            self.answers.push((about, answer));
        }
        Ok(())
    }
}
