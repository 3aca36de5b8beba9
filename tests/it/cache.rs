//! The disk level of the cache: what it keeps, and what it survives.

use std::path::Path;
use std::time::Duration;

use opusclip::cache::{Cache, Key, KeyBuilder, Options};
use tempfile::TempDir;

fn options() -> Options {
    Options {
        min_free_bytes: 0,
        lock_wait: Duration::ZERO,
        ..Options::default()
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

/// Bytes that do not pack, different for each number.
fn payload(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new()
        .update(&number.to_le_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

#[test]
fn small_and_large_records_outlive_the_process() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    for (number, length) in [1, 100, 3_900, 4_096, 5_000, 300_000]
        .into_iter()
        .enumerate()
    {
        cache.put(
            "shots",
            &key(number as u32),
            &payload(number as u32, length),
        );
    }
    drop(cache);
    let cache = open(dir.path());
    for (number, length) in [1, 100, 3_900, 4_096, 5_000, 300_000]
        .into_iter()
        .enumerate()
    {
        assert_eq!(
            cache.get("shots", &key(number as u32)),
            Some(payload(number as u32, length))
        );
    }
}
