//! Listener: whoever hears the events of a run.

use std::io;
use std::time::Duration;

use super::event::Event;

/// Shows events; it has a thread of its own, so that a slow one holds up nobody else.
pub(super) trait Listener: Send {
    /// Shows one event, heard `at` so long after the beginning.
    fn hear(&mut self, event: &Event, at: Duration);

    /// Cleans up when no other event can come.
    fn end(&mut self) {}

    /// Returns what kept data from where it was to go, with the place; a closed pipe is nothing.
    fn output(&mut self) -> io::Result<()> {
        Ok(())
    }
}
