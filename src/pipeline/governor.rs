//! Memory governor: watches what the process has resident, and frees what can be had again before its limit is reached.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::models::registry::Registry;
use super::work_memory::WorkMemory;
use crate::clock;
use crate::memory::trim_malloc;
use crate::settings::Settings;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(250);
/// Share of the limit from which everything goes that can, and no encoder starts beside others.
const FORCED: f64 = 0.95;
/// How long a model is idle before it is unloaded for want of memory.
const IDLE: Duration = Duration::from_secs(2);
/// Least time from one return of memory to the next: what is taken again at once costs processor time.
const BETWEEN_TRIMS: Duration = Duration::from_secs(2);
/// The same shortly before the limit.
const BETWEEN_FORCED_TRIMS: Duration = Duration::from_millis(500);

/// How much of its memory a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pressure {
    None,
    Cleanup,
    Forced,
}

impl Pressure {
    /// Returns the pressure where this share of the memory is in use, and cleanup begins at that one.
    fn of(used: f64, cleanup: f64) -> Self {
        if used >= FORCED {
            Self::Forced
        } else if used >= cleanup {
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
    /// Share of it from which idle models are unloaded.
    cleanup: f64,
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
    /// Returns a governor of a process with these settings.
    pub(crate) fn new(settings: &Settings, work: &'a WorkMemory, registry: &'a Registry) -> Self {
        Self {
            limit: settings.max_memory,
            cleanup: f64::from(settings.cleanup_at),
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
        if self.pressure(bytes as u64) > Pressure::None {
            self.trim();
        }
    }

    /// Returns the pressure with so many bytes more.
    fn pressure(&self, more: u64) -> Pressure {
        let used = (clock::resident() + more) as f64;
        Pressure::of(used / self.limit.max(1) as f64, self.cleanup)
    }

    fn look(&self, last: &mut LastTrim) {
        let pressure = self.pressure(0);
        self.work.hold_back(pressure == Pressure::Forced);
        match pressure {
            Pressure::None => {}
            Pressure::Cleanup => self.work.unload_idle(IDLE),
            Pressure::Forced => self.work.unload_idle(Duration::ZERO),
        }
        let is_idle = self.work.is_idle();
        last.has_worked |= !is_idle;
        let unloads = self.work.unloads();
        let between = match pressure {
            Pressure::Forced => BETWEEN_FORCED_TRIMS,
            Pressure::None | Pressure::Cleanup => BETWEEN_TRIMS,
        };
        let is_due = last.trimmed.elapsed() >= between;
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
        let of = |used| Pressure::of(used, 0.8);
        assert_eq!(of(0.79), Pressure::None);
        assert_eq!((of(0.8), of(0.94)), (Pressure::Cleanup, Pressure::Cleanup));
        assert_eq!((of(0.95), of(2.0)), (Pressure::Forced, Pressure::Forced));
    }
}
