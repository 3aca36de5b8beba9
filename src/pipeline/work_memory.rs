//! Working memory of a run: bytes of open models, of their runs and of encoders. A model that is idle leaves for another's sake.
//!
//! Whoever needs bytes stands in one line, so that a large request is not passed over for ever. A permit is held only while its
//! holder works and needs nobody else: nobody waits while holding one. A model stays open after its run, as long as there is
//! room; the one that was used least recently is asked to leave first.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

/// How often one who waits for bytes looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The bound on working memory, and who has it.
#[derive(Debug)]
pub struct WorkMemory {
    limit: usize,
    state: Mutex<WorkState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct WorkState {
    tenants: Vec<TenantState>,
    /// Tickets of those who wait, in the order of asking.
    line: VecDeque<u64>,
    next_ticket: u64,
    /// Bytes of runs and encoders under way.
    at_work: usize,
    /// Permits that are out.
    permits: usize,
    encoders: PeakBytes,
    /// Whether encoders wait until nobody works any more.
    is_held_back: bool,
    /// Times that a model was asked to leave.
    unloads: u64,
    /// Times that memory was returned to the system.
    cleanups: u64,
}

/// Bytes now and at most.
#[derive(Debug, Default)]
struct PeakBytes {
    now: usize,
    most: usize,
}

#[derive(Debug)]
struct TenantState {
    /// Bytes while it is open.
    bytes: usize,
    is_open: bool,
    /// Whether a run of it is under way.
    is_busy: bool,
    /// Whether it is to close.
    leaves: bool,
    used: Instant,
    wake: Sender<()>,
}

impl TenantState {
    fn is_idle(&self) -> bool {
        self.is_open && !self.is_busy && !self.leaves
    }

    fn held(&self) -> usize {
        if self.is_open { self.bytes } else { 0 }
    }

    fn ask_to_leave(&mut self) {
        self.leaves = true;
        // It may be full: then it is asked already.
        let _ = self.wake.try_send(());
    }
}

/// One model's place in the working memory.
#[derive(Debug)]
pub(crate) struct Tenant<'a> {
    memory: &'a WorkMemory,
    number: usize,
    /// Says that it is to leave.
    wake: Receiver<()>,
}

/// Bytes of a run or of an encoder, given back when dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when the permit is dropped"]
pub(crate) struct WorkPermit<'a> {
    memory: &'a WorkMemory,
    tenant: Option<usize>,
    bytes: usize,
}

/// What came of asking for bytes.
#[derive(Debug)]
pub(crate) enum Admission<'a> {
    /// They are granted.
    Granted(WorkPermit<'a>),
    /// The model is to close first: another needs the room.
    LeaveFirst,
    /// The asker had to stop.
    Stopped,
}

impl WorkMemory {
    /// Returns working memory of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Returns the most bytes of encoders at once.
    pub fn encoders(&self) -> usize {
        self.lock().encoders.most
    }

    /// Returns how often a model was closed for another's sake or for want of memory.
    pub fn unloads(&self) -> u64 {
        self.lock().unloads
    }

    /// Returns how often memory that nobody used was returned to the system.
    pub fn cleanups(&self) -> u64 {
        self.lock().cleanups
    }

    /// Takes note that memory was returned to the system.
    pub(crate) fn note_cleanup(&self) {
        self.lock().cleanups += 1;
    }

    /// Returns a place for a model that has so many bytes while it is open; it is closed now.
    pub(crate) fn tenant(&self, bytes: usize) -> Tenant<'_> {
        let (sender, wake) = bounded(1);
        let mut state = self.lock();
        state.tenants.push(TenantState {
            bytes,
            is_open: false,
            is_busy: false,
            leaves: false,
            used: Instant::now(),
            wake: sender,
        });
        Tenant {
            memory: self,
            number: state.tenants.len() - 1,
            wake,
        }
    }

    /// Waits until an encoder of so many bytes fits; none when `stop` says so first, which is asked ten times a second.
    pub(crate) fn encoder(&self, bytes: usize, stop: impl Fn() -> bool) -> Option<WorkPermit<'_>> {
        match self.admit(None, bytes, stop) {
            Admission::Granted(permit) => Some(permit),
            Admission::LeaveFirst | Admission::Stopped => None,
        }
    }

    /// Asks models that were not used for so long to leave.
    pub(crate) fn unload_idle(&self, idle: Duration) {
        let mut state = self.lock();
        let state = &mut *state;
        let idle = |tenant: &&mut TenantState| tenant.is_idle() && tenant.used.elapsed() >= idle;
        for tenant in state.tenants.iter_mut().filter(idle) {
            tenant.ask_to_leave();
            state.unloads += 1;
        }
    }

    /// Sets whether encoders wait until nobody works any more.
    pub(crate) fn hold_back(&self, is_held_back: bool) {
        self.lock().is_held_back = is_held_back;
        self.changed.notify_all();
    }

    /// Tells whether nobody works now.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().permits == 0
    }

    /// Waits in line until `bytes` fit, and the model with them where one asks.
    fn admit(&self, tenant: Option<usize>, bytes: usize, stop: impl Fn() -> bool) -> Admission<'_> {
        let mut state = self.lock();
        let ticket = state.stand_in_line();
        let asked = bytes;
        loop {
            let bytes = asked.max(state.to_open(tenant));
            let refused = if state.must_leave(tenant) {
                Some(Admission::LeaveFirst)
            } else if state.line.front() == Some(&ticket) {
                if state.fits(self.limit, tenant, bytes) {
                    state.line.pop_front();
                    state.take(tenant, bytes);
                    self.changed.notify_all();
                    return Admission::Granted(WorkPermit {
                        memory: self,
                        tenant,
                        bytes,
                    });
                }
                if state.make_room(self.limit, tenant, bytes) {
                    self.changed.notify_all();
                }
                None
            } else {
                None
            };
            let refused = refused.or_else(|| stop().then_some(Admission::Stopped));
            if let Some(refused) = refused {
                state.line.retain(|other| *other != ticket);
                self.changed.notify_all();
                return refused;
            }
            let woken = self.changed.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns the bytes in use now.
    pub fn used(&self) -> usize {
        self.lock().held()
    }

    fn lock(&self) -> MutexGuard<'_, WorkState> {
        // Whole at every step, whoever panicked while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorkState {
    fn stand_in_line(&mut self) -> u64 {
        self.next_ticket += 1;
        self.line.push_back(self.next_ticket);
        self.next_ticket
    }

    /// Returns the bytes that opening a model takes for a while beside its own: its file is read whole.
    fn to_open(&self, tenant: Option<usize>) -> usize {
        let tenant = tenant.map(|number| &self.tenants[number]);
        tenant.map_or(0, |tenant| tenant.bytes - tenant.held())
    }

    fn must_leave(&self, tenant: Option<usize>) -> bool {
        tenant.is_some_and(|number| self.tenants[number].leaves)
    }

    /// Returns the bytes that a request adds: those of the model, too, where it is closed.
    fn added(&self, tenant: Option<usize>, bytes: usize) -> usize {
        let closed = tenant.map(|number| &self.tenants[number]);
        let closed = closed.filter(|tenant| !tenant.is_open);
        bytes.saturating_add(closed.map_or(0, |tenant| tenant.bytes))
    }

    fn held(&self) -> usize {
        let open: usize = self.tenants.iter().map(TenantState::held).sum();
        open + self.at_work
    }

    /// Tells whether a request fits; one larger than all the memory does where nobody else has any.
    fn fits(&self, limit: usize, tenant: Option<usize>, bytes: usize) -> bool {
        if tenant.is_none() && self.is_held_back && self.permits > 0 {
            return false;
        }
        let others = self.tenants.iter().enumerate();
        let mut others = others.filter(|(number, _)| Some(*number) != tenant);
        let is_alone = self.permits == 0 && others.all(|(_, other)| !other.is_open);
        is_alone || self.held().saturating_add(self.added(tenant, bytes)) <= limit
    }

    /// Asks idle models to leave, the least recently used first, until a request will fit; tells whether any was asked.
    fn make_room(&mut self, limit: usize, tenant: Option<usize>, bytes: usize) -> bool {
        let before = self.unloads;
        let leaving = self.tenants.iter().filter(|other| other.leaves);
        let leaving: usize = leaving.map(TenantState::held).sum();
        let wanted = self.held().saturating_add(self.added(tenant, bytes));
        let mut missing = wanted.saturating_sub(limit).saturating_sub(leaving);
        let mut idle: Vec<&mut TenantState> = self
            .tenants
            .iter_mut()
            .enumerate()
            .filter(|(number, other)| Some(*number) != tenant && other.is_idle())
            .map(|(_, other)| other)
            .collect();
        idle.sort_by_key(|other| other.used);
        for other in idle {
            if missing == 0 {
                break;
            }
            other.ask_to_leave();
            missing = missing.saturating_sub(other.bytes);
            self.unloads += 1;
        }
        self.unloads > before
    }

    fn take(&mut self, tenant: Option<usize>, bytes: usize) {
        self.at_work += bytes;
        self.permits += 1;
        match tenant.map(|number| &mut self.tenants[number]) {
            Some(tenant) => (tenant.is_open, tenant.is_busy) = (true, true),
            None => {
                self.encoders.now += bytes;
                self.encoders.most = self.encoders.most.max(self.encoders.now);
            }
        }
    }
}

impl Tenant<'_> {
    /// Waits until the model and a run of so many bytes fit, which is then under way until the permit is dropped.
    pub(crate) fn run(&self, bytes: usize, stop: impl Fn() -> bool) -> Admission<'_> {
        self.memory.admit(Some(self.number), bytes, stop)
    }

    /// Returns what receives something when the model is to leave.
    pub(crate) fn wake(&self) -> &Receiver<()> {
        &self.wake
    }

    /// Tells whether the model is to leave.
    pub(crate) fn must_leave(&self) -> bool {
        self.memory.lock().must_leave(Some(self.number))
    }

    /// Takes note that the model is closed.
    pub(crate) fn left(&self) {
        let mut state = self.memory.lock();
        let tenant = &mut state.tenants[self.number];
        (tenant.is_open, tenant.leaves) = (false, false);
        self.memory.changed.notify_all();
    }
}

impl Drop for Tenant<'_> {
    fn drop(&mut self) {
        self.left();
    }
}

impl Drop for WorkPermit<'_> {
    fn drop(&mut self) {
        let mut state = self.memory.lock();
        state.at_work -= self.bytes;
        state.permits -= 1;
        match self.tenant {
            Some(number) => {
                let tenant = &mut state.tenants[number];
                (tenant.is_busy, tenant.used) = (false, Instant::now());
            }
            None => state.encoders.now -= self.bytes,
        }
        self.memory.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
