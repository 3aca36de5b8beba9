//! Film that was spread over 29.97 pictures a second, told apart from what was recorded so, and put together again.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use opusclip::frame::Frame;
use opusclip::media::{FieldOrder, Limits, Media, decode, find_telecine};
use opusclip::timeline::Timestamp;
use tempfile::TempDir;

use super::render::millis;
use super::verify::{failed, made_of};
use super::{PLAIN, decode_with, folder, look, make};

/// A bar that goes to the right over a ground that changes, at so many pictures a second, for three seconds.
fn bar(rate: &str) -> String {
    format!(
        "-f lavfi -i testsrc2=s=320x240:r={rate}:d=3 -f lavfi -i color=c=white:s=40x200:r={rate}:d=3 -filter_complex [0][1]overlay=x='mod(t*400\\,280)':y=20"
    )
}

const FILM: &str = "24000/1001";
const FIELDS: &str = "60000/1001";
const MPEG: &str = "-c:v mpeg2video -q:v 2 -g 15";
const X264: &str = "-c:v libx264 -preset veryfast -crf 12 -g 30 -pix_fmt yuv420p";

/// Makes a file of film whose fields were spread, the first of which is this one.
fn spread(folder: &TempDir, name: &str, first: &str, options: &str) -> PathBuf {
    let arguments = format!(
        "{},telecine=first_field={first}:pattern=23 {options}",
        bar(FILM)
    );
    make(folder, name, &arguments)
}

fn order_of(path: &Path) -> Option<FieldOrder> {
    find_telecine(path, &look(path), &Limits::default()).unwrap()
}

fn with_order(path: &Path) -> Media {
    let mut media = look(path);
    if let Some(video) = &mut media.video {
        video.telecine = order_of(path);
    }
    media
}

fn frames_of(path: &Path, media: &Media) -> Vec<Frame> {
    let mut frames = Vec::new();
    let visit = &mut |frame| {
        frames.push(frame);
        ControlFlow::Continue(())
    };
    decode(path, media, &PLAIN, &Limits::default(), visit).unwrap();
    frames
}

#[test]
fn film_is_known_by_its_pattern_however_it_is_flagged() {
    let folder = folder();
    let interlaced = format!("{MPEG} -flags +ilme+ildct");
    let flagged = spread(&folder, "flagged.mpg", "top", &interlaced);
    assert_eq!(order_of(&flagged), Some(FieldOrder::TopFirst));
    let unflagged = spread(
        &folder,
        "unflagged.mp4",
        "top",
        &format!("{X264} -field_order progressive"),
    );
    assert_eq!(order_of(&unflagged), Some(FieldOrder::TopFirst));
    let bottom = spread(&folder, "bottom.mp4", "bottom", X264);
    assert_eq!(order_of(&bottom), Some(FieldOrder::BottomFirst));
}

#[test]
fn what_was_recorded_so_is_left_as_it_is() {
    let folder = folder();
    let interlaced = format!("{MPEG} -flags +ilme+ildct");
    let fields = format!(
        "{},tinterlace=interleave_top,setfield=tff {interlaced}",
        bar(FIELDS)
    );
    let fields = make(&folder, "fields.mpg", &fields);
    let whole = make(
        &folder,
        "whole.mp4",
        &format!("{} {X264}", bar("30000/1001")),
    );
    // Half film, half fields: neither is all of it.
    let film = spread(&folder, "film.mpg", "top", &interlaced);
    let both = [
        std::fs::read(&film).unwrap(),
        std::fs::read(&fields).unwrap(),
    ]
    .concat();
    let joined = folder.path().join("joined.mpg");
    std::fs::write(&joined, both).unwrap();
    let mixed = make(
        &folder,
        "mixed.mkv",
        &format!("-i {} -c copy", joined.display()),
    );
    for path in [&fields, &whole, &mixed] {
        assert_eq!(order_of(path), None, "{}", path.display());
    }
}

#[test]
fn film_has_its_own_pictures_and_times_again() {
    let folder = folder();
    let filmed = make(&folder, "filmed.mp4", &format!("{} {X264}", bar(FILM)));
    let (_, filmed) = decode_with(&filmed, &PLAIN).unwrap();
    for (name, options) in [
        ("a.mpg", format!("{MPEG} -flags +ilme+ildct")),
        ("a.mp4", X264.into()),
    ] {
        let path = spread(&folder, name, "top", &options);
        let media = with_order(&path);
        let frames = frames_of(&path, &media);
        assert!(frames.len().abs_diff(filmed.len()) <= 1, "{}", frames.len());
        let start = frames[0].time;
        let mut unlike = 0;
        for (number, (frame, filmed)) in (0..).zip(frames.iter().zip(&filmed)) {
            let time = start + Timestamp::from_ticks(number, 1001, 24_000).unwrap();
            assert_eq!(frame.time, time, "{name} {number}");
            let levels = frame.small.iter().zip(filmed.small.iter());
            let levels: u32 = levels.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            unlike += u32::from(levels > 3 * 48 * 27 * 2);
        }
        assert!(unlike <= 1, "{name}: {unlike}");
        // A clip from the middle of a cycle has the same pictures, which its check finds by another way.
        for start in [1_000, 1_100] {
            let made = made_of(&folder, &path, &media, millis(start, start + 1_300));
            assert_eq!(failed(&made.clip, &made.expected), Vec::<String>::new());
            let rate = look(&made.clip).video.unwrap().frame_rate;
            assert_eq!(rate, Some((24_000, 1_001)));
        }
    }
}
