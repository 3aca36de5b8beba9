//! Lanes: the threads that do a run's work, each with the time that it was there and what of it was waiting.

use crate::clock::Stopwatch;
use crate::pipeline::events::Events;

/// Does all that the calling thread is there for, and reports how long that was and how much of it was waiting.
pub(crate) fn on_lane<T>(events: &Events, work: impl FnOnce() -> T) -> T {
    let watch = Stopwatch::start();
    // A panic is dealt with inside or ends the run: a lane without its event is missing from the report.
    let value = work();
    events.lane_done(&watch);
    value
}
