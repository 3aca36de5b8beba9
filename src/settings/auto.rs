//! Settings that may be "auto", and what the machine chooses for them.

use std::fmt;

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use serde::Deserialize;
use serde::de::value::{I64Deserializer, SeqAccessDeserializer, StrDeserializer, U64Deserializer};
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use sysinfo::System;

use crate::settings::cgroup;
use crate::settings::footprint::Footprint;
use crate::settings::units::{Bytes, Count};

/// A setting that is `"auto"` or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto<T> {
    /// The program chooses.
    Auto,
    /// The user chose.
    Set(T),
}

impl<T> Auto<T> {
    /// Returns the user's choice, or else what `choose` makes.
    pub fn or_else(self, choose: impl FnOnce() -> T) -> T {
        match self {
            Self::Auto => choose(),
            Self::Set(value) => value,
        }
    }
}

/// Bytes for each core, and at least for all: more gains a run nothing but models that stay open.
const MEMORY_PER_CORE: u64 = 512 << 20;
const LEAST_MEMORY: u64 = 1 << 30;
/// Fewest bytes of pictures in flight.
const LEAST_PICTURES: u64 = 64 << 20;

/// Machine facts that decide "auto".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Cores this process may use.
    pub cores: usize,
    /// Bytes of main memory.
    pub memory_bytes: u64,
    /// Bytes this process's group may use, where a limit is set.
    pub cgroup_limit: Option<u64>,
    /// Bytes of addresses that this process may map, where a limit is set: `ulimit -v`.
    pub address_limit: Option<u64>,
}

impl Machine {
    /// Returns the machine this process runs on, with the limits set on it.
    pub fn detect() -> Self {
        let mut system = System::new();
        system.refresh_memory();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: system.total_memory(),
            cgroup_limit: cgroup::memory_limit(),
            address_limit: address_limit(),
        }
    }

    /// Returns the bytes this process may count on.
    pub fn usable_memory(&self) -> u64 {
        let limits = [self.cgroup_limit, self.address_limit];
        let limits = limits.into_iter().flatten();
        limits.fold(self.memory_bytes, u64::min)
    }

    /// Returns how many of `videos` to work on at once, and the memory for that.
    ///
    /// What is left open is one video per core, fewer where memory is short; half a gigabyte per core and at least one, more
    /// where what is asked needs more; a sixteenth of that for pictures, 64 MiB to 4 GiB. What asks for more than there is is cut.
    pub(super) fn memory_of(
        &self,
        videos: usize,
        (jobs, limit, pictures): (Auto<Count>, Auto<Bytes>, Auto<Bytes>),
    ) -> MemoryPlan {
        let asked_jobs = |other| jobs.or_else(|| other).get();
        let asked_pictures = |limit| pictures.or_else(|| Bytes(pictures_of(limit))).0;
        let wanted = limit.or_else(|| {
            let share = (self.cores as u64 * MEMORY_PER_CORE).max(LEAST_MEMORY);
            let jobs = asked_jobs(one());
            Bytes(share.max(Footprint::new(0, asked_pictures(share), jobs).needed()))
        });
        let mut plan = MemoryPlan {
            limit: wanted.0.min(self.usable_memory()),
            ..MemoryPlan::default()
        };
        if let Auto::Set(asked) = limit {
            plan.cut("max-memory", asked.0 >> 20, plan.limit >> 20, " MiB");
        }
        plan.pictures = asked_pictures(plan.limit);
        let least = Footprint::new(plan.limit, 0, 1).spare().max(LEAST_PICTURES);
        if plan.pictures > least {
            plan.cut("memory-budget", plan.pictures >> 20, least >> 20, " MiB");
            plan.pictures = least;
        }
        let most = asked_jobs(Count::new(self.cores.min(videos).max(1)).unwrap_or_else(one));
        let fits = |jobs: &usize| Footprint::new(plan.limit, plan.pictures, *jobs).fits();
        plan.jobs = (1..=most).rev().find(fits).unwrap_or(1);
        if let Auto::Set(asked) = jobs {
            plan.cut("jobs", asked.get() as u64, plan.jobs as u64, "");
        }
        plan
    }

    /// Returns one session for every four cores: one with all cores is as fast as several with fewer, and each takes its own memory.
    pub(super) fn sessions(&self) -> usize {
        self.cores.div_ceil(4)
    }

    /// Returns how many clips to render side by side: one encoder thread each costs the least, beyond four memory does.
    pub(super) fn renderers(&self) -> usize {
        self.cores.clamp(1, 4)
    }

    /// Returns the cores that fall to each of `parts`.
    pub(super) fn share(&self, parts: usize) -> usize {
        (self.cores / parts.max(1)).max(1)
    }
}

fn address_limit() -> Option<u64> {
    let (limit, _) = getrlimit(Resource::RLIMIT_AS).ok()?;
    (limit != RLIM_INFINITY).then_some(limit)
}

/// The memory of a run, and how many videos share it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct MemoryPlan {
    /// Videos worked on at once.
    pub(super) jobs: usize,
    /// Bytes that the process may have.
    pub(super) limit: u64,
    /// Bytes of pictures in flight.
    pub(super) pictures: u64,
    /// One line for each setting that was cut.
    pub(super) cuts: Vec<String>,
}

impl MemoryPlan {
    /// Takes note that a setting is cut, where it is.
    fn cut(&mut self, setting: &str, asked: u64, given: u64, unit: &str) {
        if given < asked {
            let line = format!(
                "{setting} = {asked}{unit} is more than the memory here has room for: {given}{unit}"
            );
            self.cuts.push(line);
        }
    }
}

fn one() -> Count {
    Count::new(1).expect("one is a count")
}

/// Returns the bytes of pictures in flight in a process of `limit` bytes.
fn pictures_of(limit: u64) -> u64 {
    (limit / 16).clamp(LEAST_PICTURES, 4 << 30)
}

struct AutoVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AutoVisitor<T> {
    type Value = Auto<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"auto\" or a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Auto<T>, E> {
        match text {
            "auto" => Ok(Auto::Auto),
            _ => T::deserialize(StrDeserializer::new(text)).map(Auto::Set),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Auto<T>, E> {
        T::deserialize(I64Deserializer::new(number)).map(Auto::Set)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Auto<T>, E> {
        T::deserialize(U64Deserializer::new(number)).map(Auto::Set)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Auto<T>, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(list)).map(Auto::Set)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Auto<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AutoVisitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn machine(cores: usize, memory: u64) -> Machine {
        Machine {
            cores,
            memory_bytes: memory,
            cgroup_limit: None,
            address_limit: None,
        }
    }

    /// What is decided where nothing is asked: videos at once, MiB of the process and of pictures in flight.
    fn decided(machine: &Machine, videos: usize) -> (usize, u64, u64) {
        let open = (Auto::Auto, Auto::Auto, Auto::Auto);
        let plan = machine.memory_of(videos, open);
        assert!(plan.cuts.is_empty());
        (plan.jobs, plan.limit >> 20, plan.pictures >> 20)
    }

    #[test]
    fn one_video_at_once_per_core_and_no_more_than_there_are() {
        assert_eq!(decided(&machine(8, 64 * GIB), 100), (8, 4096, 256));
        assert_eq!(decided(&machine(8, 64 * GIB), 3).0, 3);
        assert_eq!(decided(&machine(8, 64 * GIB), 0).0, 1);
    }

    #[test]
    fn two_cores_make_do_with_a_gigabyte() {
        assert_eq!(decided(&machine(2, 24 * GIB), 9), (2, 1024, 64));
    }

    #[test]
    fn little_memory_means_fewer_videos_at_once() {
        assert_eq!(decided(&machine(16, GIB), 100), (9, 1024, 64));
        assert_eq!(decided(&machine(2, 640 << 20), 100), (1, 640, 64));
        assert_eq!(decided(&machine(16, 0), 100).0, 1);
    }

    #[test]
    fn who_asks_for_more_gets_it_where_it_is_there() {
        let count = |count| Auto::Set(Count::new(count).unwrap());
        let bytes = |bytes| Auto::Set(Bytes(bytes));
        let ample = machine(2, 64 * GIB);
        let plan = ample.memory_of(1, (count(32), Auto::Auto, bytes(8 * GIB)));
        assert_eq!((plan.jobs, plan.pictures), (32, 8 * GIB));
        assert!(plan.cuts.is_empty());
        let plan = ample.memory_of(1, (Auto::Auto, bytes(2 * GIB), Auto::Auto));
        assert_eq!(
            (plan.jobs, plan.limit, plan.pictures),
            (1, 2 * GIB, GIB / 8)
        );
    }

    #[test]
    fn who_asks_for_more_than_there_is_is_told_what_it_is_cut_to() {
        let count = |count| Auto::Set(Count::new(count).unwrap());
        let bytes = |bytes| Auto::Set(Bytes(bytes));
        let small = machine(2, GIB);
        let plan = small.memory_of(99, (count(32), bytes(4 * GIB), bytes(8 * GIB)));
        assert_eq!(
            plan.cuts,
            [
                "max-memory = 4096 MiB is more than the memory here has room for: 1024 MiB",
                "memory-budget = 8192 MiB is more than the memory here has room for: 421 MiB",
                "jobs = 32 is more than the memory here has room for: 1",
            ]
        );
        assert!(Footprint::new(plan.limit, plan.pictures, plan.jobs).fits());
    }

    #[test]
    fn the_limit_of_the_group_counts_when_it_is_smaller() {
        let limited = Machine {
            cgroup_limit: Some(GIB),
            ..machine(4, 64 * GIB)
        };
        assert_eq!(decided(&limited, 1).1, 1024);
        let unlimited = Machine {
            cgroup_limit: Some(u64::MAX),
            ..machine(4, 64 * GIB)
        };
        assert_eq!(decided(&unlimited, 1).1, 2048);
    }
}
