//! What `media` says of files, held against the `ffmpeg` and `ffprobe` programs.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod broken;
mod clip_checks;
mod decode;
mod framed;
mod listen;
mod mixed;
mod moments;
mod pictures;
mod refuse;
mod render;
mod sound_alone;
mod telecine;
mod timecode;
mod troubles;
mod verify;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use opusclip::frame::Frame;
use opusclip::media::{DecodePlan, Decoded, Error, Limits, Media, decode, init, probe};
use tempfile::TempDir;

const PLAIN: DecodePlan = DecodePlan {
    threads: 1,
    pictures: None,
};

/// Makes a file with the `ffmpeg` program; `arguments` are separated by spaces.
fn make(folder: &TempDir, name: &str, arguments: &str) -> PathBuf {
    let path = folder.path().join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(&path)
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(made.success(), "ffmpeg {arguments}");
    path
}

fn folder() -> TempDir {
    init();
    tempfile::tempdir().unwrap()
}

fn look(path: &Path) -> Media {
    probe(path, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn decode_with(path: &Path, plan: &DecodePlan) -> Result<(Decoded, Vec<Frame>), Error> {
    decode_until(path, plan, |_| false)
}

/// Decodes until `enough` says so of the frames that came.
fn decode_until(
    path: &Path,
    plan: &DecodePlan,
    enough: impl Fn(&[Frame]) -> bool,
) -> Result<(Decoded, Vec<Frame>), Error> {
    let limits = Limits::default();
    let media = probe(path, &limits)?;
    let mut frames = Vec::new();
    let decoded = decode(path, &media, plan, &limits, &mut |frame| {
        frames.push(frame);
        if enough(&frames) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok((decoded, frames))
}

/// Returns each frame's time as `ffprobe` prints it, and of those it cannot tell, nothing.
fn ffprobe_times(path: &Path, stream: usize) -> Vec<Option<f64>> {
    ffprobe_times_of(path, stream, "%")
}

/// Returns the times of an interval as `ffprobe` writes intervals: `%` is the whole, `%+#90` the first 90 packets.
fn ffprobe_times_of(path: &Path, stream: usize, interval: &str) -> Vec<Option<f64>> {
    let output = Command::new("ffprobe")
        .args(["-v", "quiet", "-select_streams", &stream.to_string()])
        .args(["-read_intervals", interval])
        .args([
            "-show_entries",
            "frame=best_effort_timestamp_time",
            "-of",
            "default=nk=1:nw=1",
        ])
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.parse().ok())
        .collect()
}

/// Asserts that frames and their times are those of `ffprobe`.
fn agrees_with_ffprobe(path: &Path) -> (Decoded, Vec<Frame>) {
    let (decoded, frames) = decode_with(path, &PLAIN).unwrap();
    let expected = ffprobe_times(path, look(path).video.unwrap().stream);
    assert_eq!(frames.len(), expected.len(), "{}", path.display());
    agree(path, &frames, &expected);
    (decoded, frames)
}

/// Asserts that the first frames and their times are those of `ffprobe`.
fn begins_as_in_ffprobe(path: &Path) {
    const FRAMES: usize = 60;
    let (_, frames) = decode_until(path, &PLAIN, |frames| frames.len() == FRAMES).unwrap();
    // More packets than frames: some come earlier than they are shown.
    let stream = look(path).video.unwrap().stream;
    let expected = ffprobe_times_of(path, stream, &format!("%+#{}", 2 * FRAMES));
    assert_eq!(frames.len(), FRAMES, "{}", path.display());
    assert!(expected.len() >= FRAMES, "{}", path.display());
    agree(path, &frames, &expected);
}

fn agree(path: &Path, frames: &[Frame], expected: &[Option<f64>]) {
    for (frame, expected) in frames.iter().zip(expected) {
        let Some(expected) = expected else { continue };
        let off = (frame.time.seconds() - expected).abs();
        assert!(
            off < 1.1e-6,
            "{}: frame {} at {}, not {expected}",
            path.display(),
            frame.index,
            frame.time.seconds()
        );
    }
    assert!(
        frames
            .iter()
            .zip(0..)
            .all(|(frame, index)| frame.index == index)
    );
}

fn class(path: &Path) -> &'static str {
    decode_with(path, &PLAIN).map_or_else(|error| error.class(), |_| "fine")
}
