//! A process is killed while it writes; the next one goes on with what was flushed.

#![allow(
    clippy::print_stdout,
    reason = "the child talks to the test through its stdout"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use opusclip::cache::{Cache, Filter};
use tempfile::TempDir;

use super::{LARGE, SMALL, files, key, open, options, payload, put};

/// Tells the test binary to be the process that is killed, and in which folder.
const CHILD: &str = "OPUSCLIP_TEST_CACHE_WRITER";
const ROUNDS: u32 = 12;

fn length(number: u32) -> usize {
    if number.is_multiple_of(3) {
        LARGE
    } else {
        SMALL
    }
}

#[test]
fn a_kill_at_any_moment_leaves_a_cache_that_opens_and_knows_what_was_flushed() {
    if let Some(dir) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&dir));
    }
    let dir = TempDir::new().unwrap();
    for round in 0..ROUNDS {
        let flushed = kill_after(dir.path(), 1 + round * 7 % 5, round);
        let cache = open(dir.path());
        for number in 0..=flushed {
            let found = cache.get("shots", &key(number));
            assert_eq!(
                found,
                Some(payload(number, length(number))),
                "round {round}"
            );
        }
        let report = cache.verify();
        assert_eq!((report.damaged, report.lost, report.found), (0, 0, 0));
        let blobs = files(&dir.path().join("blobs"));
        assert!(
            blobs
                .iter()
                .all(|path| !path.display().to_string().contains(".unfinished"))
        );
        cache.clear(&Filter::default());
    }
}

/// Starts the writer, kills it some writes after it has said so many lines, and returns what it had flushed.
fn kill_after(dir: &Path, lines: u32, spin: u32) -> u32 {
    let mut child = start_writer(dir);
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let numbers = said
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("flushed ")?.parse().ok());
    let flushed = numbers.take(lines as usize).last().unwrap();
    // Some more work of ours, so that the kill meets the writer at another step each time.
    (0..spin * 40).for_each(|number| drop(payload(number, LARGE)));
    child.kill().unwrap();
    child.wait().unwrap();
    flushed
}

/// Starts a process that writes records 0, 1, 2 … into the folder and says after each ten that they are flushed.
pub(super) fn start_writer(dir: &Path) -> Child {
    let test =
        "cache::kill::a_kill_at_any_moment_leaves_a_cache_that_opens_and_knows_what_was_flushed";
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn write_until_killed(dir: &Path) -> ! {
    let cache = open(dir);
    for number in 0.. {
        cache.put("shots", &key(number), &payload(number, length(number)));
        if number % 10 == 9 {
            cache.flush();
            println!("\nflushed {number}");
        }
    }
    unreachable!("it is killed before the numbers end");
}

/// Leaves the folder as a kill between a file and its entry in the index does.
fn killed_before_the_index(dir: &Path) {
    let whole = TempDir::new().unwrap();
    let cache = open(whole.path());
    put(&cache, "shots", 0..5, LARGE);
    drop(cache);
    fs::create_dir_all(dir).unwrap();
    fs::rename(whole.path().join("blobs"), dir.join("blobs")).unwrap();
    fs::write(dir.join("lock"), "open\n").unwrap();
}

#[test]
fn files_that_the_index_lacks_are_taken_in() {
    let dir = TempDir::new().unwrap();
    killed_before_the_index(dir.path());
    let cache = open(dir.path());
    assert_eq!(super::known(&cache, "shots", 0..5, LARGE), [0, 1, 2, 3, 4]);
    assert_eq!(cache.stats().levels[0].entries, 5);
}

#[test]
fn only_our_own_unfinished_files_are_removed() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    let ours = dir.path().join("blobs/.unfinished-12-3");
    let theirs = [
        dir.path().join("notes.tmp"),
        dir.path().join("blobs/notes.tmp"),
    ];
    for path in theirs.iter().chain([&ours]) {
        fs::write(path, "text").unwrap();
    }
    let cache = open(dir.path());
    cache.clear(&Filter::default());
    assert!(!ours.exists());
    assert!(theirs.iter().all(|path| path.exists()));
}

#[test]
fn a_kill_between_index_and_file_is_a_miss() {
    let dir = TempDir::new().unwrap();
    let cache = open(dir.path());
    put(&cache, "shots", 0..1, LARGE);
    for file in files(&dir.path().join("blobs")) {
        fs::remove_file(file).unwrap();
    }
    assert_eq!(cache.get("shots", &key(0)), None);
    assert_eq!(cache.stats().levels[0].run.damaged, 0);
    drop(cache);
    let opened = Cache::open(dir.path(), &options());
    assert_eq!(opened.warning, None);
}
