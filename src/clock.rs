//! Clocks: wall time, processor time, memory of work. Only differences are meaningful.

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
}

impl Stopwatch {
    /// Starts to measure the calling thread.
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
            cpu: thread_cpu(),
        }
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

/// Returns the most bytes of memory the process has had resident at once, 0 where `/proc` does not tell.
///
/// Not `getrusage`: its number starts with that of the program that started this one.
pub fn peak_rss() -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| high_water(&status))
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

fn high_water(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
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
        assert_eq!(
            high_water("VmPeak:\t 9 kB\nVmHWM:\t   5720 kB\n"),
            Some(5_857_280)
        );
        assert_eq!(high_water("Name: x\n"), None);
    }
}
