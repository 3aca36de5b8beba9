//! The disk level of the cache: what it keeps, what it forgets, and who may use it.

mod damage;
mod kill;
mod levels;
mod several;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use opusclip::cache::{
    Cache, CacheOptions, CacheWarning, FileIdentity, Filter, Input, InputError, Key, KeyBuilder,
};
use tempfile::TempDir;

/// Payloads of this many bytes lie in the index, of `LARGE` in files.
const SMALL: usize = 700;
const LARGE: usize = 9000;

fn options() -> CacheOptions {
    CacheOptions {
        min_free_bytes: 0,
        lock_wait: Duration::ZERO,
        ..CacheOptions::default()
    }
}

fn open(dir: &Path) -> Cache {
    let opened = Cache::open(dir, &options());
    assert_eq!(opened.warning, None);
    opened.cache
}

fn key(number: u32) -> Key {
    KeyBuilder::new("test-v1")
        .field(&number.to_le_bytes())
        .finish()
}

fn input_of(cache: &Cache, path: &Path) -> Result<Input, InputError> {
    cache.input(path, || Input::read(path, &mut || false))
}

/// Returns bytes that do not pack, other ones for each number.
fn payload(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut source = blake3::Hasher::new()
        .update(&number.to_le_bytes())
        .finalize_xof();
    source.fill(&mut bytes);
    bytes
}

fn put(cache: &Cache, stage: &str, numbers: std::ops::Range<u32>, length: usize) {
    for number in numbers {
        cache.put(stage, &key(number), &payload(number, length));
    }
}

/// Returns which records are known, each checked against what was stored.
fn known(cache: &Cache, stage: &str, numbers: std::ops::Range<u32>, length: usize) -> Vec<u32> {
    let mut known = Vec::new();
    for number in numbers {
        if let Some(found) = cache.get(stage, &key(number)) {
            assert_eq!(found, payload(number, length));
            known.push(number);
        }
    }
    known
}

/// Returns all regular files under `dir`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn records_of_any_size_outlive_the_process() {
    let dir = TempDir::new().unwrap();
    let lengths = [1, 100, 3_900, 4_096, 5_000, 300_000];
    let cache = open(dir.path());
    for length in lengths {
        cache.put("shots", &key(length), &payload(length, length as usize));
    }
    drop(cache);
    let cache = open(dir.path());
    for length in lengths {
        assert_eq!(
            cache.get("shots", &key(length)),
            Some(payload(length, length as usize))
        );
    }
}

#[test]
fn what_packs_is_stored_packed() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    cache.put("shots", &key(0), &[7; 1_000_000]);
    assert_eq!(cache.get("shots", &key(0)), Some(vec![7; 1_000_000]));
    let level = &cache.stats().levels[0];
    assert_eq!((level.entries, level.original_bytes), (1, 1_000_000));
    assert!(level.bytes < 1000);
}

#[test]
fn an_empty_payload_is_never_stored() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    cache.put("shots", &key(0), &[]);
    assert_eq!(cache.get("shots", &key(0)), None);
}

#[test]
fn stages_do_not_see_each_others_records() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..1, SMALL);
    assert_eq!(cache.get("faces", &key(0)), None);
}

#[test]
fn a_later_record_replaces_the_earlier_one() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    for length in [LARGE, SMALL, LARGE + 1] {
        cache.put("shots", &key(0), &payload(0, length));
        assert_eq!(cache.get("shots", &key(0)), Some(payload(0, length)));
    }
    assert_eq!(cache.stats().levels[0].entries, 1);
}

#[test]
fn many_threads_share_it() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let cache = &cache;
            scope.spawn(move || {
                for number in 0..40 {
                    let length = if number % 4 == 0 { LARGE } else { SMALL };
                    cache.put("shots", &key(number), &payload(number, length));
                    assert_eq!(
                        cache.get("shots", &key(number)),
                        Some(payload(number, length))
                    );
                    if number % 10 == worker {
                        cache.flush();
                    }
                }
            });
        }
    });
    assert_eq!(cache.verify().checked, 40);
    assert_eq!(cache.verify().damaged, 0);
}

#[test]
fn the_longest_unused_records_make_room() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..10, LARGE);
    drop(cache);
    let small = CacheOptions {
        max_bytes: 6 * LARGE as u64,
        ..options()
    };
    let cache = Cache::open(dir.path(), &small).cache;
    assert_eq!(known(&cache, "shots", 0..2, LARGE), [0, 1]);
    cache.flush();
    let level = &cache.stats().levels[0];
    assert!(level.bytes <= 6 * LARGE as u64, "{level:?}");
    assert_eq!(level.run.evictions, 10 - level.entries);
    assert_eq!(known(&cache, "shots", 0..10, LARGE), [0, 1, 7, 8, 9]);
}

/// Returns the bytes of all files of records; one that is removed meanwhile counts nothing.
fn bytes_of_blobs(dir: &Path) -> u64 {
    let length = |path: PathBuf| fs::metadata(path).map_or(0, |found| found.len());
    let folders = fs::read_dir(dir.join("blobs")).into_iter().flatten();
    let entries = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()));
    let files = entries.flatten().flatten();
    files.map(|file| length(file.path())).sum()
}

#[test]
fn the_folder_never_passes_its_size() {
    let dir = TempDir::new().unwrap();
    let max_bytes = 40 * LARGE as u64;
    let small = CacheOptions {
        max_bytes,
        ..options()
    };
    let cache = Cache::open(dir.path(), &small).cache;
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (cache, dir) = (&cache, dir.path());
            scope.spawn(move || {
                for number in worker * 50..worker * 50 + 50 {
                    put(cache, "shots", number..number + 1, LARGE);
                    let there = bytes_of_blobs(dir);
                    assert!(there <= max_bytes / 100 * 105, "{there} of {max_bytes}");
                }
            });
        }
    });
    let level = &cache.stats().levels[0];
    assert_eq!(level.run.evictions, 200 - level.entries);
    assert!(level.bytes > max_bytes / 2 && level.bytes <= max_bytes);
}

#[test]
fn a_record_larger_than_the_cache_is_not_stored_and_drives_nothing_out() {
    let dir = TempDir::new().unwrap();
    let small = CacheOptions {
        max_bytes: 3 * LARGE as u64,
        ..options()
    };
    let cache = Cache::open(dir.path(), &small).cache;
    put(&cache, "shots", 0..2, LARGE);
    put(&cache, "shots", 2..3, 4 * LARGE);
    assert_eq!(known(&cache, "shots", 0..2, LARGE), [0, 1]);
    assert_eq!(cache.get("shots", &key(2)), None);
    assert!(cache.is_writing());
}

#[test]
fn trimming_to_nothing_leaves_no_blob() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..10, LARGE);
    assert_eq!(cache.trim(0).entries, 10);
    assert!(files(&dir.path().join("blobs")).is_empty());
}

#[test]
fn records_are_cleared_by_stage_and_age() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..3, LARGE);
    put(&cache, "faces", 0..5, SMALL);
    let old = Filter {
        older_than: Some(Duration::from_secs(3600)),
        ..Filter::default()
    };
    assert_eq!(cache.clear(&old).entries, 0);
    let faces = Filter {
        stage: Some("faces".to_owned()),
        ..Filter::default()
    };
    assert_eq!(cache.clear(&faces).entries, 5);
    assert_eq!(known(&cache, "shots", 0..3, LARGE), [0, 1, 2]);
    assert_eq!(cache.clear(&Filter::default()).entries, 3);
    assert_eq!(cache.stats().levels[0].entries, 0);
}

#[test]
fn counters_of_past_runs_are_kept() {
    let dir = TempDir::new().unwrap();
    for run in 1..=3 {
        let cache = open(dir.path());
        put(&cache, "shots", 0..2, SMALL);
        known(&cache, "shots", 0..3, SMALL);
        let level = &cache.stats().levels[0];
        assert_eq!((level.run.hits, level.run.misses), (2, 1));
        assert_eq!((level.lifetime.hits, level.lifetime.misses), (2 * run, run));
    }
}

#[test]
fn only_the_owner_may_look() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("cache");
    let cache = open(&root);
    put(&cache, "shots", 0..2, LARGE);
    drop(cache);
    assert_eq!(
        fs::metadata(&root).unwrap().permissions().mode() & 0o777,
        0o700
    );
    for file in files(&root) {
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
}

#[test]
fn a_folder_of_another_schema_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..3, LARGE);
    drop(cache);
    fs::write(dir.path().join("schema"), "2\n").unwrap();
    let opened = Cache::open(dir.path(), &options());
    let found = opened.warning.unwrap();
    assert!(matches!(found, CacheWarning::OtherSchema { found: 2, .. }));
    put(&opened.cache, "shots", 3..4, LARGE);
    assert!(known(&opened.cache, "shots", 0..4, LARGE).is_empty());
    drop(opened.cache);
    fs::write(dir.path().join("schema"), "1\n").unwrap();
    assert_eq!(known(&open(dir.path()), "shots", 0..4, LARGE), [0, 1, 2]);
}

#[test]
fn a_digest_is_remembered_for_just_that_state_of_the_file() {
    let dir = TempDir::new().unwrap();
    let cache = open(&dir.path().join("cache"));
    let file = dir.path().join("video.mp4");
    fs::write(&file, b"content").unwrap();
    let input = input_of(&cache, &file).unwrap();
    assert_eq!(input.digest.as_bytes(), blake3::hash(b"content").as_bytes());
    let settled = FileIdentity {
        mtime_ns: 1,
        ctime_ns: 1,
        ..input.identity
    };
    cache.remember(&settled, &input.digest);
    assert_eq!(cache.remembered_digest(&settled), Some(input.digest));
    let touched = FileIdentity {
        ctime_ns: 2,
        ..settled
    };
    assert_eq!(cache.remembered_digest(&touched), None);
    // Just written: a second change could hide behind the same times.
    assert_eq!(cache.remembered_digest(&input.identity), None);
}

#[test]
fn only_regular_files_are_read() {
    let dir = TempDir::new().unwrap();
    let cache = open(&dir.path().join("cache"));
    for path in [
        dir.path(),
        Path::new("/dev/zero"),
        &dir.path().join("missing"),
    ] {
        assert!(input_of(&cache, path).is_err(), "{}", path.display());
    }
}
