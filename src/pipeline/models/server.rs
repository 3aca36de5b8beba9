//! The server of one model: requests of all jobs in, batches through the session, answers back.
//!
//! Three threads: one fills the next batch and prepares it, one owns the model, one waits for its answers. Whatever goes wrong
//! with a model is dealt with here, once for all: a panic in opening or running costs the requests of that batch; out of memory
//! runs the same inputs again in smaller batches; a lost device is left for another, a run that hangs with its thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::client::Request;
use super::model::{Batching, Model, ModelPlace};
use super::panics::caught;
use super::pool::Seat;
use super::queue::ByteQueue;
use super::replies::{reply, report};
use super::runner::{Ask, ModelAnswer, Runner};
use crate::clock::{Stopwatch, await_input, await_room};
use crate::inference::{self, BatchSizer, Device, Failure, run_batch};
use crate::memory::MemoryBudget;
use crate::pipeline::cancel::Cancel;
use crate::pipeline::events::{Cost, Events};
use crate::pipeline::faults::Faults;
use crate::pipeline::threads::spawn_named;
use crate::pipeline::watchdog::Watchdog;
use crate::pipeline::work_memory::{Admission, Tenant, WorkPermit};
use crate::report::Degradation;

/// How long a batch size that is being measured waits for a batch to fill.
const PATIENCE: Duration = Duration::from_millis(50);

/// How a model is opened, and what it may use.
pub(crate) struct Server<'a, M: Model> {
    /// Requests of all jobs.
    pub(crate) queue: &'a ByteQueue<Request<M>>,
    /// Opens the model; told whether a device was lost before.
    pub(crate) open: &'a (dyn Fn(Lost) -> Result<M, M::Error> + Sync),
    /// Returns the batch size to begin with, once it is known where the model runs and how many bytes an input has.
    pub(crate) sizer: &'a (dyn Fn(&ModelPlace, usize) -> BatchSizer + Sync),
    /// Takes the batch size that was measured.
    pub(crate) settled: &'a (dyn Fn(&ModelPlace, usize) + Sync),
    /// Runs on the CPU that it and others may have under way together: more would wait for the same cores with more memory.
    pub(crate) cpu_runs: Option<&'a MemoryBudget>,
    /// Its place in the working memory of the run.
    pub(crate) tenant: &'a Tenant<'a>,
    /// Its place among the servers of the model.
    pub(crate) seat: &'a Seat<'a>,
    /// Who is told.
    pub(crate) events: &'a Events,
    /// When nobody waits for a run any more.
    pub(crate) cancel: &'a Cancel,
    /// When a run hangs.
    pub(crate) watchdog: &'a Watchdog,
    /// What is to break.
    pub(crate) faults: &'a Arc<Faults>,
    /// The time, for measuring a run.
    pub(crate) clock: &'a (dyn Fn() -> Duration + Sync),
}

/// Whether a device was lost before a model is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// None was.
    Nothing,
    /// The device it ran on: nothing runs there again in this process.
    Device,
}

/// Requests that share a run, made ready for it.
struct Batch<M: Model> {
    requests: Vec<Request<M>>,
    prepared: Result<M::Prepared, M::Error>,
    /// Processor time of making them ready.
    cpu: Duration,
}

impl<M: Model> Server<'_, M> {
    /// Answers requests until the queue is closed and empty.
    pub(crate) fn serve(&self) {
        // Whatever happens, nobody is left waiting for an answer.
        let _closed = Abandon(self.queue);
        let sizer = Mutex::new(BatchSizer::fixed(1));
        let (batches, inbox) = bounded(0);
        std::thread::scope(|scope| {
            let sizer = &sizer;
            // Without a thread nobody fills batches: the inbox is closed, and who asks is told.
            let fill = move || self.fill(sizer, &batches);
            drop(spawn_named(scope, "fill", fill));
            self.run_all(sizer, &inbox);
        });
    }

    /// Fills and prepares batches, one ahead of the run.
    fn fill(&self, sizer: &Mutex<BatchSizer>, batches: &Sender<Batch<M>>) {
        let front = M::Front::default();
        loop {
            let (size, patience) = wanted(&lock(sizer));
            self.seat.wait(self.clock, || self.queue.is_closed());
            let alike = |a: &Request<M>, b: &Request<M>| M::alike(&a.input, &b.input);
            let requests = self.queue.take(size, patience, alike);
            if requests.is_empty() {
                return;
            }
            self.seat.take(requests.len(), (self.clock)());
            let watch = Stopwatch::start();
            let prepared = caught(|| M::prepare(&front, &inputs_of(&requests)));
            let cpu = watch.cpu();
            let batch = Batch {
                requests,
                prepared,
                cpu,
            };
            if batches.send(batch).is_err() {
                return;
            }
        }
    }

    /// Runs batches; the model is opened for the first, so that a run whose work is all kept loads none.
    fn run_all(&self, sizer: &Mutex<BatchSizer>, inbox: &Receiver<Batch<M>>) {
        let mut slot = Slot {
            server: self,
            sizer,
            model: None,
            device: None,
            lost: Lost::Nothing,
        };
        let mut watch = Stopwatch::start();
        loop {
            let batch = await_input(|| {
                select! {
                    recv(inbox) -> batch => Some(batch),
                    recv(self.tenant.wake()) -> _ => None,
                }
            });
            let Some(batch) = batch else {
                slot.leave_if_asked();
                continue;
            };
            let Ok(batch) = batch else { break };
            let Batch {
                requests,
                prepared,
                cpu,
            } = batch;
            let requests = Arc::new(requests);
            let begun = (self.clock)();
            let answers = slot.answer(&requests, prepared, (&watch, cpu));
            self.note_health(requests.len(), begun, answers.as_ref().err());
            reply(&requests, answers);
            watch = Stopwatch::start();
        }
        slot.close();
    }
}

impl<M: Model> Server<'_, M> {
    /// Lets the other servers know how this one did, and people when it rests.
    fn note_health(&self, inputs: usize, begun: Duration, failure: Option<&M::Error>) {
        let now = (self.clock)();
        let Some(failure) = failure else {
            let took = now.saturating_sub(begun);
            self.seat.answered(inputs, took, now);
            return;
        };
        if let Some(rest) = self.seat.failed(inputs, now) {
            self.events.degraded(Degradation::ServerRests {
                model: M::NAME.to_owned(),
                seconds: rest.as_secs(),
                reason: failure.to_string(),
            });
        }
    }
}

/// The model of a server, as far as it is open.
struct Slot<'s, 'a, M: Model> {
    server: &'s Server<'a, M>,
    sizer: &'s Mutex<BatchSizer>,
    model: Option<Result<Runner<M>, M::Error>>,
    /// Where it ran when it was last open.
    device: Option<Device>,
    lost: Lost,
}

impl<'a, M: Model> Slot<'_, 'a, M> {
    /// Answers a batch and reports it with the wait for it, which began with the watch, and the processor time of making it ready.
    fn answer(
        &mut self,
        requests: &Arc<Vec<Request<M>>>,
        prepared: Result<M::Prepared, M::Error>,
        (watch, preparing): (&Stopwatch, Duration),
    ) -> Result<Vec<M::Output>, M::Error> {
        let prepared = prepared?;
        let _permit = await_room(|| self.admit(requests.len()))?;
        self.open_if_needed(requests.first().map_or(0, |first| M::bytes(&first.input)));
        let (server, sizer) = (self.server, self.sizer);
        let model = match &mut self.model {
            Some(Ok(model)) => model,
            Some(Err(refused)) => return Err(refused.clone()),
            None => return Err(inference::Error::Run("no model is open".into()).into()),
        };
        let mut ran = Duration::ZERO;
        let answers = run_in_batches(server, sizer, model, (requests, prepared), &mut ran);
        let cost = Cost::since(watch).with_cpu(ran + preparing);
        match &answers {
            Ok(answers) => report(server.events, model.place(), requests, answers, cost),
            Err(failure) => self.drop_if_broken(failure),
        }
        answers
    }

    /// Waits until the model and a run of so many inputs fit in memory, and closes it before where another needs the room.
    fn admit(&mut self, inputs: usize) -> Result<Option<WorkPermit<'a>>, M::Error> {
        if matches!(self.model, Some(Err(_))) {
            return Ok(None);
        }
        let server = self.server;
        loop {
            // What runs on a GPU has its memory there.
            let bytes = match self.device {
                Some(Device::Cuda(_)) => 0,
                Some(Device::Cpu) | None => inputs * M::ACTIVATION_BYTES,
            };
            match server.tenant.run(bytes, || server.cancel.aborted()) {
                Admission::Granted(permit) => return Ok(Some(permit)),
                Admission::LeaveFirst => self.close(),
                Admission::Stopped => return Err(inference::Error::Cancelled.into()),
            }
        }
    }

    /// Closes the model where another needs the room.
    fn leave_if_asked(&mut self) {
        if self.server.tenant.must_leave() {
            self.close();
        }
    }

    /// Closes the model; it is opened again for the next batch.
    fn close(&mut self) {
        self.keep_size();
        self.model = None;
        self.server.tenant.left();
    }

    /// Opens the model for inputs of so many bytes each.
    fn open_if_needed(&mut self, bytes: usize) {
        if self.model.is_some() {
            return;
        }
        let open = || (self.server.open)(self.lost);
        let opened = caught(|| inference::owned_by(M::NAME, open));
        let opened = opened.and_then(|model| Ok(Runner::start(model, self.server.faults)?));
        if let Ok(model) = &opened {
            let place = model.place();
            if self.device.replace(place.device) != Some(place.device) {
                self.announce(place);
            }
            let sizer = match M::BATCHING {
                Batching::Fixed => BatchSizer::fixed(1),
                Batching::Measured { .. } => (self.server.sizer)(place, bytes),
            };
            // While a batch runs the next one must fit beside it.
            self.server.queue.grow(2 * sizer.most() * bytes);
            *lock(self.sizer) = sizer;
        }
        self.model = Some(opened);
    }

    fn announce(&self, place: &ModelPlace) {
        let (model, reason) = (M::NAME.to_owned(), place.reason.clone());
        if place.fell_back {
            let degradation = Degradation::Device { model, reason };
            self.server.events.degraded(degradation);
        } else {
            self.server
                .events
                .debug(format!("{model} runs on {reason}"));
        }
    }

    /// Gives up a model that will not answer again: it is opened anew for the next batch, elsewhere if its device is lost.
    fn drop_if_broken(&mut self, failure: &M::Error) {
        let is_on_gpu =
            matches!(&self.model, Some(Ok(model)) if model.place().device != Device::Cpu);
        if failure.is_device_lost() || (failure.is_stalled() && is_on_gpu) {
            self.lost = Lost::Device;
        }
        if failure.is_device_lost() || failure.is_stalled() {
            self.server.events.degraded(Degradation::ModelReopened {
                model: M::NAME.to_owned(),
                reason: failure.to_string(),
            });
        }
        if failure.is_fatal() {
            self.model = None;
            self.server.tenant.left();
        }
    }

    fn keep_size(&self) {
        let measured = matches!(M::BATCHING, Batching::Measured { .. });
        let size = lock(self.sizer).settled().filter(|_| measured);
        if let (Some(Ok(model)), Some(size)) = (&self.model, size) {
            (self.server.settled)(model.place(), size);
        }
    }
}

/// Runs all inputs in order, as many at a time as fit: what does not is halved and run again, the same inputs.
fn run_in_batches<M: Model>(
    server: &Server<'_, M>,
    sizer: &Mutex<BatchSizer>,
    model: &mut Runner<M>,
    (requests, prepared): (&Arc<Vec<Request<M>>>, M::Prepared),
    cpu: &mut Duration,
) -> Result<Vec<M::Output>, M::Error> {
    let numbers: Vec<usize> = (0..requests.len()).collect();
    let is_on_cpu = model.place().device == Device::Cpu;
    let runs = server.cpu_runs.filter(|_| is_on_cpu);
    let _run = runs.map(|runs| await_room(|| runs.acquire(1)));
    let mut prepared = Some(prepared);
    let mut fitting = BatchSizer::fixed(numbers.len());
    run_batch(&numbers, &mut fitting, |batch| {
        let range = batch[0]..batch[0] + batch.len();
        let ready = match prepared.take() {
            Some(prepared) => prepared,
            None => {
                caught(|| M::prepare(&M::Front::default(), &inputs_of(&requests[range.clone()])))?
            }
        };
        let ask = Ask {
            requests: Arc::clone(requests),
            range,
            prepared: ready,
        };
        let answer = run_once(server, sizer, model, ask);
        *cpu += answer.cpu;
        answer.rows
    })
}

/// Runs inputs that fit, and lets the sizer know how long it took or that they did not fit.
fn run_once<M: Model>(
    server: &Server<'_, M>,
    sizer: &Mutex<BatchSizer>,
    model: &mut Runner<M>,
    ask: Ask<M>,
) -> ModelAnswer<M> {
    let size = ask.range.len();
    let begun = (server.clock)();
    let answer = model.run(ask, server.watchdog, server.cancel);
    let took = (server.clock)().saturating_sub(begun);
    match &answer.rows {
        Ok(_) => lock(sizer).record(size, took),
        Err(failure) if failure.is_out_of_memory() => lock(sizer).shrink(size),
        Err(_) => {}
    }
    answer
}

/// Returns how many inputs the next batch should hold, and how long it may wait for them.
fn wanted(sizer: &BatchSizer) -> (usize, Duration) {
    let patience = match sizer.settled() {
        Some(_) => Duration::ZERO,
        None => PATIENCE,
    };
    (sizer.size(), patience)
}

fn inputs_of<M: Model>(requests: &[Request<M>]) -> Vec<&M::Input> {
    requests.iter().map(|request| &request.input).collect()
}

fn lock(sizer: &Mutex<BatchSizer>) -> MutexGuard<'_, BatchSizer> {
    sizer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Abandons a queue when its server ends, however it does.
struct Abandon<'a, T>(&'a ByteQueue<T>);

impl<T> Drop for Abandon<'_, T> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

#[cfg(test)]
mod tests;
