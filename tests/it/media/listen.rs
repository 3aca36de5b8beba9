//! Sound at 16 kHz: every sample where the file's own clock has it.

use std::ops::ControlFlow;
use std::path::Path;

use opusclip::media::{Limits, Listened, listen};
use opusclip::timeline::Timestamp;
use tempfile::TempDir;

use super::{folder, look, make};

/// A click of 10 ms each second, from second 0 on, at 48 kHz.
const CLICKS: &str = "-f lavfi -i aevalsrc=lt(mod(t\\,1)\\,0.01)*0.8*sin(6283*t):s=48000:d=4";

fn hear(path: &Path, start: Timestamp) -> (Listened, Vec<f32>) {
    let media = look(path);
    let mut heard = Vec::new();
    let listened = listen(path, &media, start, &Limits::default(), &mut |samples| {
        heard.extend_from_slice(samples);
        ControlFlow::Continue(())
    });
    (listened.unwrap(), heard)
}

/// Returns the samples at which a click begins, by 20 ms without any sound before it.
fn clicks(heard: &[f32]) -> Vec<usize> {
    let loud = |i: &usize| heard[*i].abs() > 0.1;
    let quiet_before = |i: &usize| {
        heard[i.saturating_sub(320)..*i]
            .iter()
            .all(|s| s.abs() < 0.1)
    };
    (0..heard.len())
        .filter(|i| loud(i) && quiet_before(i))
        .collect()
}

fn start_of_pictures(path: &Path) -> Timestamp {
    look(path)
        .video
        .and_then(|v| v.start)
        .unwrap_or(Timestamp::ZERO)
}

/// Clicks are within 2 ms of `expected` seconds after the pictures' start.
fn check(path: &Path, expected: &[f64]) {
    let (listened, heard) = hear(path, start_of_pictures(path));
    assert_eq!(listened.samples as usize, heard.len());
    let found: Vec<f64> = clicks(&heard)
        .iter()
        .map(|&i| i as f64 / 16_000.0)
        .collect();
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 0.002;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(near),
        "{}: {found:?}, expected {expected:?}",
        path.display()
    );
}

#[test]
fn equal_channels_are_as_loud_as_one() {
    let folder = folder();
    let loudest = |channels: u32| {
        let name = format!("{channels}.wav");
        let tone = "-f lavfi -i sine=d=1:r=48000 -filter_complex";
        let copies = format!(
            "{tone} aeval=exprs={}",
            vec!["val(0)"; channels as usize].join("|")
        );
        let path = make(&folder, &name, &format!("{copies} -c:a pcm_f32le"));
        let (_, heard) = hear(&path, Timestamp::ZERO);
        heard.iter().copied().fold(0.0, f32::max)
    };
    let one = loudest(1);
    for channels in [2, 3] {
        assert!((loudest(channels) - one).abs() < 0.01 * one, "{channels}");
    }
}

#[test]
fn sound_is_where_the_file_has_it_whatever_the_codec() {
    let folder = folder();
    for (name, codec) in [
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.mp3", "libmp3lame -b:a 192k"),
        ("a.m4a", "aac"),
        ("a.mkv", "libopus"),
    ] {
        let path = make(&folder, name, &format!("{CLICKS} -c:a {codec}"));
        let start = look(&path).audio.and_then(|audio| audio.start);
        let (_, heard) = hear(&path, start.unwrap_or(Timestamp::ZERO));
        let found = clicks(&heard);
        assert_eq!(found.len(), 4, "{name}: {found:?}");
        for (second, sample) in found.iter().enumerate() {
            // Opus in Matroska starts 6.5 ms late on the file's own clock: its decoder's delay.
            assert!(sample.abs_diff(second * 16_000) < 120, "{name}: {found:?}");
        }
    }
}

#[test]
fn sound_that_begins_late_has_silence_before_it_and_early_sound_is_cut() {
    let folder = folder();
    let with_offset = |name: &str, offset: &str| {
        let inputs = format!("-f lavfi -i testsrc=r=25:d=4:s=64x36 -itsoffset {offset} {CLICKS}");
        make(
            &folder,
            name,
            &format!("{inputs} -map 0:v -map 1:a -c:v libx264 -c:a pcm_s16le"),
        )
    };
    check(&with_offset("late.mkv", "0.75"), &[0.75, 1.75, 2.75, 3.75]);
    check(&with_offset("early.mkv", "-0.5"), &[0.5, 1.5, 2.5]);
}

#[test]
fn a_file_that_starts_late_as_a_whole_is_heard_from_its_first_picture() {
    let folder = folder();
    let inputs = format!("-f lavfi -i testsrc=r=25:d=4:s=64x36 {CLICKS}");
    let path = make(
        &folder,
        "late.ts",
        &format!("{inputs} -c:v mpeg2video -c:a mp2 -output_ts_offset 100"),
    );
    assert!(start_of_pictures(&path).seconds() > 99.0);
    check(&path, &[0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn a_gap_in_the_sound_is_silence() {
    let folder = folder();
    let inputs = format!("-f lavfi -i testsrc=r=25:d=8:s=64x36 {CLICKS}");
    // What comes after 2.5 s comes two seconds later.
    let gap = "-af asetpts=if(gte(T\\,2.5)\\,PTS+2/TB\\,PTS)";
    let path = make(
        &folder,
        "gap.mkv",
        &format!("{inputs} {gap} -c:v libx264 -c:a pcm_s16le"),
    );
    check(&path, &[0.0, 1.0, 2.0, 5.0]);
}

#[test]
fn sound_that_runs_fast_is_set_right_by_its_timestamps() {
    let folder = folder();
    // 1 % fast: 100 s of timestamps hold 99 s of samples, as a bad capture clock does.
    let sound = "-f lavfi -i aevalsrc=lt(mod(t\\,0.99)\\,0.01)*0.8*sin(6283*t):s=48000:d=19.8";
    let path = make(
        &folder,
        "fast.mkv",
        &format!("{sound} -af asetpts=PTS/0.99 -c:a pcm_s16le"),
    );
    let (_, heard) = hear(&path, Timestamp::ZERO);
    let found = clicks(&heard);
    assert!(found.len() >= 19, "{found:?}");
    let last = *found.last().unwrap() as f64 / 16_000.0;
    assert!((last - last.round()).abs() < 0.03, "{last}");
}

#[test]
fn the_caller_can_end_the_pass() {
    let folder = folder();
    let path = make(&folder, "a.wav", CLICKS);
    let media = look(&path);
    let mut calls = 0;
    let listened = listen(
        &path,
        &media,
        Timestamp::ZERO,
        &Limits::default(),
        &mut |_| {
            calls += 1;
            ControlFlow::Break(())
        },
    );
    assert_eq!((listened.unwrap().stopped, calls), (true, 1));
}

#[test]
fn damaged_sound_is_counted_and_the_rest_is_heard() {
    let folder: TempDir = folder();
    let path = make(&folder, "a.aac", CLICKS);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 200]
        .iter_mut()
        .for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&path, bytes).unwrap();
    let (listened, heard) = hear(&path, Timestamp::ZERO);
    assert!(listened.corrupt > 0);
    assert!(heard.len() > 32_000, "{}", heard.len());
}
