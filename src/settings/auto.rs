//! Settings that may be "auto", and what the machine chooses for them.

use std::fmt;

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use serde::Deserialize;
use serde::de::value::{I64Deserializer, SeqAccessDeserializer, StrDeserializer, U64Deserializer};
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use sysinfo::System;

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
            cgroup_limit: system.cgroup_limits().map(|limits| limits.total_memory),
            address_limit: address_limit(),
        }
    }

    /// Returns the bytes this process may count on.
    pub fn usable_memory(&self) -> u64 {
        let limits = [self.cgroup_limit, self.address_limit];
        let limits = limits.into_iter().flatten();
        limits.fold(self.memory_bytes, u64::min)
    }

    /// Returns how many of `videos` to work on at once: one per core, each with half a gigabyte to itself.
    pub(super) fn jobs(&self, videos: usize) -> usize {
        let roomy = usize::try_from(self.usable_memory() / (512 << 20)).unwrap_or(usize::MAX);
        self.cores.min(videos).min(roomy).max(1)
    }

    /// Returns the bytes of pictures in flight: a quarter of the memory, 64 MiB to 4 GiB.
    pub(super) fn memory_budget(&self) -> u64 {
        (self.usable_memory() / 4).clamp(64 << 20, 4 << 30)
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

    #[test]
    fn one_video_at_once_per_core_and_no_more_than_there_are() {
        assert_eq!(machine(8, 64 * GIB).jobs(100), 8);
        assert_eq!(machine(8, 64 * GIB).jobs(3), 3);
        assert_eq!(machine(8, 64 * GIB).jobs(0), 1);
    }

    #[test]
    fn little_memory_means_fewer_videos_at_once() {
        assert_eq!(machine(16, 2 * GIB).jobs(100), 4);
        assert_eq!(machine(16, 0).jobs(100), 1);
    }

    #[test]
    fn the_limit_of_the_group_counts_when_it_is_smaller() {
        let limited = Machine {
            cgroup_limit: Some(GIB),
            ..machine(4, 64 * GIB)
        };
        assert_eq!(limited.memory_budget(), GIB / 4);
        let unlimited = Machine {
            cgroup_limit: Some(u64::MAX),
            ..machine(4, 8 * GIB)
        };
        assert_eq!(unlimited.memory_budget(), 2 * GIB);
    }
}
