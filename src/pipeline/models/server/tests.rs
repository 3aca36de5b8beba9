mod hangs;
mod health;
mod memory;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::{Sender, unbounded};

use super::*;
use crate::inference::{Device, Error};
use crate::pipeline::cancel::{Cancel, Stop};
use crate::pipeline::models::client::{Client, InOrder};
use crate::pipeline::models::pool::ServerPool;
use crate::pipeline::outcome::judge;
use crate::pipeline::work_memory::WorkMemory;
use crate::report::Event;
use crate::settings::Balancing;
use crate::timeline::Stage;

/// A device that does not exist: a run of n inputs takes `fixed + each * n` of its own clock, and more than `fits` do not fit.
#[derive(Debug)]
struct Device64 {
    fixed: u64,
    each: u64,
    fits: usize,
    /// Nanoseconds on the device's clock.
    clock: AtomicU64,
    /// What to do instead of answering, by the number of the run.
    faults: Vec<(usize, Fault)>,
    runs: AtomicUsize,
    opened: AtomicUsize,
    /// How long a run may take.
    limit: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Panic,
    Hang,
    Lost,
    Fails,
}

impl Device64 {
    fn new(fixed: u64, each: u64, fits: usize) -> Self {
        Self {
            fixed,
            each,
            fits,
            clock: AtomicU64::new(0),
            faults: Vec::new(),
            runs: AtomicUsize::new(0),
            opened: AtomicUsize::new(0),
            limit: Duration::from_secs(60),
        }
    }

    fn failing(faults: &[(usize, Fault)]) -> Self {
        Self {
            faults: faults.to_vec(),
            ..Self::new(1, 1, 99)
        }
    }
}

/// Doubles numbers on such a device.
struct Doubler(Arc<Device64>);

impl Model for Doubler {
    type Input = u32;
    type Front = ();
    type Prepared = Vec<u32>;
    type Output = u32;
    type Error = Error;

    const NAME: &'static str = "doubler";
    const STAGE: Stage = Stage::Shots;
    const BATCHING: Batching = Batching::Measured { most: 64 };
    const SHAPE: &'static str = "1";
    const RESIDENT_BYTES: usize = 1;
    const ACTIVATION_BYTES: usize = 1;

    fn bytes(_input: &u32) -> usize {
        1
    }

    fn alike(first: &u32, second: &u32) -> bool {
        first / 1_000_000 == second / 1_000_000
    }

    fn prepare((): &(), inputs: &[&u32]) -> Result<Vec<u32>, Error> {
        Ok(inputs.iter().map(|input| **input).collect())
    }

    fn run(&mut self, inputs: &[&u32], prepared: Vec<u32>) -> Result<Vec<u32>, Error> {
        let device = &self.0;
        assert!(inputs.iter().copied().eq(&prepared));
        let run = device.runs.fetch_add(1, Ordering::Relaxed);
        match device.faults.iter().find(|(at, _)| *at == run) {
            Some((_, Fault::Panic)) => panic!("planted"),
            // For ever: the test does not wait for it either.
            Some((_, Fault::Hang)) => std::thread::park(),
            Some((_, Fault::Lost)) => return Err(Error::DeviceLost("700".into())),
            Some((_, Fault::Fails)) => return Err(Error::Run("planted".into())),
            None => {}
        }
        if inputs.len() > device.fits {
            return Err(Error::OutOfMemory("planted".into()));
        }
        let took = device.fixed + device.each * inputs.len() as u64;
        device.clock.fetch_add(took * 1000, Ordering::Relaxed);
        Ok(prepared.iter().map(|number| number * 2).collect())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace {
            device: Device::Cuda(0),
            reason: "simulated".into(),
            fell_back: false,
        }
    }

    fn helpers_cpu(&self) -> Duration {
        Duration::ZERO
    }
}

/// What came of asking a server.
struct Served {
    answers: Vec<anyhow::Result<Vec<u32>>>,
    settled: Vec<usize>,
    events: Vec<Event>,
}

/// Lets so many jobs ask for `count` numbers each, one after the other or several at once.
fn serve(device: &Arc<Device64>, sizer: &BatchSizer, jobs: usize, count: u32) -> Served {
    let (sender, inbox) = unbounded();
    let events = Events::new(sender);
    let queue = ByteQueue::new(4);
    let (settled, sizes) = unbounded();
    let work = WorkMemory::new(1 << 20);
    let cancel = Cancel::default();
    let stop = Stop::of(&cancel);
    let answers = std::thread::scope(|scope| {
        let server =
            scope.spawn(|| serve_on(device, sizer, &queue, (&work, &cancel), &events, settled));
        let ask = |job: usize| {
            let client = Client::<Doubler>::new(&queue, &format!("job-{job}"), &stop);
            let mut answers = InOrder::new(client);
            let first = job as u32 * 1000;
            for number in first..first + count {
                answers.ask((), number)?;
            }
            let answers = answers.finish()?;
            Ok(answers.into_iter().map(|((), answer)| answer).collect())
        };
        let askers: Vec<_> = (0..jobs).map(|job| scope.spawn(move || ask(job))).collect();
        let answers = askers.into_iter().map(|asker| asker.join().unwrap());
        let answers: Vec<_> = answers.collect();
        queue.close();
        server.join().unwrap();
        answers
    });
    drop(events);
    Served {
        answers,
        settled: sizes.into_iter().collect(),
        events: inbox.into_iter().collect(),
    }
}

fn serve_on(
    device: &Arc<Device64>,
    sizer: &BatchSizer,
    queue: &ByteQueue<Request<Doubler>>,
    (work, cancel): (&WorkMemory, &Cancel),
    events: &Events,
    settled: Sender<usize>,
) {
    let open = |_: Lost| {
        device.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Doubler(Arc::clone(device)))
    };
    let pool = ServerPool::new(Balancing::Adaptive);
    let server = Server {
        queue,
        open: &open,
        sizer: &|_, _| sizer.clone(),
        settled: &|_, size| settled.send(size).unwrap(),
        cpu_runs: None,
        tenant: &work.tenant(Doubler::RESIDENT_BYTES),
        seat: &pool.seat(),
        events,
        cancel,
        watchdog: &Watchdog::new(device.limit),
        faults: &Arc::default(),
        clock: &|| Duration::from_nanos(device.clock.load(Ordering::Relaxed)),
    };
    server.serve();
}

fn doubled(job: usize, count: u32) -> Vec<u32> {
    let first = job as u32 * 1000;
    (first..first + count).map(|number| number * 2).collect()
}

#[test]
fn a_measured_model_settles_near_the_best_batch_with_one_job_and_with_eight() {
    for (fixed, each, fits) in [
        (100, 3, 64),
        (40, 1, 48),
        (10, 1, 20),
        (0, 5, 64),
        (500, 1, 7),
    ] {
        for jobs in [1, 8] {
            let device = Arc::new(Device64::new(fixed, each, fits));
            let served = serve(&device, &BatchSizer::measured(64), jobs, 1600 / jobs as u32);
            for (job, answers) in served.answers.into_iter().enumerate() {
                assert_eq!(answers.unwrap(), doubled(job, 1600 / jobs as u32));
            }
            let rate = |size: usize| size as f64 / (fixed + each * size as u64) as f64;
            let best = (1..=fits.min(64)).map(rate).fold(0.0, f64::max);
            let [found] = served.settled[..] else {
                panic!("{jobs} jobs on {fixed} + {each} n did not settle")
            };
            assert!(
                rate(found) >= 0.95 * best,
                "{found} of {fits}: {fixed} + {each} n"
            );
        }
    }
}

#[test]
fn what_does_not_fit_is_halved_and_every_input_answered_once() {
    let device = Arc::new(Device64::new(1, 1, 3));
    let served = serve(&device, &BatchSizer::fixed(16), 3, 100);
    for (job, answers) in served.answers.into_iter().enumerate() {
        assert_eq!(answers.unwrap(), doubled(job, 100));
    }
}

#[test]
fn a_panic_in_a_run_costs_that_batch_and_the_model_is_opened_again() {
    let device = Arc::new(Device64::failing(&[(0, Fault::Panic)]));
    let first = serve(&device, &BatchSizer::fixed(1), 1, 1);
    let error = first.answers.into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the model panicked: planted");
    let device = Arc::new(Device64::failing(&[(0, Fault::Panic)]));
    let both = serve(&device, &BatchSizer::fixed(1), 2, 1);
    assert_eq!(
        both.answers.iter().filter(|answer| answer.is_ok()).count(),
        1
    );
    assert_eq!(device.opened.load(Ordering::Relaxed), 2);
}

#[test]
fn a_lost_device_is_told_once_and_the_model_opened_again() {
    let device = Arc::new(Device64::failing(&[(1, Fault::Lost)]));
    let served = serve(&device, &BatchSizer::fixed(1), 3, 1);
    assert_eq!(
        served
            .answers
            .iter()
            .filter(|answer| answer.is_err())
            .count(),
        1
    );
    assert_eq!(device.opened.load(Ordering::Relaxed), 2);
    let degraded = |event: &&Event| matches!(event, Event::Degraded { .. });
    assert_eq!(served.events.iter().filter(degraded).count(), 1);
}

#[test]
fn a_run_that_hangs_is_left_behind_and_the_others_are_answered() {
    let device = Arc::new(Device64 {
        limit: Duration::from_millis(30),
        ..Device64::failing(&[(0, Fault::Hang)])
    });
    let served = serve(&device, &BatchSizer::fixed(1), 3, 1);
    let failed = served
        .answers
        .iter()
        .filter_map(|answer| answer.as_ref().err());
    let failed: Vec<_> = failed.map(|error| judge(error).0).collect();
    assert_eq!(failed, ["timeout"]);
    assert_eq!(device.opened.load(Ordering::Relaxed), 2);
    let degraded = |event: &&Event| matches!(event, Event::Degraded { .. });
    assert_eq!(served.events.iter().filter(degraded).count(), 1);
}

#[test]
fn another_failure_leaves_the_model_open() {
    let device = Arc::new(Device64::failing(&[(0, Fault::Fails)]));
    let served = serve(&device, &BatchSizer::fixed(1), 2, 1);
    assert_eq!(
        served
            .answers
            .iter()
            .filter(|answer| answer.is_err())
            .count(),
        1
    );
    assert_eq!(device.opened.load(Ordering::Relaxed), 1);
}

#[test]
fn a_model_that_cannot_be_opened_or_panics_then_leaves_nobody_waiting() {
    for panics in [false, true] {
        let (sender, _inbox) = unbounded();
        let events = Events::new(sender);
        let queue = ByteQueue::new(4);
        let work = WorkMemory::new(1);
        let tenant = work.tenant(1);
        let pool = ServerPool::new(Balancing::Adaptive);
        let seat = pool.seat();
        let cancel = Cancel::default();
        let watchdog = Watchdog::new(Duration::from_secs(60));
        let faults = Arc::default();
        let stop = Stop::of(&cancel);
        let open = |_: Lost| -> Result<Doubler, Error> {
            assert!(!panics, "planted");
            Err(Error::Run("no such model".into()))
        };
        std::thread::scope(|scope| {
            let server = Server {
                queue: &queue,
                open: &open,
                sizer: &|_, _| BatchSizer::fixed(1),
                settled: &|_, _| {},
                cpu_runs: None,
                tenant: &tenant,
                seat: &seat,
                events: &events,
                cancel: &cancel,
                watchdog: &watchdog,
                faults: &faults,
                clock: &|| Duration::ZERO,
            };
            scope.spawn(move || server.serve());
            let client = Client::<Doubler>::new(&queue, "job", &stop);
            let refused = client.answer(1).unwrap_err().to_string();
            assert!(refused.contains(if panics { "planted" } else { "no such model" }));
            queue.close();
        });
    }
}

#[test]
fn inputs_that_are_not_alike_do_not_share_a_run() {
    let device = Arc::new(Device64::new(1, 1, 99));
    let (sender, inbox) = unbounded();
    let events = Events::new(sender);
    let queue = ByteQueue::new(99);
    let work = WorkMemory::new(99);
    let cancel = Cancel::default();
    let stop = Stop::of(&cancel);
    let client = Client::<Doubler>::new(&queue, "job", &stop);
    let numbers = [1, 1_000_001, 2, 1_000_002, 3];
    let pending: Vec<_> = numbers.iter().map(|n| client.ask(*n).unwrap()).collect();
    queue.close();
    let (settled, _sizes) = unbounded();
    serve_on(
        &device,
        &BatchSizer::fixed(8),
        &queue,
        (&work, &cancel),
        &events,
        settled,
    );
    for (number, pending) in numbers.iter().zip(pending) {
        assert_eq!(client.wait(pending).unwrap(), number * 2);
    }
    drop(events);
    let size = |event: Event| match event {
        Event::BatchDone { size, device, .. } => Some((size, device)),
        _ => None,
    };
    // The first batch is filled before the model is open, and so before its batch size is known.
    let batches: Vec<_> = inbox.into_iter().filter_map(size).collect();
    let sizes: usize = batches.iter().map(|batch| batch.0).sum();
    assert_eq!(sizes, numbers.len());
    assert!(
        batches
            .iter()
            .all(|batch| batch.0 <= 3 && batch.1 == "cuda:0")
    );
}
