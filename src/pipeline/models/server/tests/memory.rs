//! Models that share memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::unbounded;

use super::{Device64, Doubler, serve_on};
use crate::inference::BatchSizer;
use crate::pipeline::cancel::{Cancel, Stop};
use crate::pipeline::events::Events;
use crate::pipeline::models::client::Client;
use crate::pipeline::models::model::Model;
use crate::pipeline::models::queue::ByteQueue;
use crate::pipeline::work_memory::WorkMemory;

#[test]
fn two_models_with_room_for_one_take_turns_and_answer_everything() {
    let devices = [(); 2].map(|()| Arc::new(Device64::new(1, 1, 99)));
    let (sender, _inbox) = unbounded();
    let events = Events::new(sender);
    let queues = [(); 2].map(|()| ByteQueue::new(99));
    let work = WorkMemory::new(Doubler::RESIDENT_BYTES);
    let cancel = Cancel::default();
    let stop = Stop::of(&cancel);
    let (settled, _sizes) = unbounded();
    let sizer = BatchSizer::fixed(1);
    std::thread::scope(|scope| {
        for (device, queue) in devices.iter().zip(&queues) {
            let (settled, sizer, given) = (settled.clone(), &sizer, (&work, &cancel));
            let events = &events;
            scope.spawn(move || serve_on(device, sizer, queue, given, events, settled));
        }
        for number in 0..6 {
            let queue = &queues[number as usize % 2];
            let client = Client::<Doubler>::new(queue, "job", &stop);
            assert_eq!(client.answer(number).unwrap(), number * 2);
        }
        queues.iter().for_each(ByteQueue::close);
    });
    // Each answer needed the room that the other model had.
    let opened = devices.map(|device| device.opened.load(Ordering::Relaxed));
    assert_eq!((opened, work.unloads()), ([3, 3], 5));
}
