//! `opusclip cache`: what the cache holds, and keeping it in order. Returns what is to be shown; only a warning of a repaired index goes to stderr.

use std::fmt::Write;
use std::path::Path;

use anyhow::bail;

use crate::cache::{
    Cache, CacheOptions, CacheWarning, Cleared, Counters, Filter, StageStats, Stats,
};
use crate::report;

/// Returns what the cache in `dir` holds and how often it knew the answer, as a table or as JSON.
pub fn stats(dir: &Path, json: bool) -> anyhow::Result<String> {
    let stats = with_cache(dir, Cache::stats)?;
    if json {
        return Ok(serde_json::to_string_pretty(&stats)?);
    }
    Ok(table(dir, &stats))
}

/// Returns the folder itself, for scripts.
pub fn dir(dir: &Path) -> String {
    format!("{}\n", dir.display())
}

/// Removes the records that `filter` matches, and says how many.
pub fn clear(dir: &Path, filter: &Filter) -> anyhow::Result<String> {
    with_cache(dir, |cache| cache.clear(filter)).map(removed)
}

/// Removes the longest unused records until at most `max_bytes` are left, and says how many.
pub fn trim(dir: &Path, max_bytes: u64) -> anyhow::Result<String> {
    with_cache(dir, |cache| cache.trim(max_bytes)).map(removed)
}

/// Reads every record, quarantines the damaged ones, and says what was found.
pub fn verify(dir: &Path) -> anyhow::Result<String> {
    let report = with_cache(dir, Cache::verify)?;
    let mut text = format!(
        "{} checked, {} damaged",
        records(report.checked),
        report.damaged
    );
    for (count, meaning) in [
        (report.lost, "without their file, removed"),
        (report.unreadable, "could not be read"),
        (report.found, "not in the index, taken in"),
    ] {
        if count > 0 {
            write!(text, ", {count} {meaning}")?;
        }
    }
    Ok(text)
}

/// Does `work` on the cache in `dir`. Here a cache that cannot be used is no side issue: the first warning is the answer.
fn with_cache<T>(dir: &Path, work: impl FnOnce(&Cache) -> T) -> anyhow::Result<T> {
    if !dir.exists() {
        return Ok(work(&Cache::off())); // to look is not to create
    }
    // Large, not the default: to look is not to evict either.
    let options = CacheOptions {
        max_bytes: u64::MAX,
        ..CacheOptions::default()
    };
    let opened = Cache::open(dir, &options);
    match opened.warning {
        Some(rebuilt @ CacheWarning::Rebuilt { .. }) => {
            report::say(&format!("warning: {rebuilt}"));
        }
        Some(unusable) => bail!("{unusable}"),
        None => {}
    }
    let answer = work(&opened.cache);
    opened.cache.flush();
    match opened.cache.take_warnings().pop() {
        Some(warning) => bail!("{warning}"),
        None => Ok(answer),
    }
}

fn table(dir: &Path, stats: &Stats) -> String {
    let mut text = format!("cache {}\n", dir.display());
    for level in &stats.levels {
        let size = mebibytes(level.bytes);
        let packed = ratio(level.bytes, level.original_bytes);
        _ = writeln!(
            text,
            "{}: {}, {size}, stored at {packed} of their size\n",
            level.name,
            records(level.entries)
        );
        let titles = [
            "stage", "records", "size", "stored", "hits", "misses", "hit rate", "evicted",
            "damaged",
        ]
        .map(str::to_owned);
        let stages = level.stages.iter().map(|stage| {
            let StageStats {
                stage,
                entries,
                bytes,
                original_bytes,
                lifetime,
                ..
            } = stage;
            cells(stage, *entries, *bytes, *original_bytes, lifetime)
        });
        let (entries, bytes) = (level.entries, level.bytes);
        let all = cells("all", entries, bytes, level.original_bytes, &level.lifetime);
        let rows = [titles].into_iter().chain(stages).chain([all]);
        text += &report::table(&rows.collect::<Vec<_>>());
    }
    text
}

fn cells(name: &str, entries: u64, bytes: u64, original: u64, counters: &Counters) -> [String; 9] {
    [
        name.to_owned(),
        entries.to_string(),
        mebibytes(bytes),
        ratio(bytes, original),
        counters.hits.to_string(),
        counters.misses.to_string(),
        counters
            .hit_rate()
            .map_or("-".to_owned(), |rate| format!("{:.1} %", rate * 100.0)),
        counters.evictions.to_string(),
        counters.damaged.to_string(),
    ]
}

fn removed(cleared: Cleared) -> String {
    format!(
        "{} removed, {}",
        records(cleared.entries),
        mebibytes(cleared.bytes)
    )
}

fn records(count: u64) -> String {
    let noun = if count == 1 { "record" } else { "records" };
    format!("{count} {noun}")
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn ratio(bytes: u64, original: u64) -> String {
    if original == 0 {
        return "-".to_owned();
    }
    format!("{:.0} %", bytes as f64 / original as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::KeyBuilder;
    use tempfile::TempDir;

    /// A cache that kept four records, knew four answers and lacked one.
    fn used() -> TempDir {
        let dir = TempDir::new().unwrap();
        let cache = Cache::open(
            dir.path(),
            &CacheOptions {
                min_free_bytes: 0,
                ..CacheOptions::default()
            },
        )
        .cache;
        let key = |number: u8| KeyBuilder::new("test-v1").field(&[number]).finish();
        (0..4).for_each(|number| cache.put("shots", &key(number), &[number; 50]));
        (0..5).for_each(|number| drop(cache.get("shots", &key(number))));
        dir
    }

    #[test]
    fn the_table_tells_what_is_kept_and_how_often_it_was_known() {
        let dir = used();
        let text = stats(dir.path(), false).unwrap();
        assert!(text.contains("4 records"), "{text}");
        assert!(text.contains("80.0 %"), "{text}");
    }

    #[test]
    fn the_same_is_there_for_programs() {
        let dir = used();
        let json = stats(dir.path(), true).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["levels"][0]["name"], "disk");
        assert_eq!(json["levels"][0]["lifetime"]["hits"], 4);
        assert_eq!(json["levels"][0]["stages"][0]["stage"], "shots");
    }

    #[test]
    fn upkeep_says_what_it_did() {
        let dir = used();
        assert_eq!(verify(dir.path()).unwrap(), "4 records checked, 0 damaged");
        assert_eq!(trim(dir.path(), 0).unwrap(), "4 records removed, 0.0 MiB");
        assert_eq!(
            clear(dir.path(), &Filter::default()).unwrap(),
            "0 records removed, 0.0 MiB"
        );
    }

    #[test]
    fn a_cache_in_use_is_looked_at_and_kept_in_order_all_the_same() {
        let dir = used();
        let _run = Cache::open(dir.path(), &CacheOptions::default());
        let text = stats(dir.path(), false).unwrap();
        assert!(text.contains("4 records"), "{text}");
        assert_eq!(verify(dir.path()).unwrap(), "4 records checked, 0 damaged");
        assert_eq!(
            clear(dir.path(), &Filter::default()).unwrap(),
            "4 records removed, 0.0 MiB"
        );
    }

    #[test]
    fn to_look_makes_no_folder() {
        let dir = TempDir::new().unwrap();
        let missing = dir.path().join("cache");
        stats(&missing, false).unwrap();
        clear(&missing, &Filter::default()).unwrap();
        assert!(!missing.exists());
    }
}
