//! Files that are broken, strange or no video at all.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use opusclip::media::{Limits, init, probe};

use crate::needs::shared_files;
use crate::or_skip;

use super::{
    PLAIN, agrees_with_ffprobe, begins_as_in_ffprobe, class, decode_with, folder, look, make,
};

#[test]
fn what_is_not_a_video_file_is_refused_with_its_class() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let pipe = folder.path().join("pipe.mp4");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let sound = make(&folder, "sound.m4a", "-f lavfi -i sine=d=1 -c:a aac");
    let picture = make(
        &folder,
        "picture.png",
        "-f lavfi -i testsrc2=d=1 -frames:v 1",
    );
    let words = make(
        &folder,
        "words.mkv",
        &format!(
            "-f srt -i {} -c:s srt",
            write("words.srt", b"1\n00:00:00,000 --> 00:00:01,000\nhi\n").display()
        ),
    );
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    assert_eq!(class(&folder.path().join("none.mp4")), "input_missing");
    assert_eq!(class(Path::new("a\0b")), "input_missing");
    assert_eq!(class(&write("empty.mp4", b"")), "input_empty");
    assert_eq!(class(folder.path()), "input_not_file");
    assert_eq!(class(&pipe), "input_not_file");
    assert_eq!(class(Path::new("/dev/zero")), "input_not_file");
    assert_eq!(class(&write("noise.mp4", &noise)), "input_corrupt");
    assert_eq!(class(&write("text.mp4", b"hello there\n")), "input_corrupt");
    assert_eq!(class(&picture), "unsupported");
    assert_eq!(
        class(&write(
            "list.mp4",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://localhost:9/a.ts\n"
        )),
        "unsupported"
    );
    assert_eq!(
        class(&write(
            "concat.mp4",
            b"ffconcat version 1.0\nfile '/etc/passwd'\n"
        )),
        "unsupported"
    );
    assert_eq!(class(&sound), "no_video");
    assert_eq!(class(&words), "no_video");
}

#[test]
fn a_cover_picture_is_not_a_video() {
    let folder = folder();
    let cover = make(&folder, "cover.png", "-f lavfi -i testsrc2=d=1 -frames:v 1");
    let path = make(
        &folder,
        "song.mp3",
        &format!(
            "-f lavfi -i sine=d=1 -i {} -map 0 -map 1 -c:a libmp3lame -c:v copy -disposition:v attached_pic",
            cover.display()
        ),
    );
    let media = look(&path);
    assert!(media.video.is_none() && media.audio.is_some());
    assert_eq!(class(&path), "no_video");
}

#[test]
fn pictures_over_the_limit_are_refused() {
    let folder = folder();
    for (name, codec) in [
        ("a.mp4", "libx264"),
        ("a.264", "libx264"),
        ("a.ts", "mpeg2video"),
    ] {
        let path = make(
            &folder,
            name,
            &format!("-f lavfi -i testsrc2=d=0.2:r=25:s=640x480 -c:v {codec}"),
        );
        let limits = Limits {
            max_pixels: 640 * 480 - 1,
        };
        let refused = probe(&path, &limits).unwrap_err();
        assert_eq!(refused.class(), "too_large", "{name}");
        assert!(
            probe(
                &path,
                &Limits {
                    max_pixels: 640 * 480
                }
            )
            .is_ok()
        );
    }
}

#[test]
fn a_truncated_file_gives_what_it_holds() {
    let folder = folder();
    let whole = make(
        &folder,
        "whole.mkv",
        "-f lavfi -i testsrc2=d=2:r=25:s=320x180 -c:v libx264 -preset veryfast",
    );
    let bytes = std::fs::read(whole).unwrap();
    let path = folder.path().join("half.mkv");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let (decoded, frames) = agrees_with_ffprobe(&path);
    assert!(decoded.frames > 5 && frames.len() < 50);
    let headless = make(
        &folder,
        "whole.mp4",
        "-f lavfi -i testsrc2=d=1:r=25:s=320x180 -c:v libx264 -preset veryfast",
    );
    let bytes = std::fs::read(headless).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(class(&path), "input_corrupt");
}

#[test]
fn damage_never_crashes_and_is_counted() {
    let folder = folder();
    let whole = make(
        &folder,
        "whole.ts",
        "-f lavfi -i testsrc2=d=1:r=25:s=160x90 -c:v libx264 -preset veryfast",
    );
    let bytes = std::fs::read(whole).unwrap();
    let path = folder.path().join("damaged.ts");
    let mut counted = 0;
    for seed in 1..=30_usize {
        let mut bytes = bytes.clone();
        for step in 0..bytes.len() / 100 {
            let place = (step * 97 + seed * 31_337).wrapping_mul(2_654_435_761) % bytes.len();
            bytes[place] ^= 1 << (step % 8);
        }
        std::fs::write(&path, bytes).unwrap();
        if let Ok((decoded, _)) = decode_with(&path, &PLAIN) {
            counted += decoded.corrupt;
        }
    }
    assert!(counted > 0);
}

#[test]
fn a_file_may_have_any_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let plain = make(
        &folder,
        "plain.mp4",
        "-f lavfi -i testsrc2=d=0.2:r=25:s=160x90 -c:v libx264 -preset veryfast",
    );
    for name in [
        &b"\xff\xfe.mp4"[..],
        b"concat:a|b.mp4",
        b"-i.mp4",
        b"a\nb %d?.mp4",
        b"http:",
    ] {
        let path = folder.path().join(OsStr::from_bytes(name));
        std::fs::copy(&plain, &path).unwrap();
        assert_eq!(decode_with(&path, &PLAIN).unwrap().0.frames, 5);
    }
}

/// More than a hundred frames, alike from the first to the last: the first show what is awkward in them.
const ALIKE: [&str; 12] = [
    "av1-2018-06_550.webm",
    "bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4",
    "bbb_800x640_768kbps_30fps_avc_pyramid_3b.mp4",
    "bt601-525_480_interlaced_bff.mkv",
    "cockatoo.mp4",
    "count-video.mp4",
    "edit_list_positive_shift.mp4",
    "hdr10-av1.mp4",
    "internal_emulator_transformer_output_270_rotated.mp4",
    "sample.avi",
    "trailer.ogv",
    "video-h265.mp4",
];

#[test]
fn awkward_files_give_the_frames_of_ffprobe_or_a_class() {
    init();
    let paths = or_skip!(shared_files("media/awkward"));
    let refused = [
        ("sample_audio_only.mp4", "no_video"),
        ("p001.webm", "no_video"),
        ("malformed-join.mp3", "no_video"),
        ("with-attached-pic.mp3", "no_video"),
        ("sample_ac3_aac.mp4", "no_video"),
        ("sample_malformed_free_box.mp4", "input_corrupt"),
        ("sample_fragmented_widevine.mp4", "encrypted"),
        ("sample_vvc.mp4", "unsupported"),
        ("nasa_13013.mp4.cuts.json", "input_corrupt"),
    ];
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        match refused.iter().find(|(refused, _)| *refused == name) {
            Some((_, expected)) => assert_eq!(class(&path), *expected, "{name}"),
            // Ten thousand frames show nothing new.
            None if name == "long_1080p_lowbitrate.mp4" => {}
            None if ALIKE.contains(&name) => begins_as_in_ffprobe(&path),
            None => drop(agrees_with_ffprobe(&path)),
        }
    }
}
