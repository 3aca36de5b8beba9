//! Settings of the cache.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Bytes, units, written};

/// Kept results.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CacheSettings {
    /// Whether anything is kept and reused.
    pub enabled: bool,
    /// Size that the folder is kept under.
    pub max_bytes: Bytes,
    /// zstd level, 1 to 19.
    #[serde(deserialize_with = "written::compression_level")]
    pub compression_level: i32,
    /// Records held in memory at most; 0 for none.
    pub memory_entries: u64,
    /// Bytes of records held in memory at most.
    pub memory_bytes: Bytes,
    /// How long a record is held in memory.
    #[serde(deserialize_with = "units::length")]
    pub memory_ttl: Duration,
    /// URL of a Redis server that machines share; none for none.
    #[serde(deserialize_with = "written::remote")]
    pub remote: Option<String>,
    /// Folder on a disk that machines share; none for none.
    #[serde(deserialize_with = "written::remote_folder")]
    pub remote_folder: Option<PathBuf>,
}
