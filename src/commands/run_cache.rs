//! The cache of a run: opened as its settings say, its warnings and its levels as the report shows them.

use std::panic::resume_unwind;
use std::thread;

use anyhow::Context;

use crate::cache::{Cache, CacheOptions, CacheWarning, LevelStats, MemoryOptions, RemoteOptions};
use crate::report::{self, Warning};
use crate::settings::{CacheSettings, Folders, Settings};

/// What an error of the system means where a thread is started.
pub(super) const NO_THREAD: &str = "no thread can be started";

/// Opens the cache in a thread, where a fault of the database is heard by nobody but its guard.
pub(super) fn open_cache(
    folders: &Folders,
    settings: &Settings,
) -> anyhow::Result<(Cache, Option<CacheWarning>)> {
    if !settings.cache.enabled {
        return Ok((Cache::off(), None));
    }
    let options = cache_options(&settings.cache);
    let opened = thread::scope(|scope| {
        let thread = thread::Builder::new().name("cache".into());
        let open = || Cache::open(&folders.cache, &options);
        let opening = thread.spawn_scoped(scope, open).context(NO_THREAD)?;
        anyhow::Ok(opening.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    Ok((opened.cache, opened.warning))
}

fn cache_options(settings: &CacheSettings) -> CacheOptions {
    CacheOptions {
        max_bytes: settings.max_bytes.0,
        compression_level: settings.compression_level,
        memory: Some(MemoryOptions {
            entries: settings.memory_entries,
            bytes: settings.memory_bytes.0,
            ttl: settings.memory_ttl,
        }),
        remote: RemoteOptions {
            redis: settings.remote.clone(),
            folder: settings.remote_folder.clone(),
        },
        ..CacheOptions::default()
    }
}

pub(super) fn of_cache(warning: CacheWarning) -> Warning {
    let reason = warning.to_string();
    Warning::Cache { reason }
}

pub(super) fn cache_levels(cache: &Cache) -> Vec<report::CacheLevel> {
    let level = |level: LevelStats| report::CacheLevel {
        name: level.name.to_owned(),
        hits: level.run.hits,
        misses: level.run.misses,
        bytes: level.bytes,
        entries: level.entries,
        evictions: level.run.evictions,
    };
    cache.stats().levels.into_iter().map(level).collect()
}
