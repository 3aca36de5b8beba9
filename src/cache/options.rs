//! Options of the cache: size, free space, compression, lock, and the levels beside the disk.

use std::time::Duration;

use super::memory_level::MemoryOptions;
use super::remote::RemoteOptions;

/// Limits of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// Bytes of records to keep at most, at any moment; the longest unused go first.
    pub max_bytes: u64,
    /// Free bytes to leave on the disk: below, nothing more is stored.
    pub min_free_bytes: u64,
    /// The zstd level, 1 to 22; 0 stores everything as it is.
    pub compression_level: i32,
    /// How long to wait for another process to leave the folder.
    pub lock_wait: Duration,
    /// Limits of what is held in memory; with none nothing is.
    pub memory: Option<MemoryOptions>,
    /// What several machines share.
    pub remote: RemoteOptions,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            max_bytes: 10 << 30,
            min_free_bytes: 64 << 20,
            compression_level: 3,
            lock_wait: Duration::from_secs(1),
            memory: None,
            remote: RemoteOptions::default(),
        }
    }
}
