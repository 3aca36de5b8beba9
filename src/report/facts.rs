//! Run facts: what a report needs beside the events.

use std::time::Duration;

use super::json::{CacheLevel, DeviceUse, MemoryUse};

/// What the events do not tell: asked of the machine, the cache and the settings when the run is over.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// RFC 3339 in UTC.
    pub started: String,
    /// Cores that the process may use.
    pub cores: usize,
    /// Processor time of the whole process.
    pub cpu: Duration,
    /// Memory that the process may use, in bytes; 0 where that is not known.
    pub machine_bytes: u64,
    /// Memory that it used.
    pub memory: MemoryUse,
    /// What it worked on.
    pub devices: Vec<DeviceUse>,
    /// What the levels of the cache count.
    pub cache: Vec<CacheLevel>,
    /// The settings it ran with.
    pub applied: Applied,
}

/// Settings as they were applied: every "auto" resolved.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// `jobs`.
    pub jobs: usize,
    /// `decode-threads`.
    pub decode_threads: usize,
    /// `inference.sessions`.
    pub sessions: usize,
    /// `inference.threads`.
    pub session_threads: usize,
    /// `cache.enabled`.
    pub cache_enabled: bool,
    /// `cache.max-bytes`.
    pub cache_max_bytes: u64,
    /// `render.preset`.
    pub render_preset: String,
}
