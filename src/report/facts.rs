//! Run facts: what a report needs beside the events.

use std::path::PathBuf;
use std::time::Duration;

use super::json::{CacheLevel, DeviceUse, MemoryUse};

/// What the events do not tell: asked of the machine, the cache and the settings when the run is over.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// RFC 3339 in UTC.
    pub started: String,
    /// The folder of the results.
    pub output: Option<PathBuf>,
    /// Cores that the process may use.
    pub cores: usize,
    /// Processor time of the whole process.
    pub cpu: Duration,
    /// How long all cores of the machine had nothing to do while the run went on, together, where that is known.
    pub idle: Option<Duration>,
    /// What an hour of this machine costs; 0 where nobody says.
    pub price_per_hour: f64,
    /// Memory that the process may use, in bytes; 0 where that is not known.
    pub machine_bytes: u64,
    /// Memory that it used.
    pub memory: MemoryUse,
    /// What it worked on.
    pub devices: Vec<DeviceUse>,
    /// What the levels of the cache count.
    pub cache: Vec<CacheLevel>,
    /// Bytes that are free where the results are, where that is known.
    pub free_bytes: Option<u64>,
    /// What is alarming.
    pub alerts: AlertLimits,
    /// The settings it ran with.
    pub applied: Applied,
}

/// When a run is alarming: `[alerts]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlertLimits {
    /// The share of the memory that may be used; 1 for all of it.
    pub memory: f64,
    /// The share of the jobs that may fail; 1 for all of them.
    pub errors: f64,
    /// The share of the answers that the cache must know.
    pub hits: f64,
    /// Bytes that must be left free.
    pub free_disk: u64,
}

impl Default for AlertLimits {
    /// Nothing is alarming.
    fn default() -> Self {
        Self {
            memory: 1.0,
            errors: 1.0,
            hits: 0.0,
            free_disk: 0,
        }
    }
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
    /// `render.workers`.
    pub render_workers: usize,
    /// `inference.batch`, where it was set.
    pub batch: Option<usize>,
    /// `shots.gate`.
    pub shot_gate: bool,
    /// `faces.sparse`.
    pub sparse_faces: bool,
}
