//! Runs whose disk is full: the one of the results, the one of the cache.

use std::path::Path;
use std::process::Command;

use crate::interrupts::check_whole;
use crate::needs::{Kind, Missing};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{json, run, studio};

/// A small file system in a folder, until it is dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn new(folder: &'a Path, size: &str) -> Result<Self, Missing> {
        std::fs::create_dir_all(folder).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "opusclip-test"])
            .arg(folder);
        if mount.output().is_ok_and(|output| output.status.success()) {
            Ok(Self(folder))
        } else {
            Err(Missing::new(Kind::Mounts, "right to mount a file system"))
        }
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

fn check_no_space(place: &Place) {
    let out = place.path().join("out");
    check_whole(&out);
    if out.join("report.json").exists() {
        let job = &json(place, "out/report.json")["jobs"][0];
        assert_eq!(job["error"]["class"], "no_space", "{job}");
    }
}

#[test]
fn a_full_disk_of_results_is_exit_code_74_and_nothing_half_written() {
    let (place, models) = or_skip!(studio());
    let out = place.path().join("out");
    // Too small for the analysis, for the clips, for the second clip.
    for size in ["16k", "64k", "128k"] {
        let disk = or_skip!(Disk::new(&out, size));
        let output = run(&place, &models, "process jobs.toml");
        assert_eq!(code(&output), 74, "{size}: {}", err(&output));
        assert!(err(&output).contains("no space left"), "{}", err(&output));
        check_no_space(&place);
        drop(disk);
    }
    // With room it goes on as if nothing had been.
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 0, "{}", err(&output));
}
