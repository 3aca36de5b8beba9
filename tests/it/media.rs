//! What `media` says of files, held against the `ffmpeg` and `ffprobe` programs.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use opusclip::frame::{Frame, Picture};
use opusclip::media::{DecodePlan, Decoded, Error, Limits, Media, Pictures, decode, init, probe};
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
    let limits = Limits::default();
    let media = probe(path, &limits)?;
    let mut frames = Vec::new();
    let decoded = decode(path, &media, plan, &limits, &mut |frame| {
        frames.push(frame);
        ControlFlow::Continue(())
    })?;
    Ok((decoded, frames))
}

/// Returns each frame's time as `ffprobe` prints it, and of those it cannot tell, nothing.
fn ffprobe_times(path: &Path, stream: usize) -> Vec<Option<f64>> {
    let output = Command::new("ffprobe")
        .args(["-v", "quiet", "-select_streams", &stream.to_string()])
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
    let stream = look(path).video.unwrap().stream;
    let (decoded, frames) = decode_with(path, &PLAIN).unwrap();
    let expected = ffprobe_times(path, stream);
    assert_eq!(frames.len(), expected.len(), "{}", path.display());
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
    (decoded, frames)
}

fn class(path: &Path) -> &'static str {
    decode_with(path, &PLAIN).map_or_else(|error| error.class(), |_| "fine")
}

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

/// Lets the `ffmpeg` program average the first frame to 48x27, slowly and well.
fn ffmpeg_small(folder: &TempDir, path: &Path, colours: &str) -> Vec<u8> {
    let input = path.display();
    let scale = format!(
        "-i {input} -frames:v 1 -vf scale=in_color_matrix={colours}:flags=accurate_rnd+full_chroma_int+full_chroma_inp,format=gbrp,scale=48:27:flags=area,format=rgb24 -f rawvideo"
    );
    std::fs::read(make(folder, "small.rgb", &scale)).unwrap()
}

#[test]
fn small_pictures_have_the_right_colours_in_every_layout() {
    let folder = folder();
    let cases = [
        ("yuv420p", "libx264", "mp4"),
        ("yuv422p", "libx264", "mp4"),
        ("yuv444p", "libx264", "mp4"),
        ("yuvj420p", "libx264", "mp4"),
        ("yuv420p10le", "libx264", "mp4"),
        ("gray", "libx264", "mp4"),
        ("nv12", "rawvideo", "nut"),
        ("nv21", "rawvideo", "nut"),
        ("yuyv422", "rawvideo", "nut"),
        ("yuv444p16le", "rawvideo", "nut"),
        ("gbrp", "libx264rgb", "mp4"),
        ("bgra", "rawvideo", "nut"),
        ("pal8", "rawvideo", "nut"),
    ];
    for (format, codec, kind) in cases {
        let format = if codec == "libx264rgb" {
            "rgb24"
        } else {
            format
        };
        let name = format!("{format}.{kind}");
        let path = make(
            &folder,
            &name,
            &format!("-f lavfi -i testsrc2=d=0.1:s=642x362 -pix_fmt {format} -c:v {codec}"),
        );
        let (_, frames) = decode_with(&path, &PLAIN).unwrap();
        let expected = ffmpeg_small(&folder, &path, "bt601");
        let furthest = frames[0]
            .small
            .iter()
            .zip(&expected)
            .map(|(&a, &b)| a.abs_diff(b))
            .max();
        assert!(furthest <= Some(4), "{format}: {furthest:?} levels off");
    }
}

#[test]
fn the_matrix_is_the_tagged_one() {
    let folder = folder();
    for (matrix, tag) in [
        ("bt709", "bt709"),
        ("bt601", "smpte170m"),
        ("bt2020", "bt2020nc"),
    ] {
        let path = make(
            &folder,
            &format!("{matrix}.mkv"),
            &format!(
                "-f lavfi -i testsrc2=d=0.1:s=320x180 -pix_fmt yuv420p -colorspace {tag} -c:v libx264"
            ),
        );
        let (_, frames) = decode_with(&path, &PLAIN).unwrap();
        let expected = ffmpeg_small(&folder, &path, matrix);
        let furthest = frames[0]
            .small
            .iter()
            .zip(&expected)
            .map(|(&a, &b)| a.abs_diff(b))
            .max();
        assert!(furthest <= Some(4), "{matrix}: {furthest:?} levels off");
    }
}

/// Says in which quarter of the picture the red is: left or right, top or bottom.
fn red_corner(picture: &Picture) -> (bool, bool) {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let is_red = |x: usize, y: usize| picture.rgb[(y * width + x) * 3] > 150;
    (
        is_red(width * 3 / 4, height / 4) || is_red(width * 3 / 4, height * 3 / 4),
        is_red(width / 4, height * 3 / 4) || is_red(width * 3 / 4, height * 3 / 4),
    )
}

#[test]
fn rotated_pictures_stand_upright() {
    let folder = folder();
    // Red in the upper left quarter.
    let flat = make(
        &folder,
        "flat.mp4",
        "-f lavfi -i color=black:d=0.2:s=320x180 -vf drawbox=0:0:160:90:red:fill -c:v libx264 -preset veryfast",
    );
    for (turn, degrees, (width, height), right_bottom) in [
        (0, 0, (320, 180), (false, false)),
        (-90, 90, (180, 320), (true, false)),
        (180, 180, (320, 180), (true, true)),
        (90, 270, (180, 320), (false, true)),
    ] {
        // The program writes the turn against the clock; the picture is shown turned with it.
        let copy = format!(
            "-i {} -c copy -metadata:s:v rotate={}",
            flat.display(),
            (360 - turn) % 360
        );
        let path = make(&folder, &format!("turned{degrees}.mp4"), &copy);
        let video = look(&path).video.unwrap();
        assert_eq!(
            (video.rotation.degrees(), video.width, video.height),
            (degrees, width, height)
        );
        let plan = DecodePlan {
            threads: 1,
            pictures: Some(Pictures {
                every: Duration::ZERO,
                width: 90,
            }),
        };
        let (_, frames) = decode_with(&path, &plan).unwrap();
        let picture = frames[0].picture.as_ref().unwrap();
        assert_eq!(red_corner(picture), right_bottom, "{degrees}");
        let small = Picture {
            width: 48,
            height: 27,
            rgb: frames[0].small.to_vec(),
        };
        assert_eq!(red_corner(&small), right_bottom, "{degrees}");
        agrees_with_ffprobe(&path);
    }
}

#[test]
fn larger_pictures_come_at_their_times() {
    let folder = folder();
    let path = make(
        &folder,
        "a.mp4",
        "-f lavfi -i testsrc2=d=1:r=25:s=320x180 -c:v libx264 -preset veryfast",
    );
    let plan = DecodePlan {
        threads: 1,
        pictures: Some(Pictures {
            every: Duration::from_millis(300),
            width: 160,
        }),
    };
    let (_, frames) = decode_with(&path, &plan).unwrap();
    let with: Vec<u64> = frames
        .iter()
        .filter(|frame| frame.picture.is_some())
        .map(|frame| frame.index)
        .collect();
    assert_eq!(with, [0, 8, 15, 23]);
    assert_eq!(
        frames[0]
            .picture
            .as_ref()
            .map(|picture| (picture.width, picture.height)),
        Some((160, 90))
    );
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

#[test]
fn tiny_pictures_and_single_frames_work() {
    let folder = folder();
    for (name, size) in [("one.nut", "1x1"), ("odd.nut", "3x5")] {
        let path = make(
            &folder,
            name,
            &format!(
                "-f lavfi -i color=red:d=0.04:r=25:s=16x16 -frames:v 1 -vf scale={size} -pix_fmt yuv420p -c:v rawvideo"
            ),
        );
        let (decoded, frames) = decode_with(&path, &PLAIN).unwrap();
        assert_eq!(decoded.frames, 1);
        assert!(
            frames[0]
                .small
                .chunks(3)
                .all(|pixel| pixel[0] > 240 && pixel[1] < 15)
        );
    }
}
