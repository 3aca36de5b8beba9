use super::*;
use crate::cache::KeyBuilder;

const RECORD: usize = 9000;

fn open(dir: &Path) -> Disk {
    let options = CacheOptions {
        min_free_bytes: 0,
        ..CacheOptions::default()
    };
    let taken = Folder::take(dir).unwrap().unwrap();
    let (disk, warning) = Disk::open(taken, &options).unwrap();
    assert_eq!(warning, None);
    disk
}

fn key(number: u32) -> Key {
    let field = number.to_le_bytes();
    KeyBuilder::new("test-v1").field(&field).finish()
}

fn put(disk: &Disk, number: u32) {
    // Bytes that do not pack.
    let mut payload = vec![0; RECORD];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.finalize_xof().fill(&mut payload);
    let stored = disk.put("shots", &key(number), &payload).unwrap();
    assert!(matches!(stored, Stored::Yes { .. }));
}

fn known(disk: &Disk) -> Vec<u32> {
    let has = |number: &u32| disk.has("shots", &key(*number)).unwrap();
    (0..100).filter(has).collect()
}

#[test]
fn the_order_of_uses_outlives_a_kill() {
    let dir = tempfile::TempDir::new().unwrap();
    let disk = open(dir.path());
    (0..10).for_each(|number| put(&disk, number));
    let found = disk.get("shots", &key(3)).unwrap();
    assert!(matches!(found, Lookup::Payload(_)));
    put(&disk, 10);
    drop(disk); // not flushed and not marked as closed: all that a kill leaves, too
    let again = open(dir.path());
    again.evict_to(3 * RECORD as u64 + 1000).unwrap();
    assert_eq!(known(&again), [3, 9, 10]);
}

#[test]
fn a_process_that_only_asks_saves_the_order_of_its_uses_too() {
    let dir = tempfile::TempDir::new().unwrap();
    let disk = open(dir.path());
    (0..100).for_each(|number| put(&disk, number));
    for number in 0..64 {
        disk.get("shots", &key(number)).unwrap();
        disk.save_used_now_and_then().unwrap();
    }
    drop(disk);
    let again = open(dir.path());
    again.evict_to(64 * (RECORD as u64 + 200)).unwrap();
    assert_eq!(known(&again), Vec::from_iter(0..64));
}
