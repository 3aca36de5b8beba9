//! The levels beside the disk: what is held in memory, and what machines share.

use std::fs;
use std::path::Path;

use opusclip::cache::{Cache, CacheOptions, MemoryOptions, RemoteOptions};
use tempfile::TempDir;

use super::{LARGE, SMALL, files, key, known, options, payload, put};

/// Returns the cache of another machine with the same shared folder.
fn machine(dir: &Path, shared: &Path) -> Cache {
    let remote = RemoteOptions {
        redis: None,
        folder: Some(shared.to_owned()),
    };
    let options = CacheOptions {
        remote,
        ..options()
    };
    let opened = Cache::open(dir, &options);
    assert_eq!(opened.warning, None);
    opened.cache
}

fn level(cache: &Cache, name: &str) -> (u64, u64) {
    let stats = cache.stats();
    let level = stats.levels.iter().find(|level| level.name == name);
    level
        .map(|level| (level.run.hits, level.run.misses))
        .unwrap()
}

#[test]
fn one_machine_knows_what_another_stored() {
    let (shared, first, second) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    let cache = machine(first.path(), shared.path());
    put(&cache, "shots", 0..5, SMALL);
    put(&cache, "faces", 0..5, LARGE);
    drop(cache); // what is still to be written is waited for
    let cache = machine(second.path(), shared.path());
    assert_eq!(known(&cache, "shots", 0..6, SMALL), [0, 1, 2, 3, 4]);
    assert_eq!(known(&cache, "faces", 0..5, LARGE), [0, 1, 2, 3, 4]);
    assert_eq!(level(&cache, "shared"), (10, 1));
    // From then on the disk knows it.
    assert_eq!(known(&cache, "shots", 0..5, SMALL), [0, 1, 2, 3, 4]);
    assert_eq!(level(&cache, "shared"), (10, 1));
    assert_eq!(level(&cache, "disk"), (5, 11));
}

#[test]
fn garbage_that_is_shared_is_a_miss() {
    let (shared, first, second) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    let cache = machine(first.path(), shared.path());
    put(&cache, "shots", 0..4, LARGE);
    drop(cache);
    let records = files(shared.path());
    fs::write(&records[0], "garbage").unwrap();
    fs::write(&records[1], "").unwrap();
    fs::copy(&records[2], &records[3]).unwrap();
    let cache = machine(second.path(), shared.path());
    assert_eq!(known(&cache, "shots", 0..4, LARGE).len(), 1);
    assert_eq!(level(&cache, "shared"), (1, 3));
}

#[test]
fn a_shared_folder_that_is_not_there_is_told_of_once() {
    let dir = TempDir::new().unwrap();
    let cache = machine(dir.path(), &dir.path().join("missing"));
    put(&cache, "shots", 0..3, SMALL);
    assert_eq!(known(&cache, "shots", 0..3, SMALL), [0, 1, 2]);
    assert_eq!(cache.take_warnings().len(), 1);
    assert!(cache.take_warnings().is_empty());
}

#[test]
fn memory_answers_before_the_disk_and_a_later_record_replaces_what_it_holds() {
    let dir = TempDir::new().unwrap();
    let options = CacheOptions {
        memory: Some(MemoryOptions {
            entries: 100,
            bytes: 1 << 20,
            ttl: std::time::Duration::from_secs(300),
        }),
        ..options()
    };
    let cache = Cache::open(dir.path(), &options).cache;
    put(&cache, "shots", 0..3, SMALL);
    assert_eq!(known(&cache, "shots", 0..4, SMALL), [0, 1, 2]);
    assert_eq!(level(&cache, "memory"), (3, 1));
    assert_eq!(level(&cache, "disk"), (0, 1));
    cache.put("shots", &key(0), &payload(7, LARGE));
    assert_eq!(cache.get("shots", &key(0)), Some(payload(7, LARGE)));
    cache.clear(&opusclip::cache::Filter::default());
    assert!(known(&cache, "shots", 0..3, SMALL).is_empty());
}
