//! How fast keys are made, and records found and stored.

#![allow(missing_docs)] // criterion's macros make functions without

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opusclip::cache::{Cache, CacheOptions, Key, KeyBuilder, content_digest};

fn key(number: u64) -> Key {
    KeyBuilder::new("shots-v1")
        .field(&[7; 32])
        .field(&[9; 32])
        .field(&number.to_le_bytes())
        .finish()
}

fn keys(criterion: &mut Criterion) {
    let mut number = 0;
    criterion.bench_function("key of three fields", |bench| {
        bench.iter(|| {
            number += 1;
            key(black_box(number))
        });
    });
}

fn digest(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("video");
    std::fs::write(&path, vec![7; 64 << 20]).expect("64 MiB of room");
    let mut group = criterion.benchmark_group("digest");
    group.throughput(Throughput::Bytes(64 << 20));
    group.bench_function("of a 64 MiB file", |bench| {
        bench.iter(|| content_digest(&path))
    });
}

/// Asks for and stores records of a size that lies in the index, and of one that lies in files.
fn records(criterion: &mut Criterion) {
    for (name, length) in [("700 B", 700), ("200 KiB", 200 << 10)] {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::open(dir.path(), &CacheOptions::default()).cache;
        let payload: Vec<u8> = (0..length)
            .map(|at: u32| (at.wrapping_mul(0x9e37_79b1) >> 27) as u8)
            .collect();
        (0..100).for_each(|number| cache.put("shots", &key(number), &payload));
        cache.flush();
        let mut number = 0;
        criterion.bench_function(&format!("get {name}, known"), |bench| {
            bench.iter(|| {
                number = (number + 1) % 100;
                cache.get("shots", &key(number))
            });
        });
        criterion.bench_function(&format!("put {name}"), |bench| {
            bench.iter(|| {
                number = (number + 1) % 100;
                cache.put("shots", &key(number), &payload);
            });
        });
        criterion.bench_function(&format!("get {name}, unknown"), |bench| {
            bench.iter(|| cache.get("shots", &key(u64::MAX)));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2));
    targets = keys, digest, records
}
criterion_main!(benches);
