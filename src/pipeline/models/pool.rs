//! Pool of the servers of one model: which of them takes the next batch, and which rests because it only fails.
//!
//! All servers of a model take from one queue, each with a session of its own, on the CPU or on a GPU. Whoever fails quickly
//! would otherwise take most of the work.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::settings::Balancing;

/// Failures in a row after which a server rests; one batch more may be on its way to it.
const MOST_FAILURES: u32 = 2;
/// The first rest; each further one is twice as long.
const FIRST_REST: Duration = Duration::from_secs(5);
/// No rest is longer.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// Variance of the servers' loads, the mean load being 1, from which their turns no longer go round.
const UNEVEN: f64 = 0.1;
/// What a new measurement counts in a server's pace.
const NEWEST: f64 = 0.3;
/// How often one who waits for its turn looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The servers of one model.
#[derive(Debug)]
pub(crate) struct ServerPool {
    balancing: Balancing,
    state: Mutex<PoolState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct PoolState {
    seats: Vec<SeatState>,
    /// Whose turn it is where turns go round.
    turn: usize,
}

/// What is known of one server.
#[derive(Debug, Default)]
struct SeatState {
    /// Inputs that it has.
    outstanding: usize,
    /// When it was given the oldest of them, as far as is known.
    since: Duration,
    /// Seconds that an input takes; none before the first answer.
    pace: Option<f64>,
    /// Failures since its last answer.
    failures: u32,
    /// Rests since then.
    rests: u32,
    rests_until: Duration,
    is_gone: bool,
}

/// One server's place in the pool.
#[derive(Debug)]
pub(crate) struct Seat<'a> {
    pool: &'a ServerPool,
    number: usize,
}

impl ServerPool {
    /// Returns a pool without servers.
    pub(crate) fn new(balancing: Balancing) -> Self {
        Self {
            balancing,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Returns a place for one more server.
    pub(crate) fn seat(&self) -> Seat<'_> {
        let mut state = self.lock();
        state.seats.push(SeatState::default());
        Seat {
            pool: self,
            number: state.seats.len() - 1,
        }
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        // Whole at every step, whoever panicked while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// Waits until it is this server's turn to take a batch, or `stop` says not to wait, which is asked ten times a second.
    pub(crate) fn wait(&self, clock: impl Fn() -> Duration, stop: impl Fn() -> bool) {
        let mut state = self.pool.lock();
        while !state.may_take(self.number, clock(), self.pool.balancing) && !stop() {
            let woken = self.pool.changed.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes note that the server has so many inputs more.
    pub(crate) fn take(&self, inputs: usize, now: Duration) {
        let mut state = self.pool.lock();
        state.take(self.number, inputs, now);
        self.pool.changed.notify_all();
    }

    /// Takes note that the server has answered so many inputs in that time.
    pub(crate) fn answered(&self, inputs: usize, took: Duration, now: Duration) {
        let mut state = self.pool.lock();
        let seat = state.give_back(self.number, inputs, now);
        let pace = took.as_secs_f64() / inputs.max(1) as f64;
        let before = seat.pace.unwrap_or(pace);
        seat.pace = Some(before + NEWEST * (pace - before));
        (seat.failures, seat.rests) = (0, 0);
        self.pool.changed.notify_all();
    }

    /// Takes note that the server has failed on so many inputs; returns how long it rests, where it does.
    pub(crate) fn failed(&self, inputs: usize, now: Duration) -> Option<Duration> {
        let mut state = self.pool.lock();
        let is_alone = !state.others_are_able(self.number, now);
        let seat = state.give_back(self.number, inputs, now);
        seat.failures += 1;
        // After a rest one failure is enough: it has not got better.
        let rests = seat.failures >= MOST_FAILURES || seat.rests > 0;
        let rest = (rests && !is_alone).then(|| seat.rest(now));
        self.pool.changed.notify_all();
        rest
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.pool.lock().seats[self.number].is_gone = true;
        self.pool.changed.notify_all();
    }
}

impl SeatState {
    fn is_able(&self, now: Duration) -> bool {
        !self.is_gone && self.rests_until <= now
    }

    fn rest(&mut self, now: Duration) -> Duration {
        let rest = FIRST_REST * 2_u32.saturating_pow(self.rests.min(8));
        let rest = rest.min(LONGEST_REST);
        self.rests += 1;
        self.failures = 0;
        self.rests_until = now + rest;
        rest
    }

    /// Returns the seconds that an input takes it, at least those that the one under way has taken; none where nothing is known.
    fn load(&self, now: Duration) -> Option<f64> {
        let waiting = now.saturating_sub(self.since).as_secs_f64();
        match (self.outstanding, self.pace) {
            (0, pace) => pace,
            (outstanding, pace) => Some(pace.unwrap_or(0.0).max(waiting / outstanding as f64)),
        }
    }
}

impl PoolState {
    /// Tells whether it is a server's turn.
    fn may_take(&self, number: usize, now: Duration, balancing: Balancing) -> bool {
        if !self.seats[number].is_able(now) {
            // Better one that fails than none at all.
            return !self.others_are_able(number, now);
        }
        match balancing {
            Balancing::RoundRobin => self.turn_of(now) == Some(number),
            Balancing::LeastLoaded => {
                let able = self.able(now).map(|(_, seat)| seat.outstanding);
                able.min() == Some(self.seats[number].outstanding)
            }
            Balancing::Adaptive => self.is_uneven(now) || self.turn_of(now) == Some(number),
        }
    }

    fn able(&self, now: Duration) -> impl Iterator<Item = (usize, &SeatState)> {
        let seats = self.seats.iter().enumerate();
        seats.filter(move |(_, seat)| seat.is_able(now))
    }

    fn others_are_able(&self, number: usize, now: Duration) -> bool {
        self.able(now).any(|(other, _)| other != number)
    }

    /// Returns whose turn it is: that of the first from `turn` on that is able.
    fn turn_of(&self, now: Duration) -> Option<usize> {
        let count = self.seats.len();
        let round = (self.turn..self.turn + count).map(|number| number % count);
        let mut able = round.filter(|number| self.seats[*number].is_able(now));
        able.next()
    }

    /// Tells whether some servers are slower than others.
    fn is_uneven(&self, now: Duration) -> bool {
        let loads: Vec<f64> = self
            .able(now)
            .filter_map(|(_, seat)| seat.load(now))
            .collect();
        let count = loads.len() as f64;
        let mean = loads.iter().sum::<f64>() / count;
        if loads.len() < 2 || mean <= 0.0 {
            return false;
        }
        let squares = loads.iter().map(|load| (load / mean - 1.0).powi(2));
        squares.sum::<f64>() / count > UNEVEN
    }

    fn take(&mut self, number: usize, inputs: usize, now: Duration) {
        self.turn = (number + 1) % self.seats.len();
        let seat = &mut self.seats[number];
        if seat.outstanding == 0 {
            seat.since = now;
        }
        seat.outstanding += inputs;
    }

    fn give_back(&mut self, number: usize, inputs: usize, now: Duration) -> &mut SeatState {
        let seat = &mut self.seats[number];
        seat.outstanding = seat.outstanding.saturating_sub(inputs);
        seat.since = now;
        seat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that does not exist.
    #[derive(Debug, Clone, Copy)]
    struct Simulated {
        /// Seconds for a batch.
        batch: f64,
        fails: bool,
    }

    const fn taking(batch: f64) -> Simulated {
        let fails = false;
        Simulated { batch, fails }
    }

    /// Lets servers work for so many seconds of a clock that nobody waits for; returns the batches of each.
    fn work(balancing: Balancing, servers: &[Simulated], seconds: f64) -> Vec<usize> {
        let pool = ServerPool::new(balancing);
        let seats: Vec<Seat<'_>> = servers.iter().map(|_| pool.seat()).collect();
        let mut ends: Vec<Option<f64>> = vec![None; servers.len()];
        let mut done = vec![0; servers.len()];
        let mut now = 0.0;
        while now < seconds {
            let time = Duration::from_secs_f64(now);
            for number in (0..servers.len()).cycle().take(2 * servers.len()) {
                let is_free = ends[number].is_none();
                if is_free && pool.lock().may_take(number, time, balancing) {
                    seats[number].take(1, time);
                    ends[number] = Some(now + servers[number].batch);
                }
            }
            let next = ends.iter().flatten().copied().fold(f64::INFINITY, f64::min);
            now = if next.is_finite() { next } else { now + 0.1 };
            for number in 0..servers.len() {
                if ends[number].is_none_or(|end| end > now) {
                    continue;
                }
                ends[number] = None;
                done[number] += 1;
                let (time, took) = (now, servers[number].batch);
                let (time, took) = (Duration::from_secs_f64(time), Duration::from_secs_f64(took));
                if servers[number].fails {
                    seats[number].failed(1, time);
                } else {
                    seats[number].answered(1, took, time);
                }
            }
        }
        done
    }

    #[test]
    fn uneven_servers_do_far_more_when_they_need_not_wait_for_their_turn() {
        for servers in [
            [1.0, 4.0].as_slice(),
            &[1.0, 1.0, 3.0],
            &[1.0, 2.0, 2.0, 8.0],
        ] {
            let servers: Vec<Simulated> = servers.iter().map(|batch| taking(*batch)).collect();
            let batches = |balancing| work(balancing, &servers, 400.0).iter().sum::<usize>() as f64;
            let (round, adaptive) = (batches(Balancing::RoundRobin), batches(Balancing::Adaptive));
            assert!(
                adaptive >= 1.4 * round,
                "{adaptive} and {round} of {servers:?}"
            );
            let possible: f64 = servers.iter().map(|server| 400.0 / server.batch).sum();
            assert!(adaptive >= 0.95 * possible, "{adaptive} of {possible}");
        }
    }

    #[test]
    fn even_servers_take_turns() {
        for balancing in [
            Balancing::RoundRobin,
            Balancing::LeastLoaded,
            Balancing::Adaptive,
        ] {
            let done = work(balancing, &[taking(1.0); 3], 100.0);
            assert!(
                done.iter().all(|batches| (99..=101).contains(batches)),
                "{done:?}"
            );
        }
    }

    #[test]
    fn a_server_that_only_fails_is_out_after_three_batches() {
        for balancing in [
            Balancing::RoundRobin,
            Balancing::LeastLoaded,
            Balancing::Adaptive,
        ] {
            let failing = Simulated {
                batch: 0.01,
                fails: true,
            };
            let done = work(balancing, &[taking(1.0), failing, taking(1.0)], 4.5);
            assert!(done[1] <= 3, "{balancing:?}: {done:?}");
            assert!(done[0] + done[2] >= 8, "{balancing:?}: {done:?}");
        }
    }

    #[test]
    fn a_rest_is_over_after_a_while_and_longer_each_time_until_there_is_an_answer() {
        let pool = ServerPool::new(Balancing::Adaptive);
        let (seat, _other) = (pool.seat(), pool.seat());
        let at = Duration::from_secs;
        assert_eq!(seat.failed(1, at(0)), None);
        assert_eq!(seat.failed(1, at(0)), Some(FIRST_REST));
        assert!(!pool.lock().may_take(0, at(4), Balancing::LeastLoaded));
        assert!(pool.lock().may_take(0, at(5), Balancing::LeastLoaded));
        assert_eq!(seat.failed(1, at(6)), Some(2 * FIRST_REST));
        seat.answered(1, at(1), at(20));
        assert_eq!(seat.failed(1, at(21)), None);
    }

    #[test]
    fn the_only_server_never_rests() {
        let pool = ServerPool::new(Balancing::Adaptive);
        let (seat, other) = (pool.seat(), pool.seat());
        drop(other);
        for second in 0..9 {
            assert_eq!(seat.failed(1, Duration::from_secs(second)), None);
        }
        seat.wait(|| Duration::ZERO, || panic!("nobody else is there"));
    }
}
