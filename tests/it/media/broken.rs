//! A disk that breaks in the middle of a file is told from a file that is damaged.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use opusclip::media::{Error, Limits, decode, listen};
use opusclip::timeline::Timestamp;
use tempfile::TempDir;

use super::{PLAIN, class, folder, look, make};

const PICTURES: &str =
    "-f lavfi -i mandelbrot=s=320x240:r=25 -f lavfi -i sine -t 6 -c:v mpeg4 -q:v 2 -c:a mp2";
const SOUND: &str = "-f lavfi -i anoisesrc=d=40 -c:a pcm_s16le";

/// From here on the kernel answers each read of this file, where this process has it open, as that of a broken disk.
fn break_disk(path: &Path) {
    // Nothing is mapped at the beginning of a process's memory: to read there is an input/output error.
    let memory = File::open("/proc/self/mem").unwrap();
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap().path();
        if fs::read_link(&entry).is_ok_and(|open| open == path) {
            let number = entry.file_name().unwrap().to_str().unwrap();
            let descriptor: i32 = number.parse().unwrap();
            // SAFETY: both are open, and the one who reads from the second looks for errors.
            let put = unsafe { libc::dup2(memory.as_raw_fd(), descriptor) };
            assert_eq!(put, descriptor);
        }
    }
}

fn made(folder: &TempDir, name: &str, arguments: &str) -> PathBuf {
    make(folder, name, arguments).canonicalize().unwrap()
}

#[test]
fn pictures_behind_a_read_error_are_not_taken_for_missing() {
    let folder = folder();
    for name in ["a.mp4", "a.mkv", "a.ts", "a.avi"] {
        let path = made(&folder, name, PICTURES);
        let mut frames = 0;
        let decoded = decode(&path, &look(&path), &PLAIN, &Limits::default(), &mut |_| {
            frames += 1;
            if frames == 20 {
                break_disk(&path);
            }
            ControlFlow::Continue(())
        });
        assert!(
            matches!(&decoded, Err(error @ Error::ReadError(_)) if error.class() == "unreadable"),
            "{name}: {decoded:?}"
        );
        assert!((20..150).contains(&frames), "{name}: {frames}");
    }
}

#[test]
fn sound_behind_a_read_error_is_not_taken_for_missing() {
    let folder = folder();
    for name in ["a.wav", "a.mka"] {
        let path = made(&folder, name, SOUND);
        let media = look(&path);
        let mut samples = 0;
        let limits = Limits::default();
        let heard = listen(&path, &media, Timestamp::ZERO, &limits, &mut |chunk| {
            if samples == 0 {
                break_disk(&path);
            }
            samples += chunk.len();
            ControlFlow::Continue(())
        });
        assert!(
            matches!(heard, Err(Error::ReadError(_))),
            "{name}: {heard:?}"
        );
        assert!(samples < 30 * 16_000, "{name}: {samples}");
    }
}

#[test]
fn a_file_that_was_cut_short_is_damaged_and_not_unreadable() {
    let folder = folder();
    for name in ["a.mkv", "a.ts", "a.avi"] {
        let path = made(&folder, name, PICTURES);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(class(&path), "fine", "{name}");
    }
}
