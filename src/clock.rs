//! Clocks: wall time, processor time, waiting time, memory of work. Only differences are meaningful.

use std::cell::Cell;
use std::fs;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};

/// Measures one piece of work done by the thread that starts it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    began: Instant,
    cpu: Duration,
    waits: Waits,
}

/// What a thread has waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waits {
    /// Waiting for something to work on: a job, a batch, an answer.
    pub input: Duration,
    /// Waiting for room for what it has made, or for its turn.
    pub room: Duration,
}

thread_local! {
    /// Counts as the processor time of a thread does: from its beginning, for itself alone.
    static WAITS: Cell<Waits> = const { Cell::new(Waits { input: Duration::ZERO, room: Duration::ZERO }) };
}

impl Waits {
    /// Returns all of it.
    pub fn total(self) -> Duration {
        self.input + self.room
    }

    fn since(self, before: Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            room: self.room.saturating_sub(before.room),
        }
    }
}

/// Does what is a wait for something to work on, and counts its time as that.
pub fn await_input<T>(wait: impl FnOnce() -> T) -> T {
    count_wait(wait, |waits, took| waits.input += took)
}

/// Does what is a wait for room or for a turn, and counts its time as that.
pub fn await_room<T>(wait: impl FnOnce() -> T) -> T {
    count_wait(wait, |waits, took| waits.room += took)
}

fn count_wait<T>(wait: impl FnOnce() -> T, add: impl FnOnce(&mut Waits, Duration)) -> T {
    let (begun, before) = (Instant::now(), WAITS.get());
    let value = wait();
    // What was counted within it is a part of it.
    let mut waits = before;
    add(&mut waits, begun.elapsed());
    WAITS.set(waits);
    value
}

impl Stopwatch {
    /// Starts to measure the calling thread.
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
            cpu: thread_cpu(),
            waits: WAITS.get(),
        }
    }

    /// Returns what the thread has waited since the start; ask on the thread that started it.
    pub fn waits(&self) -> Waits {
        WAITS.get().since(self.waits)
    }

    /// Returns when it was started.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Returns the time since the start, on a clock that nobody can set.
    pub fn wall(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns the processor time used since the start; ask on the thread that started it.
    pub fn cpu(&self) -> Duration {
        thread_cpu().saturating_sub(self.cpu)
    }
}

/// The processor time of one thread, readable from others.
#[derive(Debug, Clone, Copy)]
pub struct ThreadClock(ClockId);

impl ThreadClock {
    /// Returns the clock of the calling thread, or `None` where the system has none.
    pub fn of_this_thread() -> Option<Self> {
        let mut clock = 0;
        // SAFETY: the calling thread exists while it asks, and `clock` outlives the call.
        let answer = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
        (answer == 0).then(|| Self(ClockId::from_raw(clock)))
    }

    /// Returns the processor time that the thread has used, zero when it has ended.
    pub fn read(&self) -> Duration {
        cpu_clock(self.0)
    }
}

/// Returns the processor time that the calling thread has used.
pub fn thread_cpu() -> Duration {
    cpu_clock(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// Returns the processor time that all threads of the process have used.
pub fn process_cpu() -> Duration {
    cpu_clock(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// Returns the processor time of the processes that this one started and that have ended.
pub fn children_cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return Duration::ZERO;
    };
    let micros = |time: TimeVal| time.tv_sec() * 1_000_000 + time.tv_usec();
    let total = micros(usage.user_time()) + micros(usage.system_time());
    Duration::from_micros(u64::try_from(total).unwrap_or(0))
}

/// Returns how long all cores of the machine have had nothing to do, together; `None` where `/proc` does not tell.
pub fn machine_idle() -> Option<Duration> {
    const TICKS: u64 = 100; // USER_HZ, which is the same on every Linux
    let stat = fs::read_to_string("/proc/stat").ok()?;
    Some(Duration::from_millis(idle_ticks(&stat)? * 1000 / TICKS))
}

/// Reads the ticks without work and those with work that waits for a disk.
fn idle_ticks(stat: &str) -> Option<u64> {
    let all = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let mut ticks = all.split_whitespace().skip(3);
    let mut next = || ticks.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Returns the most bytes of memory the process has had resident at once, 0 where `/proc` does not tell.
///
/// Not `getrusage`: its number starts with that of the program that started this one.
pub fn peak_rss() -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| field_bytes(&status, "VmHWM:"))
        .unwrap_or(0)
}

/// Returns the bytes of memory the process has resident now, 0 where `/proc` does not tell.
pub fn resident() -> u64 {
    fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|sizes| resident_pages(&sizes))
        .map_or(0, |pages| pages * page_size())
}

/// Returns the second of the sizes in `/proc/self/statm`.
fn resident_pages(sizes: &str) -> Option<u64> {
    sizes.split_whitespace().nth(1)?.parse().ok()
}

fn page_size() -> u64 {
    // SAFETY: asks for a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).unwrap_or(4096)
}

fn field_bytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn cpu_clock(clock: ClockId) -> Duration {
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_the_thread_and_the_process() {
        let (process, watch) = (process_cpu(), Stopwatch::start());
        while watch.cpu() < Duration::from_millis(2) {
            std::hint::black_box((0..1000_u64).sum::<u64>());
        }
        assert!(process_cpu() - process >= Duration::from_millis(2));
        assert!(watch.wall() > Duration::ZERO);
    }

    #[test]
    fn the_memory_of_another_thread_counts_and_its_processor_time_does_not() {
        let watch = Stopwatch::start();
        std::thread::spawn(|| {
            let busy = Stopwatch::start();
            while busy.cpu() < Duration::from_millis(20) {}
        })
        .join()
        .unwrap();
        assert!(watch.cpu() < Duration::from_millis(20));
        assert!(peak_rss() > 100_000);
        assert!(resident() > 100_000 && resident() <= peak_rss() + (64 << 20));
    }

    #[test]
    fn the_high_water_mark_is_read_in_bytes() {
        let status = "VmPeak:\t 9 kB\nVmHWM:\t   5720 kB\n";
        assert_eq!(field_bytes(status, "VmHWM:"), Some(5_857_280));
        assert_eq!(field_bytes("Name: x\n", "VmHWM:"), None);
        assert!(resident() > 100_000);
    }

    #[test]
    fn idle_cores_are_read_with_those_that_wait_for_a_disk() {
        let stat = "cpu  10 20 30 400 5 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n";
        assert_eq!(idle_ticks(stat), Some(405));
        assert_eq!(idle_ticks("intr 1\n"), None);
    }

    #[test]
    fn waits_are_counted_once_and_by_what_they_are_for() {
        let watch = Stopwatch::start();
        let nap = || std::thread::park_timeout(Duration::from_millis(3));
        await_input(|| await_room(nap));
        let input = watch.waits();
        assert!(input.input > Duration::ZERO && input.room == Duration::ZERO);
        await_room(nap);
        assert!(watch.waits().room > Duration::ZERO && watch.waits().input == input.input);
        assert!(watch.waits().total() <= watch.wall());
    }
}
