//! Frames and their times.

use std::ops::ControlFlow;

use opusclip::frame::Frame;
use opusclip::media::{DecodePlan, Limits, decode};

use super::{PLAIN, agrees_with_ffprobe, decode_with, folder, look, make};

#[test]
fn frames_and_times_are_those_of_ffprobe() {
    let folder = folder();
    let cases = [
        (
            "b-frames.mp4",
            "-f lavfi -i testsrc2=d=2:r=30000/1001:s=320x180 -c:v libx264 -bf 3 -preset veryfast",
        ),
        (
            "variable.mp4",
            "-f lavfi -i testsrc2=d=2:r=30:s=320x180 -vf select='not(mod(n\\,3))+lt(n\\,20)',setpts=PTS+0.01*random(1)/TB -vsync vfr -c:v libx264 -preset veryfast",
        ),
        (
            "offset.mkv",
            "-f lavfi -i testsrc2=d=1:r=25:s=320x180 -output_ts_offset 10 -c:v libx264 -preset veryfast",
        ),
        (
            "stream.ts",
            "-f lavfi -i testsrc2=d=1:r=50:s=320x180 -c:v mpeg2video",
        ),
        (
            "plain.avi",
            "-f lavfi -i testsrc2=d=1:r=24:s=320x180 -c:v mpeg4 -bf 2",
        ),
        (
            "vp9.webm",
            "-f lavfi -i testsrc2=d=1:r=25:s=162x121 -c:v libvpx-vp9 -cpu-used 8 -deadline realtime",
        ),
        (
            "raw.264",
            "-f lavfi -i testsrc2=d=1:r=25:s=320x180 -c:v libx264 -bf 2 -preset veryfast",
        ),
    ];
    for (name, arguments) in cases {
        agrees_with_ffprobe(&make(&folder, name, arguments));
    }
}

#[test]
fn only_a_variable_rate_is_called_one() {
    let folder = folder();
    let even = make(
        &folder,
        "even.mkv",
        "-f lavfi -i testsrc2=d=2:r=30000/1001:s=160x90 -c:v mpeg4",
    );
    let uneven = make(
        &folder,
        "uneven.mkv",
        "-f lavfi -i testsrc2=d=2:r=30:s=160x90 -vf select='mod(n\\,3)' -vsync vfr -c:v mpeg4",
    );
    assert!(!agrees_with_ffprobe(&even).0.vfr);
    assert!(agrees_with_ffprobe(&uneven).0.vfr);
}

#[test]
fn frame_threads_change_nothing() {
    let folder = folder();
    let path = make(
        &folder,
        "a.mp4",
        "-f lavfi -i testsrc2=d=2:r=25:s=320x180 -c:v libx264 -bf 3 -preset veryfast",
    );
    let (_, one) = decode_with(&path, &PLAIN).unwrap();
    let plan = DecodePlan {
        threads: 3,
        pictures: None,
    };
    let (_, three) = decode_with(&path, &plan).unwrap();
    let same = |(a, b): (&Frame, &Frame)| a.time == b.time && a.small == b.small;
    assert_eq!(one.len(), three.len());
    assert!(one.iter().zip(&three).all(same));
}

#[test]
fn a_caller_can_stop_a_pass() {
    let folder = folder();
    let path = make(
        &folder,
        "a.mp4",
        "-f lavfi -i testsrc2=d=1:r=25:s=160x90 -c:v libx264 -preset veryfast",
    );
    let mut frames = 0;
    let decoded = decode(&path, &look(&path), &PLAIN, &Limits::default(), &mut |_| {
        frames += 1;
        if frames == 5 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let decoded = decoded.unwrap();
    assert_eq!((decoded.frames, decoded.stopped), (5, true));
}
