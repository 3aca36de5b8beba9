//! Clips: cut to the frame and the sample.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use opusclip::frame::{Frame, SMALL_BYTES};
use opusclip::media::{
    ChannelRepairs, Check, Encoding, Error, Expectation, FieldRate, Limits, Media, RenderRequest,
    Rendered, SoundFades, VideoCodec, VideoStream, probe, render, verify,
};
use opusclip::timeline::{FrameRate, TimeRange, Timestamp};
use tempfile::TempDir;

use super::{PLAIN, decode_with, folder, look, make};

/// A video of two seconds and its sound: a tone that begins at `tone` seconds.
pub(super) fn talk(folder: &TempDir, name: &str, tone: f64, options: &str) -> PathBuf {
    let arguments = format!(
        "-f lavfi -i testsrc2=d=2:r=25:s=320x180 -f lavfi -i aevalsrc=0.5*sin(2*PI*1000*t)*gte(t\\,{tone}):d=2:s=48000 -c:v libx264 -preset veryfast -g 20 -bf 2 -c:a aac {options}"
    );
    make(folder, name, &arguments)
}

pub(super) fn millis(start: i64, end: i64) -> TimeRange {
    let at = |millis| Timestamp::new(millis, 1000).unwrap();
    TimeRange::new(at(start), at(end)).unwrap()
}

pub(super) fn encoding() -> Encoding {
    Encoding {
        codec: VideoCodec::X264,
        crf: 12.0,
        preset: "veryfast".into(),
        audio_bitrate: 128_000,
    }
}

/// Returns the rate of a clip of a file.
pub(super) fn rate_of(source: &Path) -> FrameRate {
    rate_of_media(source, &look(source))
}

/// Returns the rate of a clip of a file of which more is known than its header says.
pub(super) fn rate_of_media(source: &Path, media: &Media) -> FrameRate {
    let average = media.video.as_ref().and_then(VideoStream::picture_rate);
    let varies = decode_with(source, &PLAIN).is_ok_and(|(decoded, _)| decoded.vfr);
    FrameRate::of_clip(average, varies)
}

fn cut_to(source: &Path, range: TimeRange, output: &Path) -> Result<Rendered, Error> {
    let (limits, encoding) = (Limits::default(), encoding());
    let media = probe(source, &limits)?;
    let request = RenderRequest {
        source,
        media: &media,
        range,
        rate: rate_of(source),
        fields: FieldRate::default(),
        output,
        framing: None,
        captions: None,
        channels: ChannelRepairs::default(),
        fades: SoundFades::default(),
        loudness: None,
        encoding: &encoding,
        threads: 1,
        limits: &limits,
    };
    render(&request, &mut |_| ControlFlow::Continue(()))
}

/// Cuts a clip and asserts that its frames are even, that each shows the picture that the source shows then, and that it
/// verifies.
pub(super) fn cut(source: &Path, range: TimeRange) -> (Rendered, PathBuf) {
    let output = source.with_extension("clip");
    let rendered = cut_to(source, range, &output).unwrap();
    let (_, all) = decode_with(source, &PLAIN).unwrap();
    let rate = rate_of(source);
    let (_, frames) = decode_with(&output, &PLAIN).unwrap();
    assert!(frames.len() as u64 <= rate.frames_in(range));
    assert_eq!(rendered.frames, frames.len() as u64);
    for (number, frame) in (0..).zip(&frames) {
        let off = (frame.time - rate.time_of(number)).seconds();
        assert!(off.abs() < 1e-4, "frame {number} is {off} s off");
        // A little later, for containers round times.
        let shown = range.start().seconds() + (number as f64 + 0.2) / rate.frames_a_second();
        let wanted = all.iter().rfind(|frame| frame.time.seconds() <= shown);
        let wanted: &Frame = wanted.unwrap_or(&all[0]);
        let off = frame.small.iter().zip(wanted.small.iter());
        let off: u32 = off.map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        assert!(
            off < 3 * SMALL_BYTES as u32,
            "{}: frame {} is another, {off}",
            source.display(),
            wanted.index
        );
    }
    let checks = check(&output, &rendered);
    assert!(checks.iter().all(|check| check.ok), "{checks:?}");
    (rendered, output)
}

fn check(clip: &Path, rendered: &Rendered) -> Vec<Check> {
    let expected = Expectation {
        frames: rendered.frames,
        duration: rendered.end.since(rendered.start),
        width: rendered.width,
        height: rendered.height,
        ..Expectation::default()
    };
    verify(clip, &expected, &Limits::default()).unwrap()
}

/// Returns the sound of a file as the `ffmpeg` program plays it: one channel at 48 kHz.
pub(super) fn samples(folder: &TempDir, path: &Path) -> Vec<f32> {
    let raw = make(
        folder,
        "sound.f32",
        &format!("-i {} -ac 1 -ar 48000 -f f32le", path.display()),
    );
    let bytes = std::fs::read(raw).unwrap();
    let (samples, _) = bytes.as_chunks::<4>();
    samples
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

#[test]
fn a_clip_has_exactly_the_frames_and_samples_of_its_range() {
    let folder = folder();
    let source = talk(&folder, "talk.mp4", 0.0, "");
    for (start, end, frames) in [
        (500, 1700, 30),
        (0, 400, 10),
        (1010, 1090, 2),
        (1800, 9000, 5),
    ] {
        let (rendered, clip) = cut(&source, millis(start, end));
        assert_eq!(rendered.frames, frames);
        let heard = samples(&folder, &clip).len() as i64;
        let wanted = rendered.end.since(rendered.start).as_millis() as i64 * 48;
        assert!(
            (heard - wanted).abs() <= 1024,
            "{heard} samples for {wanted}"
        );
    }
}

#[test]
fn sound_stays_with_its_picture() {
    let folder = folder();
    for (name, options) in [
        ("a.mp4", ""),
        ("a.mkv", ""),
        ("a.ts", "-output_ts_offset 5"),
        ("late.mp4", "-output_ts_offset 3"),
    ] {
        let source = talk(&folder, name, 1.2, options);
        let first = decode_with(&source, &PLAIN).unwrap().1[0].time;
        let zero = first.to_ticks(1, 1000);
        let (rendered, clip) = cut(&source, millis(zero + 490, zero + 1900));
        let heard = samples(&folder, &clip);
        let loud = heard.iter().position(|sample| sample.abs() > 0.2).unwrap() as f64 / 48000.0;
        let expected = 1.2 - (rendered.start.seconds() - first.seconds());
        // The tone has to get loud first, and the source's own encoder smears it a little.
        assert!(
            (loud - expected).abs() < 0.004,
            "{name}: {loud} for {expected}"
        );
    }
}

#[test]
fn sound_that_begins_late_has_silence_before_it() {
    let folder = folder();
    let source = make(
        &folder,
        "late.mkv",
        "-f lavfi -i testsrc2=d=2:r=25:s=160x90 -itsoffset 1 -f lavfi -i sine=d=1 -c:v libx264 -preset veryfast -c:a aac",
    );
    let (rendered, clip) = cut(&source, millis(500, 1800));
    let loud = samples(&folder, &clip)
        .iter()
        .position(|sample| sample.abs() > 0.05)
        .unwrap();
    let expected = 1.0 - rendered.start.seconds();
    assert!((loud as f64 / 48000.0 - expected).abs() < 0.004, "{loud}");
    let (rendered, clip) = cut(&source, millis(0, 800));
    assert!(rendered.audio);
    assert!(
        samples(&folder, &clip)
            .iter()
            .all(|sample| sample.abs() < 0.01)
    );
}

#[test]
fn clips_keep_variable_rates_and_awkward_sources() {
    let folder = folder();
    let cases = [
        (
            "variable.mp4",
            "-f lavfi -i testsrc2=d=3:r=30:s=320x180 -vf select='mod(n\\,3)',setpts=PTS+0.01*random(1)/TB -vsync vfr -c:v libx264 -preset veryfast -g 30",
        ),
        (
            "ntsc.mkv",
            "-f lavfi -i testsrc2=d=3:r=30000/1001:s=320x180 -c:v libx264 -preset veryfast -g 15",
        ),
        (
            "plain.avi",
            "-f lavfi -i testsrc2=d=3:r=24:s=320x180 -c:v mpeg4 -bf 2 -q:v 3",
        ),
        (
            "raw.264",
            "-f lavfi -i testsrc2=d=3:r=25:s=320x180 -c:v libx264 -bf 2 -preset veryfast -g 25",
        ),
        (
            "odd.webm",
            "-f lavfi -i testsrc2=d=3:r=25:s=161x121 -c:v libvpx-vp9 -cpu-used 8 -deadline realtime -crf 20 -b:v 0",
        ),
        (
            "ten.mp4",
            "-f lavfi -i testsrc2=d=3:r=25:s=320x180 -pix_fmt yuv422p10le -c:v libx264 -preset veryfast",
        ),
        (
            "rgb.mp4",
            "-f lavfi -i testsrc2=d=3:r=25:s=320x180 -c:v libx264rgb -preset veryfast",
        ),
        (
            "full.mp4",
            "-f lavfi -i testsrc2=d=3:r=25:s=320x180 -pix_fmt yuvj420p -c:v libx264 -preset veryfast",
        ),
        (
            "mpeg.ts",
            "-f lavfi -i testsrc2=d=3:r=50:s=320x180 -c:v mpeg2video -q:v 3",
        ),
    ];
    for (name, arguments) in cases {
        let source = make(&folder, name, arguments);
        let first = decode_with(&source, &PLAIN).unwrap().1[0]
            .time
            .to_ticks(1, 1000);
        println!("{name}");
        let (rendered, _) = cut(&source, millis(first + 1210, first + 2333));
        assert!(!rendered.audio && rendered.frames > 10, "{name}");
    }
}

#[test]
fn a_file_without_times_is_counted_from_its_first_frame() {
    let folder = folder();
    let source = make(
        &folder,
        "short.264",
        "-f lavfi -i testsrc2=d=0.4:r=25:s=160x90 -c:v libx264 -bf 2 -preset veryfast",
    );
    let (rendered, _) = cut(&source, millis(80, 240));
    assert_eq!(rendered.frames, 4);
}

#[test]
fn a_clip_of_a_rotated_video_stands_upright_without_a_tag() {
    let folder = folder();
    let flat = talk(&folder, "flat.mp4", 0.0, "");
    let source = make(
        &folder,
        "turned.mp4",
        &format!("-i {} -c copy -metadata:s:v rotate=90", flat.display()),
    );
    let (rendered, clip) = cut(&source, millis(200, 1000));
    assert_eq!((rendered.width, rendered.height), (180, 320));
    assert_eq!(look(&clip).video.unwrap().rotation.degrees(), 0);
}

#[test]
fn colour_tags_and_display_shape_are_carried() {
    let folder = folder();
    let source = make(
        &folder,
        "a.mp4",
        "-f lavfi -i testsrc2=d=1:r=25:s=320x180 -vf setsar=4/3 -c:v libx264 -preset veryfast -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv",
    );
    let output = folder.path().join("b.mp4");
    let rendered = cut_to(&source, millis(0, 500), &output).unwrap();
    assert_eq!((rendered.width, rendered.height), (426, 180));
    let probed = Command::new("ffprobe")
        .args(["-v", "quiet", "-show_entries", "stream=color_range,color_space,color_transfer,color_primaries,pix_fmt,sample_aspect_ratio", "-of", "default=nk=1:nw=1"])
        .arg(&output)
        .output()
        .unwrap();
    let probed = String::from_utf8(probed.stdout).unwrap();
    assert_eq!(probed, "1:1\nyuv420p\ntv\nbt709\nbt709\nbt709\n");
}

#[test]
fn the_same_cut_gives_the_same_bytes() {
    let folder = folder();
    let source = talk(&folder, "talk.mp4", 0.0, "");
    let bytes = |name: &str| {
        let output = folder.path().join(name);
        cut_to(&source, millis(300, 1300), &output).unwrap();
        std::fs::read(output).unwrap()
    };
    assert_eq!(bytes("one"), bytes("two"));
}

#[test]
fn a_cut_that_cannot_be_says_why() {
    let folder = folder();
    let source = talk(&folder, "talk.mp4", 0.0, "");
    let class = |range, output: &Path| cut_to(&source, range, output).unwrap_err().class();
    let output = folder.path().join("clip.mp4");
    assert_eq!(class(millis(5000, 6000), &output), "no_frames");
    assert_eq!(class(millis(0, 1000), Path::new("/dev/full")), "no_space");
    assert_eq!(
        class(millis(0, 1000), &folder.path().join("none/clip.mp4")),
        "output"
    );
    let (limits, encoding) = (Limits::default(), encoding());
    let request = RenderRequest {
        source: &source,
        media: &look(&source),
        range: millis(0, 1000),
        rate: rate_of(&source),
        fields: FieldRate::default(),
        output: &output,
        framing: None,
        captions: None,
        channels: ChannelRepairs::default(),
        fades: SoundFades::default(),
        loudness: None,
        encoding: &encoding,
        threads: 1,
        limits: &limits,
    };
    let cancelled = render(&request, &mut |frames| {
        if frames == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!(cancelled, Err(Error::Cancelled));
}

#[test]
fn the_last_picture_stays_as_long_as_there_is_sound() {
    let folder = folder();
    let source = make(
        &folder,
        "long.mp4",
        "-f lavfi -i testsrc2=d=1:r=25:s=160x90 -f lavfi -i sine=d=2 -c:v libx264 -preset veryfast -c:a aac",
    );
    let (rendered, clip) = cut(&source, millis(200, 1900));
    assert_eq!(rendered.end, Timestamp::new(192, 100).unwrap());
    let heard = samples(&folder, &clip);
    // The last packet of sound is whole.
    assert!((48 * 1720..48 * 1720 + 1024).contains(&heard.len()));
    assert!(
        heard[48 * 1500..48 * 1600]
            .iter()
            .any(|sample| sample.abs() > 0.05)
    );
}

#[test]
fn a_clip_inside_a_held_picture_has_its_sound() {
    let folder = folder();
    let source = make(
        &folder,
        "share.mp4",
        "-f lavfi -i testsrc2=d=8:r=25:s=160x90 -f lavfi -i sine=d=8 -vf select='not(mod(n\\,75))' -vsync vfr -c:v libx264 -preset veryfast -c:a aac",
    );
    let (_, clip) = cut(&source, millis(6200, 7900));
    let heard = samples(&folder, &clip);
    for second in heard.chunks(4800).take(16) {
        assert!(second.iter().any(|sample| sample.abs() > 0.05));
    }
}
