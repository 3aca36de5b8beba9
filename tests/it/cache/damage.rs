//! Damaged records and indexes, foreign files, disks that are full or read-only: misses and one warning.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use opusclip::cache::{Cache, CacheOptions, CacheWarning};
use tempfile::TempDir;

use crate::needs::{Kind, Missing};
use crate::or_skip;

use super::{LARGE, SMALL, files, key, known, open, options, payload, put};

/// A folder with large records 0 to 4 and small ones 5 to 9, left in order.
fn filled() -> TempDir {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..5, LARGE);
    put(&cache, "shots", 5..10, SMALL);
    drop(cache);
    dir
}

fn blob(dir: &Path) -> PathBuf {
    files(&dir.join("blobs")).remove(0)
}

#[test]
fn a_flipped_byte_anywhere_in_a_file_is_a_miss() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    let length = {
        put(&cache, "shots", 0..1, LARGE);
        fs::metadata(blob(dir.path())).unwrap().len() as usize
    };
    // The header and the seal whole, the body here and there: each round writes durably. The parser's own test flips every byte.
    let offsets = (0..110)
        .chain((110..length - 32).step_by(331))
        .chain(length - 32..length);
    let mut rounds = 0;
    for offset in offsets {
        put(&cache, "shots", 0..1, LARGE);
        let path = blob(dir.path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[offset] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get("shots", &key(0)), None, "offset {offset}");
        assert!(!path.exists());
        rounds += 1;
    }
    assert_eq!(cache.stats().levels[0].run.damaged, rounds);
    assert_eq!(files(&dir.path().join("quarantine")).len(), 64);
}

#[test]
fn a_record_under_anothers_name_is_a_miss() {
    let dir = filled();
    let blobs = files(&dir.path().join("blobs"));
    fs::copy(&blobs[0], &blobs[1]).unwrap();
    let cache = open(dir.path());
    assert_eq!(known(&cache, "shots", 0..5, LARGE).len(), 4);
}

#[test]
fn a_cut_or_emptied_file_is_a_miss() {
    for left in [0, 1, 50, 200, LARGE - 1] {
        let dir = filled();
        let path = blob(dir.path());
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..left]).unwrap();
        let cache = open(dir.path());
        assert_eq!(known(&cache, "shots", 0..5, LARGE).len(), 4);
        assert_eq!(files(&dir.path().join("quarantine")).len(), 1);
    }
}

#[test]
fn verifying_finds_damage_before_it_is_asked_for() {
    let dir = filled();
    let path = blob(dir.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let cache = open(dir.path());
    let report = cache.verify();
    assert_eq!((report.checked, report.damaged), (10, 1));
    let report = cache.verify();
    assert_eq!((report.checked, report.damaged), (9, 0));
}

/// Damages the index of a filled folder and expects it set aside, the files taken in again, and one warning.
fn check_rebuilt(damage: impl Fn(&Path)) {
    let dir = filled();
    damage(&dir.path().join("index"));
    let opened = Cache::open(dir.path(), &options());
    let Some(CacheWarning::Rebuilt { aside, .. }) = &opened.warning else {
        panic!("{:?}", opened.warning);
    };
    assert!(aside.exists());
    assert!(
        aside
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("cache.bad-")
    );
    let cache = opened.cache;
    assert_eq!(known(&cache, "shots", 0..5, LARGE), [0, 1, 2, 3, 4]);
    put(&cache, "shots", 5..10, SMALL);
    drop(cache);
    assert_eq!(known(&open(dir.path()), "shots", 5..10, SMALL).len(), 5);
}

#[test]
fn an_emptied_index_is_set_aside_and_rebuilt_from_the_files() {
    check_rebuilt(|index| fs::write(index.join("db"), b"").unwrap());
}

#[test]
fn a_cut_index_is_set_aside_and_rebuilt_from_the_files() {
    for left in [1, 100, 5000] {
        check_rebuilt(|index| {
            let bytes = fs::read(index.join("db")).unwrap();
            fs::write(index.join("db"), &bytes[..left]).unwrap();
        });
    }
}

#[test]
fn a_foreign_index_is_set_aside_and_rebuilt_from_the_files() {
    check_rebuilt(|index| fs::write(index.join("db"), [b'x'; 70_000]).unwrap());
    check_rebuilt(|index| fs::write(index.join("conf"), "something else altogether").unwrap());
    check_rebuilt(|index| {
        fs::remove_dir_all(index).unwrap();
        fs::write(index, "a file, not a folder").unwrap();
    });
}

#[test]
fn damage_all_over_the_index_never_gives_a_wrong_answer() {
    let whole = filled();
    let db = fs::read(whole.path().join("index/db")).unwrap();
    let used = db.iter().rposition(|&byte| byte != 0).unwrap();
    for offset in (0..used).step_by(used / 40) {
        let dir = TempDir::new().unwrap();
        copy(whole.path(), dir.path());
        let mut db = db.clone();
        db[offset] ^= 16;
        fs::write(dir.path().join("index/db"), db).unwrap();
        let cache = Cache::open(dir.path(), &options()).cache;
        assert!(cache.is_on());
        assert_eq!(known(&cache, "shots", 0..5, LARGE), [0, 1, 2, 3, 4]);
        known(&cache, "shots", 5..10, SMALL);
    }
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let path = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&file, path).unwrap();
    }
}

#[test]
fn an_index_that_gave_up_in_the_last_run_is_set_aside() {
    check_rebuilt(|index| fs::write(index.with_file_name("lock"), "damaged\n").unwrap());
}

#[test]
fn at_most_three_damaged_indexes_are_kept() {
    let dir = filled();
    for _ in 0..5 {
        fs::write(dir.path().join("index/db"), [b'x'; 70_000]).unwrap();
        let opened = Cache::open(dir.path(), &options());
        assert!(matches!(opened.warning, Some(CacheWarning::Rebuilt { .. })));
    }
    let kept = fs::read_dir(dir.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with("cache.bad-")
    });
    assert_eq!(kept.count(), 3);
}

#[test]
fn a_damaged_schema_file_costs_nothing() {
    let dir = filled();
    fs::write(dir.path().join("schema"), [0xff; 9]).unwrap();
    assert_eq!(known(&open(dir.path()), "shots", 0..5, LARGE).len(), 5);
}

#[test]
fn a_folder_that_cannot_be_is_a_warning() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("file"), "text").unwrap();
    let opened = Cache::open(&dir.path().join("file/cache"), &options());
    assert!(matches!(
        opened.warning,
        Some(CacheWarning::Unusable { .. })
    ));
    put(&opened.cache, "shots", 0..1, SMALL);
    assert!(known(&opened.cache, "shots", 0..1, SMALL).is_empty());
    assert!(!opened.cache.is_on());
}

/// A file system of its own in memory, unmounted in the end.
struct Mount(TempDir);

impl Mount {
    fn new(options: &str) -> Result<Self, Missing> {
        let dir = TempDir::new().unwrap();
        let arguments = ["-t", "tmpfs", "-o", options, "opusclip-test"];
        if mount(&arguments, dir.path()) {
            Ok(Self(dir))
        } else {
            Err(Missing::new(Kind::Mounts, "right to mount a file system"))
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn mount(arguments: &[&str], dir: &Path) -> bool {
    let output = Command::new("mount").args(arguments).arg(dir).output();
    output.is_ok_and(|output| output.status.success())
}

/// Writes until long after the disk is full, and expects one warning and whole records.
fn check_full(options: &CacheOptions) -> Result<(), Missing> {
    for size in ["size=256k", "size=1m", "size=3m"] {
        let disk = Mount::new(size)?;
        let opened = Cache::open(disk.0.path(), options);
        let cache = opened.cache;
        for number in 0..1000 {
            let length = if number % 2 == 0 { LARGE } else { SMALL };
            cache.put("shots", &key(number), &payload(number, length));
        }
        for number in 0..1000 {
            let length = if number % 2 == 0 { LARGE } else { SMALL };
            if let Some(found) = cache.get("shots", &key(number)) {
                assert_eq!(found, payload(number, length));
            }
        }
        let warnings: Vec<_> = opened
            .warning
            .into_iter()
            .chain(cache.take_warnings())
            .collect();
        assert_eq!(warnings.len(), 1, "{size}: {warnings:?}");
        assert!(!cache.is_writing());
        drop(cache);
        let left = files(&disk.0.path().join("blobs"));
        assert!(
            left.iter()
                .all(|path| !path.display().to_string().contains(".unfinished"))
        );
        // Whoever comes next goes without or finds it usable; with room again, all that is there is whole.
        drop(Cache::open(disk.0.path(), options));
        assert!(mount(&["-o", "remount,size=32m"], disk.0.path()));
        let again = open(disk.0.path());
        let report = again.verify();
        assert!(report.checked > 0);
        assert_eq!((report.damaged, report.lost), (0, 0));
    }
    Ok(())
}

#[test]
fn a_full_disk_ends_the_writing_with_one_warning() {
    or_skip!(check_full(&options()));
}

#[test]
fn a_disk_that_is_nearly_full_is_left_alone() {
    or_skip!(check_full(&CacheOptions {
        min_free_bytes: 200_000,
        ..options()
    }));
}

#[test]
fn a_read_only_folder_is_a_warning() {
    let disk = or_skip!(Mount::new("size=4m"));
    let cache = open(disk.0.path());
    put(&cache, "shots", 0..2, LARGE);
    drop(cache);
    assert!(mount(&["-o", "remount,ro"], disk.0.path()));
    let opened = Cache::open(disk.0.path(), &options());
    assert!(matches!(
        opened.warning,
        Some(CacheWarning::Unusable { .. })
    ));
}
