//! Several processes on one folder: each knows what the others stored, and none loses anything when another ends.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use opusclip::cache::{Cache, CacheOptions, CacheWarning};
use tempfile::TempDir;

use super::kill::start_writer;
use super::{LARGE, SMALL, files, key, known, open, options, payload, put};

fn lengths() -> [usize; 2] {
    [SMALL, LARGE]
}

#[test]
fn each_process_knows_what_another_stores() {
    for length in lengths() {
        let dir = TempDir::new().unwrap();
        let first = open(dir.path());
        put(&first, "shots", 0..5, length);
        let second = open(dir.path());
        assert_eq!(known(&second, "shots", 0..6, length), [0, 1, 2, 3, 4]);
        put(&second, "shots", 5..10, length);
        assert_eq!(known(&first, "shots", 5..11, length), [5, 6, 7, 8, 9]);
        let level = &second.stats().levels[0];
        assert_eq!((level.entries, level.run.hits), (10, 5));
        drop(second);
        assert_eq!(first.verify().checked, 10);
        assert_eq!(first.stats().levels[0].lifetime.writes, 10);
    }
}

#[test]
fn many_that_open_a_new_folder_at_once_all_use_it() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("cache");
    let patient = CacheOptions {
        lock_wait: Duration::from_secs(60),
        ..options()
    };
    let opened: Vec<_> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Cache::open(&root, &patient)))
            .collect();
        opening.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for (number, opened) in opened.iter().enumerate() {
        assert_eq!(opened.warning, None);
        put(
            &opened.cache,
            "shots",
            number as u32..number as u32 + 1,
            SMALL,
        );
    }
    for opened in &opened {
        assert_eq!(known(&opened.cache, "shots", 0..8, SMALL).len(), 8);
    }
}

#[test]
fn a_process_outlives_the_owner_and_becomes_it() {
    for length in lengths() {
        let dir = TempDir::new().unwrap();
        let first = open(dir.path());
        let second = open(dir.path());
        let third = open(dir.path());
        put(&first, "shots", 0..3, length);
        put(&second, "shots", 3..6, length);
        drop(first);
        put(&second, "shots", 6..9, length);
        put(&third, "shots", 9..12, length);
        assert_eq!(known(&third, "shots", 0..12, length).len(), 12);
        drop(second);
        assert_eq!(known(&third, "shots", 0..12, length).len(), 12);
        assert!(third.take_warnings().is_empty());
        assert!(third.is_writing());
        drop(third);
        let report = open(dir.path()).verify();
        assert_eq!((report.checked, report.found, report.lost), (12, 0, 0));
    }
}

/// Waits until the process has said that its first records are flushed.
fn wait_for_records(child: &mut Child) {
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = said.map_while(Result::ok);
    lines.find(|line| line.starts_with("flushed ")).unwrap();
}

#[test]
fn what_a_killed_owner_had_not_made_durable_is_handed_to_the_next() {
    let dir = TempDir::new().unwrap();
    for round in 0..3 {
        let mut owner = start_writer(dir.path());
        wait_for_records(&mut owner);
        let guest = open(dir.path());
        let stage = format!("round-{round}");
        put(&guest, &stage, 0..50, SMALL);
        put(&guest, &stage, 50..60, LARGE);
        owner.kill().unwrap();
        owner.wait().unwrap();
        put(&guest, &stage, 60..70, SMALL);
        assert_eq!(known(&guest, &stage, 0..50, SMALL).len(), 50);
        assert_eq!(known(&guest, &stage, 50..60, LARGE).len(), 10);
        assert_eq!(known(&guest, &stage, 60..70, SMALL).len(), 10);
        assert_eq!(known(&guest, "shots", 0..1, LARGE), [0]);
        assert_eq!(guest.verify().damaged, 0);
        assert!(guest.take_warnings().is_empty());
    }
}

#[test]
fn beside_an_owner_that_does_not_answer_records_are_files() {
    let dir = TempDir::new().unwrap();
    let mut owner = start_writer(dir.path());
    wait_for_records(&mut owner);
    let pid = Pid::from_raw(owner.id() as i32);
    kill(pid, Signal::SIGSTOP).unwrap();
    let hasty = CacheOptions {
        lock_wait: Duration::ZERO,
        ..options()
    };
    let guest = Cache::open(dir.path(), &hasty);
    assert!(matches!(guest.warning, Some(CacheWarning::Locked { .. })));
    let guest = guest.cache;
    put(&guest, "faces", 0..5, SMALL);
    put(&guest, "faces", 5..10, LARGE);
    assert_eq!(known(&guest, "faces", 0..5, SMALL).len(), 5);
    assert_eq!(
        known(&guest, "shots", 0..1, LARGE),
        [0],
        "a file of the owner"
    );
    assert!(guest.is_writing());
    owner.kill().unwrap();
    owner.wait().unwrap();
    drop(guest);
    let next = open(dir.path());
    let stages = &next.stats().levels[0].stages;
    let faces = stages.iter().find(|stage| stage.stage == "faces").unwrap();
    assert_eq!(faces.entries, 10);
    assert!(files(&dir.path().join("unindexed")).is_empty());
    assert_eq!(known(&next, "faces", 5..10, LARGE), [5, 6, 7, 8, 9]);
}

#[test]
fn a_damaged_record_is_a_miss_to_whoever_finds_it() {
    let dir = TempDir::new().unwrap();
    let first = open(dir.path());
    put(&first, "shots", 0..1, LARGE);
    let second = open(dir.path());
    let path = files(&dir.path().join("blobs")).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[500] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(second.get("shots", &key(0)), None);
    assert_eq!(second.stats().levels[0].run.damaged, 1);
    assert_eq!(files(&dir.path().join("quarantine")).len(), 1);
    second.put("shots", &key(0), &payload(0, LARGE));
    assert_eq!(first.get("shots", &key(0)), Some(payload(0, LARGE)));
}

#[test]
fn the_folder_keeps_its_size_whoever_writes() {
    let dir = TempDir::new().unwrap();
    let max_bytes = 30 * LARGE as u64;
    let small = CacheOptions {
        max_bytes,
        ..options()
    };
    let first = open(dir.path());
    let second = Cache::open(dir.path(), &small).cache;
    std::thread::scope(|scope| {
        for (cache, from) in [(&first, 0), (&second, 100)] {
            scope.spawn(move || put(cache, "shots", from..from + 50, LARGE));
        }
    });
    let level = &first.stats().levels[0];
    assert!(level.bytes <= max_bytes && level.bytes > max_bytes / 2);
    let evictions = level.run.evictions + second.stats().levels[0].run.evictions;
    assert_eq!(evictions, 100 - level.entries);
}
