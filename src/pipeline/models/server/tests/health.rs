//! Servers of one model of which one only fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::unbounded;

use super::{Device64, Doubler, Fault, Lost, Server};
use crate::inference::{BatchSizer, Error};
use crate::pipeline::cancel::{Cancel, Stop};
use crate::pipeline::events::Events;
use crate::pipeline::models::client::Client;
use crate::pipeline::models::model::Model;
use crate::pipeline::models::pool::{Seat, ServerPool};
use crate::pipeline::models::queue::ByteQueue;
use crate::pipeline::watchdog::Watchdog;
use crate::pipeline::work_memory::WorkMemory;
use crate::report::{Degradation, Event};
use crate::settings::Balancing;

#[test]
fn a_session_that_only_fails_costs_three_batches_and_the_other_does_the_rest() {
    let all: Vec<_> = (0..99).map(|run| (run, Fault::Fails)).collect();
    let devices = [Device64::failing(&all), Device64::new(1, 1, 99)].map(Arc::new);
    let (sender, inbox) = unbounded();
    let events = Events::new(sender);
    let queue = ByteQueue::new(99);
    let (work, cancel) = (WorkMemory::new(99), Cancel::default());
    let pool = ServerPool::new(Balancing::Adaptive);
    let serve = |device: &Arc<Device64>, seat: &Seat<'_>| {
        let open = |_: Lost| -> Result<Doubler, Error> { Ok(Doubler(Arc::clone(device))) };
        let server = Server {
            queue: &queue,
            open: &open,
            sizer: &|_, _| BatchSizer::fixed(1),
            settled: &|_, _| {},
            cpu_runs: None,
            tenant: &work.tenant(Doubler::RESIDENT_BYTES),
            seat,
            events: &events,
            cancel: &cancel,
            watchdog: &Watchdog::new(Duration::from_secs(60)),
            faults: &Arc::default(),
            clock: &|| Duration::ZERO,
        };
        server.serve();
    };
    let seats = [(); 2].map(|()| pool.seat());
    let stop = Stop::of(&cancel);
    let failed = std::thread::scope(|scope| {
        for (device, seat) in devices.iter().zip(&seats) {
            let serve = &serve;
            scope.spawn(move || serve(device, seat));
        }
        let client = Client::<Doubler>::new(&queue, "job", &stop);
        let answers = (0..60).map(|number| client.answer(number));
        let failed = answers.filter(Result::is_err).count();
        queue.close();
        failed
    });
    assert!((2..=3).contains(&failed), "{failed} of 60");
    assert_eq!(devices[0].runs.load(Ordering::Relaxed), failed);
    drop(events);
    let rests = |event: &Event| {
        let Event::Degraded { degradation } = event else {
            return false;
        };
        matches!(degradation, Degradation::ServerRests { .. })
    };
    assert_eq!(inbox.into_iter().filter(rests).count(), 1);
}
