//! `opusclip cache`: what the cache holds, and keeping it in order. Returns what is to be shown; prints nothing.

use std::fmt::Write;
use std::path::Path;

use anyhow::bail;

use crate::cache::{Cache, Cleared, Counters, Filter, Options, Stats};

/// Returns what the cache in `dir` holds and how often it knew the answer, as a table or as JSON.
pub fn stats(dir: &Path, json: bool) -> anyhow::Result<String> {
    let stats = open(dir)?.stats();
    if json {
        return Ok(serde_json::to_string_pretty(&stats)?);
    }
    Ok(table(dir, &stats))
}

/// Returns the folder itself, for scripts.
pub fn dir(dir: &Path) -> String {
    dir.display().to_string()
}

/// Removes the records that `filter` matches, and says how many.
pub fn clear(dir: &Path, filter: &Filter) -> anyhow::Result<String> {
    Ok(removed(open(dir)?.clear(filter)))
}

/// Removes the longest unused records until at most `max_bytes` are left, and says how many.
pub fn trim(dir: &Path, max_bytes: u64) -> anyhow::Result<String> {
    Ok(removed(open(dir)?.trim(max_bytes)))
}

/// Reads every record, quarantines the damaged ones, and says what was found.
pub fn verify(dir: &Path) -> anyhow::Result<String> {
    let report = open(dir)?.verify();
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

/// Opens the cache for its own sake: here a cache that cannot be used is no side issue.
fn open(dir: &Path) -> anyhow::Result<Cache> {
    let opened = Cache::open(dir, &Options::default());
    match opened.warning {
        Some(warning) if !opened.cache.is_on() => bail!("{warning}"),
        _ => Ok(opened.cache),
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
        text += &row([
            "stage", "records", "size", "stored", "hits", "misses", "hit rate", "evicted",
            "damaged",
        ]
        .map(str::to_owned));
        for stage in &level.stages {
            text += &row(cells(
                &stage.stage,
                stage.entries,
                stage.bytes,
                stage.original_bytes,
                &stage.lifetime,
            ));
        }
        text += &row(cells(
            "all",
            level.entries,
            level.bytes,
            level.original_bytes,
            &level.lifetime,
        ));
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

fn row([name, numbers @ ..]: [String; 9]) -> String {
    let numbers: String = numbers
        .iter()
        .map(|number| format!("{number:>12}"))
        .collect();
    format!("{name:<12}{numbers}\n")
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
