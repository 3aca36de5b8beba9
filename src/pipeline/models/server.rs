//! The server of one model: requests of all jobs in, batches through the session, answers back.
//!
//! Three threads: one fills the next batch and prepares it, one owns the model, one waits for its answers. Whatever goes wrong
//! with a model is dealt with here, once for all: a panic in opening or running costs the requests of that batch; out of memory
//! runs the same inputs again in smaller batches; a lost device is left for another, a run that hangs with its thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::client::Request;
use super::model::{Batching, Model, ModelPlace};
use super::panics::caught;
use super::queue::ByteQueue;
use super::runner::{Ask, ModelAnswer, Runner};
use crate::clock::{Stopwatch, await_input, await_room};
use crate::inference::{self, BatchSizer, Device, Failure, run_batch};
use crate::memory::MemoryBudget;
use crate::pipeline::cancel::Cancel;
use crate::pipeline::events::{Cost, Events};
use crate::pipeline::faults::Faults;
use crate::pipeline::threads::spawn_named;
use crate::pipeline::watchdog::Watchdog;
use crate::report::{Degradation, Event};

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
    /// Bytes that runs may need beside their inputs, all servers together.
    pub(crate) activations: &'a MemoryBudget,
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
            let alike = |a: &Request<M>, b: &Request<M>| M::alike(&a.input, &b.input);
            let requests = self.queue.take(size, patience, alike);
            if requests.is_empty() {
                return;
            }
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
            lost: Lost::Nothing,
        };
        loop {
            let watch = Stopwatch::start();
            let Ok(batch) = await_input(|| inbox.recv()) else {
                break;
            };
            let Batch {
                requests,
                prepared,
                cpu,
            } = batch;
            let requests = Arc::new(requests);
            let answers = slot.answer(&requests, prepared, (&watch, cpu));
            reply(&requests, answers);
        }
        slot.keep_size();
    }
}

/// The model of a server, as far as it is open.
struct Slot<'s, 'a, M: Model> {
    server: &'s Server<'a, M>,
    sizer: &'s Mutex<BatchSizer>,
    model: Option<Result<Runner<M>, M::Error>>,
    lost: Lost,
}

impl<M: Model> Slot<'_, '_, M> {
    /// Answers a batch and reports it with the wait for it, which began with the watch, and the processor time of making it ready.
    fn answer(
        &mut self,
        requests: &Arc<Vec<Request<M>>>,
        prepared: Result<M::Prepared, M::Error>,
        (watch, preparing): (&Stopwatch, Duration),
    ) -> Result<Vec<M::Output>, M::Error> {
        let prepared = prepared?;
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

    /// Opens the model for inputs of so many bytes each.
    fn open_if_needed(&mut self, bytes: usize) {
        if self.model.is_some() {
            return;
        }
        let opened = caught(|| (self.server.open)(self.lost));
        let opened = opened.and_then(|model| Ok(Runner::start(model, self.server.faults)?));
        if let Ok(model) = &opened {
            let place = model.place();
            self.announce(place);
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
    let needed = size * M::ACTIVATION_BYTES;
    let _activations = await_room(|| server.activations.acquire(needed));
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

/// Reports a batch, and to each job its share of it; the first job waited for all.
fn report<M: Model>(
    events: &Events,
    place: &ModelPlace,
    requests: &[Request<M>],
    answers: &[M::Output],
    cost: Cost,
) {
    let took = (cost.ended - cost.begun).saturating_sub(cost.waits.total());
    events.send(Event::BatchDone {
        model: M::NAME.into(),
        device: place.device.to_string(),
        size: requests.len(),
        rate: requests.len() as f64 / took.as_secs_f64().max(1e-9),
    });
    for (number, (request, answer)) in requests.iter().zip(answers).enumerate() {
        let part = cost.part(number, requests.len());
        let bytes = M::bytes(&request.input) as u64;
        let job = events.of_job(&request.job);
        job.worked(M::STAGE, M::items(answer), bytes, part);
    }
}

fn reply<M: Model>(requests: &[Request<M>], answers: Result<Vec<M::Output>, M::Error>) {
    // A job that has failed meanwhile no longer listens; that is no fault here.
    match answers {
        Ok(answers) => {
            for (request, answer) in requests.iter().zip(answers) {
                let _ = request.reply.send(Ok(answer));
            }
        }
        Err(failure) => {
            for request in requests {
                let _ = request.reply.send(Err(failure.clone()));
            }
        }
    }
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
