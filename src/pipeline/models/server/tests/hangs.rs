//! A model that hangs while the run is aborted.

use std::sync::Arc;

use crossbeam_channel::unbounded;

use super::{Device64, Doubler, Fault, serve_on};
use crate::inference::BatchSizer;
use crate::pipeline::cancel::{Cancel, Stop};
use crate::pipeline::events::Events;
use crate::pipeline::models::client::Client;
use crate::pipeline::models::queue::ByteQueue;
use crate::pipeline::outcome::outcome;
use crate::pipeline::work_memory::WorkMemory;
use crate::report::JobOutcome;

#[test]
fn an_aborted_run_does_not_wait_for_a_model_that_hangs() {
    let device = Arc::new(Device64::failing(&[(0, Fault::Hang)]));
    let (sender, _inbox) = unbounded();
    let events = Events::new(sender);
    let queue = ByteQueue::new(99);
    let work = WorkMemory::new(99);
    let cancel = Cancel::default();
    let stop = Stop::of(&cancel);
    let client = Client::<Doubler>::new(&queue, "job", &stop);
    let pending = client.ask(1).unwrap();
    queue.close();
    cancel.abort();
    let (settled, _sizes) = unbounded();
    let sizer = BatchSizer::fixed(1);
    serve_on(&device, &sizer, &queue, (&work, &cancel), &events, settled);
    let error = client.wait(pending).unwrap_err();
    assert_eq!(outcome(&error), JobOutcome::Cancelled);
}
