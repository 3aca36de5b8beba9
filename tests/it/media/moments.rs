//! The pictures at given times, held against those of a whole pass.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use opusclip::frame::Frame;
use opusclip::frame::Picture;
use opusclip::media::{DecodePlan, Error, Limits, Pictures, pictures_at};
use opusclip::timeline::Timestamp;

use crate::needs::shared;
use crate::or_skip;

use super::{decode_until, folder, look, make};

const WIDTH: u32 = 80;

/// Twelve seconds, ten frames a second.
const LONG: &str = "-f lavfi -i testsrc2=d=12:r=10:s=160x90 -pix_fmt yuv420p";

fn seconds(times: &[f64]) -> Vec<Timestamp> {
    let time = |&seconds: &f64| Timestamp::from_seconds(seconds).unwrap();
    times.iter().map(time).collect()
}

fn at(path: &Path, times: &[Timestamp]) -> Result<(u64, Vec<(Timestamp, Picture)>), Error> {
    let mut found = Vec::new();
    let limits = Limits::default();
    let mut visit = |index, shown, picture| {
        assert_eq!(index, found.len());
        found.push((shown, picture));
        ControlFlow::Continue(())
    };
    let decoded = pictures_at(path, &look(path), times, WIDTH, &limits, &mut visit)?;
    Ok((decoded, found))
}

/// Asserts that each time has the picture that a whole pass shows then, and returns how many frames that took, of how many.
fn agrees(path: &Path, times: &[Timestamp]) -> (u64, u64) {
    let interval = Duration::ZERO;
    let pictures = Some(Pictures {
        interval,
        width: WIDTH,
    });
    let plan = DecodePlan {
        threads: 1,
        pictures,
    };
    // What lies long after the last of them is not asked for.
    let end = times
        .iter()
        .max()
        .map(|last| *last + Duration::from_secs(2));
    let is_past = |frames: &[Frame]| frames.last().map(|frame| frame.time) > end;
    let (whole, frames) = decode_until(path, &plan, is_past).unwrap();
    let (decoded, found) = at(path, times).unwrap();
    assert_eq!(found.len(), times.len());
    for (&time, (shown, picture)) in times.iter().zip(&found) {
        let expected = frames.iter().rev().find(|frame| frame.time <= time);
        let expected = expected.unwrap_or(&frames[0]);
        assert_eq!(*shown, expected.time, "{} at {time}", path.display());
        assert!(
            expected.picture.as_ref() == Some(picture),
            "{} at {time}",
            path.display()
        );
    }
    (decoded, whole.frames)
}

#[test]
fn each_time_has_the_picture_shown_then() {
    let folder = folder();
    let times = seconds(&[
        -1.0, 0.0, 0.05, 0.1, 3.25, 3.27, 3.3, 3.3, 6.999, 9.0, 11.85, 11.95, 30.0,
    ]);
    for (name, how) in [
        ("often.mp4", "-c:v libx264 -preset veryfast -g 10 -bf 2"),
        ("once.mp4", "-c:v libx264 -preset veryfast -g 1000 -bf 2"),
        ("often.mkv", "-c:v libx264 -preset veryfast -g 10"),
        ("some.ts", "-c:v libx264 -preset veryfast -g 40"),
        ("some.avi", "-c:v mpeg4 -g 20"),
        ("raw.h264", "-c:v libx264 -preset veryfast -g 10"),
        (
            "shifted.mp4",
            "-c:v libx264 -preset veryfast -g 10 -output_ts_offset 3",
        ),
        (
            "parts.mp4",
            "-c:v libx264 -g 10 -movflags frag_keyframe+empty_moov",
        ),
    ] {
        let path = make(&folder, name, &format!("{LONG} {how}"));
        let (decoded, all) = agrees(&path, &times);
        println!("{name}: {decoded} of {all} frames");
    }
}

#[test]
fn only_what_lies_around_the_times_is_decoded() {
    let folder = folder();
    let often = make(
        &folder,
        "often.mp4",
        &format!("{LONG} -c:v libx264 -preset veryfast -g 10"),
    );
    let (decoded, all) = agrees(&often, &seconds(&[4.0, 4.2, 8.0, 11.0]));
    assert!(decoded < 60 && all == 120, "{decoded} of {all}");
    let (decoded, _) = agrees(&often, &seconds(&[0.5]));
    assert_eq!(decoded, 7);
    let once = make(
        &folder,
        "once.mp4",
        &format!("{LONG} -c:v libx264 -preset veryfast -g 1000"),
    );
    let (decoded, all) = agrees(&once, &seconds(&[2.0, 8.0, 11.0]));
    assert!(decoded <= all, "{decoded} of {all}");
}

#[test]
fn recordings_joined_into_one_go_on_where_the_first_ends() {
    let folder = folder();
    let first = make(
        &folder,
        "first.ts",
        &format!("{LONG} -c:v libx264 -preset veryfast -g 10 -output_ts_offset 100"),
    );
    let second = make(
        &folder,
        "second.ts",
        &format!("{LONG} -vf hue=h=90 -c:v libx264 -preset veryfast -g 10"),
    );
    let joined = folder.path().join("joined.ts");
    let both = [fs::read(first).unwrap(), fs::read(second).unwrap()];
    fs::write(&joined, both.concat()).unwrap();
    agrees(&joined, &seconds(&[102.0, 109.0, 115.0, 122.0]));
}

#[test]
fn the_caller_may_end_it() {
    let folder = folder();
    let path = make(&folder, "a.mp4", &format!("{LONG} -c:v mpeg4"));
    let mut seen = 0;
    let mut visit = |_, _, _| {
        seen += 1;
        ControlFlow::Break(())
    };
    let (media, limits) = (look(&path), Limits::default());
    let times = seconds(&[1.0, 2.0]);
    pictures_at(&path, &media, &times, WIDTH, &limits, &mut visit).unwrap();
    assert_eq!(seen, 1);
    assert_eq!(at(&path, &[]).unwrap(), (0, Vec::new()));
}

#[test]
fn real_files_are_sought_in_rightly() {
    for name in [
        "awkward/no-initial-keyframe.ts",
        "awkward/sample_edit_list_no_sync_frame_before_edit.mp4",
        "awkward/video_90.mov",
        "awkward/cursed-vfr.mp4",
        "awkward/sample.flv",
        "speech/bbaf2n.mpg",
    ] {
        let path = or_skip!(shared(&format!("media/{name}")));
        let times: Vec<f64> = (0..12).map(|n| f64::from(n) * 2.3).collect();
        let (decoded, all) = agrees(&path, &seconds(&times));
        println!("{name}: {decoded} of {all} frames");
    }
}
