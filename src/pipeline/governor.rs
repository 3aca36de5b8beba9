//! Memory governor: watches what the process has resident, and frees what can be had again before its limit is reached.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::models::registry::Registry;
use super::work_memory::WorkMemory;
use crate::clock;
use crate::memory::trim_malloc;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(250);
/// Hundredths of the limit from which idle models are unloaded.
const CLEANUP: u64 = 80;
/// Hundredths of the limit from which everything goes that can, and no encoder starts beside others.
const FORCED: u64 = 95;
/// How long a model is idle before it is unloaded for want of memory.
const IDLE: Duration = Duration::from_secs(2);
/// Least time from one return of memory to the next: what is taken again at once costs processor time.
const BETWEEN_TRIMS: Duration = Duration::from_secs(2);

/// How much of its memory a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pressure {
    None,
    Cleanup,
    Forced,
}

impl Pressure {
    /// Returns the pressure where `resident` of `limit` bytes are in use.
    fn of(resident: u64, limit: u64) -> Self {
        let share = |hundredths: u64| limit / 100 * hundredths;
        if resident >= share(FORCED) {
            Self::Forced
        } else if resident >= share(CLEANUP) {
            Self::Cleanup
        } else {
            Self::None
        }
    }
}

/// What watches the memory of a run.
#[derive(Debug)]
pub(crate) struct Governor<'a> {
    limit: u64,
    work: &'a WorkMemory,
    registry: &'a Registry,
}

/// What it did when it looked last.
struct LastTrim {
    unloads: u64,
    trimmed: Instant,
    /// Whether somebody worked since memory was returned.
    has_worked: bool,
}

impl<'a> Governor<'a> {
    /// Returns a governor of a process that may have `limit` bytes.
    pub(crate) fn new(limit: u64, work: &'a WorkMemory, registry: &'a Registry) -> Self {
        Self {
            limit,
            work,
            registry,
        }
    }

    /// Watches until `ended` is closed.
    pub(crate) fn watch(&self, ended: &Receiver<()>) {
        let mut last = LastTrim {
            unloads: self.work.unloads(),
            trimmed: Instant::now(),
            has_worked: false,
        };
        while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            self.look(&mut last);
        }
    }

    /// Returns memory to the system where there is too little for so many bytes more.
    pub(crate) fn make_ready(&self, bytes: usize) {
        let resident = clock::resident() + bytes as u64;
        if Pressure::of(resident, self.limit) > Pressure::None {
            self.trim();
        }
    }

    fn look(&self, last: &mut LastTrim) {
        let pressure = Pressure::of(clock::resident(), self.limit);
        self.work.hold_back(pressure == Pressure::Forced);
        match pressure {
            Pressure::None => {}
            Pressure::Cleanup => self.work.unload_idle(IDLE),
            Pressure::Forced => self.work.unload_idle(Duration::ZERO),
        }
        let is_idle = self.work.is_idle();
        last.has_worked |= !is_idle;
        let unloads = self.work.unloads();
        let is_due = last.trimmed.elapsed() >= BETWEEN_TRIMS;
        let is_worth_it =
            pressure == Pressure::Forced || unloads != last.unloads || (is_idle && last.has_worked);
        if is_due && is_worth_it {
            self.trim();
            *last = LastTrim {
                unloads,
                trimmed: Instant::now(),
                has_worked: false,
            };
        }
    }

    fn trim(&self) {
        self.work.note_cleanup();
        if let Some(memory) = self.registry.session_memory() {
            memory.trim();
        }
        trim_malloc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleanup_begins_at_four_fifths_and_is_forced_shortly_before_the_limit() {
        let of = |resident| Pressure::of(resident, 1000);
        assert_eq!(of(799), Pressure::None);
        assert_eq!((of(800), of(949)), (Pressure::Cleanup, Pressure::Cleanup));
        assert_eq!((of(950), of(2000)), (Pressure::Forced, Pressure::Forced));
    }
}
