//! Clips that are not what they should be, each defect planted with the `ffmpeg` program.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use opusclip::frame::Rect;
use opusclip::media::{
    CaptionFile, ChannelRepairs, Check, ClipFraming, ClipSource, ContactSheet, Cues, Expectation,
    Limits, LoudnessTarget, Media, SceneView, Shares, VideoCodec, faces_inside, stretch, verify,
    verify_with_sheet,
};
use opusclip::timeline::{TimeRange, Timestamp};
use tempfile::TempDir;

use crate::needs::shared;
use crate::or_skip;

use super::framed::{Wanted, point, scene};
use super::render::{millis, rate_of_media};
use super::{folder, look, make};

const SIZE: (u32, u32) = (270, 480);

/// Returns captions with one cue from 0.2 to 0.8 s and another from 1.2 to 2.8 s, `margin` pixels from below.
pub(super) fn ass(font: &str, text: &str, (width, height): (u32, u32), margin: u32) -> String {
    format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nScaledBorderAndShadow: yes\n\n\
         [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
         Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
         MarginR, MarginV, Encoding\n\
         Style: Cue,{font},{size},&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,-1,0,0,0,100,100,0,0,1,{outline},0,2,27,27,{margin},-1\n\n\
         [Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
         Dialogue: 0,0:00:00.20,0:00:00.80,Cue,,0,0,0,,{text}\n\
         Dialogue: 0,0:00:01.20,0:00:02.80,Cue,,0,0,0,,{text}\n",
        size = width / 13,
        outline = f64::from(width) / 200.0,
    )
}

/// A clip and what it should be.
pub(super) struct Made {
    pub(super) clip: PathBuf,
    pub(super) expected: Expectation,
}

/// Writes captions and returns what is to be seen of them.
fn cues(folder: &TempDir, name: &str, margin: u32, size: (u32, u32)) -> Cues {
    let path = folder.path().join(name);
    fs::write(&path, ass("DejaVu Sans", "What is said", size, margin)).unwrap();
    Cues {
        captions: CaptionFile {
            ass: path,
            fonts: None,
        },
        times: vec![millis(200, 800), millis(1200, 2800)],
        area: Rect {
            x: 0.1,
            y: 0.2,
            width: 0.8,
            height: 0.6,
        },
    }
}

/// Renders a clip of the middle of the picture and expects of it what its source says.
pub(super) fn made_of(folder: &TempDir, source: &Path, media: &Media, range: TimeRange) -> Made {
    let repairs = ChannelRepairs::default();
    made_with_repairs(folder, source, (media, repairs), range)
}

/// The same where something is done to the channels of its sound.
pub(super) fn made_with_repairs(
    folder: &TempDir,
    source: &Path,
    (media, repairs): (&Media, ChannelRepairs),
    range: TimeRange,
) -> Made {
    let framing = scene(SceneView::Crop(vec![]), SIZE);
    let output = folder.path().join("clip.mp4");
    made_from(source, (media, repairs), range, &framing, None, &output)
}

/// Renders a clip and expects of it what its source and the request say.
fn made(
    source: &Path,
    range: TimeRange,
    framing: &ClipFraming,
    cues: Option<&Cues>,
    output: &Path,
) -> Made {
    let nothing = (&look(source), ChannelRepairs::default());
    made_from(source, nothing, range, framing, cues, output)
}

fn made_from(
    source: &Path,
    (media, repairs): (&Media, ChannelRepairs),
    range: TimeRange,
    framing: &ClipFraming,
    cues: Option<&Cues>,
    output: &Path,
) -> Made {
    let wanted = Wanted {
        framing: Some(framing),
        captions: cues.map(|cues| &cues.captions),
        loudness: Some(LoudnessTarget::default()),
        encoding: None,
        media: Some(media),
        channels: repairs.clone(),
    };
    let rendered = wanted.render(source, range, output).unwrap();
    let (width, height) = look(source).video.unwrap().display_size();
    let whole = f64::from(width) / f64::from(height);
    let expected = Expectation {
        frames: rate_of_media(source, media).frames_in(range),
        duration: rendered.end.since(rendered.start),
        width: framing.size.width,
        height: framing.size.height,
        codec: VideoCodec::X264,
        coarse: false,
        audible: rendered
            .loudness
            .is_some_and(|levelled| !levelled.is_silent()),
        loudness: rendered.loudness.map(|levelled| LoudnessTarget {
            target: levelled.after,
            ..LoudnessTarget::default()
        }),
        source: Some(rendered.source),
        clip_of: Some(ClipSource {
            path: source.to_owned(),
            media: media.clone(),
            start: range.start(),
            rate: rate_of_media(source, media),
            framing: Some(framing.clone()),
            channels: repairs,
        }),
        captions: cues.cloned(),
        persons: None,
        faces: None,
        text: None,
        stretch: stretch(framing, whole),
    };
    Made {
        clip: output.to_owned(),
        expected,
    }
}

/// Three seconds of moving pictures and a tone, made upright with captions.
fn clean(folder: &TempDir) -> Made {
    let source = make(
        folder,
        "source.mp4",
        "-f lavfi -i testsrc2=d=3.2:r=25:s=640x360 -f lavfi -i sine=d=3.2:frequency=500 -af volume=-6dB -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac",
    );
    let framing = scene(SceneView::Crop(vec![point(0, 0.2, 81.0 / 256.0)]), SIZE);
    let cues = cues(folder, "captions.ass", 110, SIZE);
    made(
        &source,
        millis(0, 3000),
        &framing,
        Some(&cues),
        &folder.path().join("clean.mp4"),
    )
}

pub(super) fn failed(clip: &Path, expected: &Expectation) -> Vec<String> {
    let checks = verify(clip, expected, &Limits::default()).unwrap();
    let failed = checks.into_iter().filter(|check: &Check| !check.ok);
    failed.map(|check| check.name).collect()
}

#[test]
fn a_clean_clip_gives_no_alarm() {
    let folder = folder();
    let Made { clip, expected } = clean(&folder);
    assert_eq!(failed(&clip, &expected), Vec::<String>::new());
}

#[test]
fn a_clip_is_seen_whole_on_its_sheet() {
    let folder = folder();
    let Made { clip, expected } = clean(&folder);
    let limits = Limits::default();
    let output = folder.path().join("sheet.jpg");
    let sheet = |millis, output: &Path| {
        let interval = Duration::from_millis(millis);
        let sheet = ContactSheet { interval, output };
        verify_with_sheet(&clip, &expected, &sheet, &limits)
    };
    let checks = sheet(500, &output).unwrap();
    assert_eq!(checks, verify(&clip, &expected, &limits).unwrap());
    // Six upright pictures; two rows of four are nearest to three by two.
    let first = image::open(&output).unwrap().to_rgb8();
    assert_eq!(first.dimensions(), (4 * 240, 2 * 427));
    sheet(1, &output).unwrap();
    let (width, height) = image::open(&output).unwrap().to_rgb8().dimensions();
    assert!(width / 240 * height / 427 <= 110, "{width}x{height}");
    let refused = sheet(500, &folder.path().join("none/sheet.jpg"));
    assert_eq!(refused.unwrap_err().class(), "output");
}

/// Copies sound as it is; pictures are encoded again.
const PICTURES: &str = "-c:v libx264 -preset veryfast -crf 12 -c:a copy -movflags +faststart";
/// Copies pictures as they are; sound is encoded again.
const SOUND: &str = "-c:v copy -c:a aac -b:a 128k -movflags +faststart";

#[test]
fn each_planted_defect_is_caught_by_its_name() {
    let folder = folder();
    let Made { clip, expected } = clean(&folder);
    let pictures = |filter: &str| format!("-i CLIP -vf {filter} {PICTURES}");
    let sound = |filter: &str| format!("-i CLIP -af {filter} {SOUND}");
    let cases: Vec<(&str, String)> = vec![
        (
            "seekable",
            "-i CLIP -c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=27:bframes=3:scenecut=0:b-adapt=0 -flags -cgop -c:a copy -movflags +faststart".into(),
        ),
        ("frames", format!("-i CLIP -t 2.5 {PICTURES}")),
        ("frames", format!("-i CLIP -r 12 {PICTURES}")),
        ("duration", pictures("setpts=1.1*PTS -vsync vfr")),
        ("size", pictures("scale=268:480")),
        (
            "size",
            "-i CLIP -c copy -metadata:s:v rotate=90 -movflags +faststart".into(),
        ),
        ("aspect", pictures("setsar=4/3")),
        (
            "codec",
            "-i CLIP -c:v mpeg4 -q:v 2 -c:a copy -movflags +faststart".into(),
        ),
        (
            "codec",
            "-i CLIP -c:v copy -c:a libmp3lame -movflags +faststart".into(),
        ),
        (
            "pixel_format",
            format!("-i CLIP -pix_fmt yuv444p {PICTURES}"),
        ),
        ("audio", "-i CLIP -an -c copy -movflags +faststart".into()),
        (
            "audio",
            "-i CLIP -map 0:v -map 0:a -map 0:a -c copy -movflags +faststart".into(),
        ),
        (
            "av_start",
            "-i CLIP -itsoffset 0.1 -i CLIP -map 0:v -map 1:a -c copy -movflags +faststart".into(),
        ),
        ("av_end", sound("atrim=0:2.5")),
        ("silence", sound("volume=0")),
        ("loudness", sound("volume=-6dB")),
        ("true_peak", sound("volume=20dB")),
        (
            "black",
            pictures("drawbox=c=black:t=fill:enable=between(t\\,1\\,1.9)"),
        ),
        (
            "blank",
            pictures("drawbox=c=green:t=fill:enable=between(t\\,1\\,1.9)"),
        ),
        (
            "frozen",
            format!(
                "-i CLIP -filter_complex [0:v][0:v]freezeframes=25:60:25[v] -map [v] -map 0:a {PICTURES}"
            ),
        ),
        ("captions", pictures("drawbox=y=300:h=100:c=white:t=fill")),
        ("captions", pictures("boxblur=10")),
        (
            "bit_rate",
            "-i CLIP -c:v libx264 -preset veryfast -g 12 -b:v 60k -maxrate 60k -bufsize 30k -c:a copy -movflags +faststart".into(),
        ),
        ("faststart", "-i CLIP -c copy".into()),
    ];
    for (name, arguments) in cases {
        let arguments = arguments.replace("CLIP", &clip.display().to_string());
        let broken = make(&folder, "broken.mp4", &arguments);
        let found = failed(&broken, &expected);
        println!("{name}: {found:?}");
        assert!(
            found.contains(&name.to_owned()),
            "{name}: {found:?} with {arguments}"
        );
    }
}

#[test]
fn damaged_bytes_are_found() {
    let folder = folder();
    let Made { clip, expected } = clean(&folder);
    let bytes = fs::read(&clip).unwrap();
    let broken = folder.path().join("broken.mp4");
    let mut holed = bytes.clone();
    let middle = bytes.len() / 2;
    holed[middle..middle + 2000].fill(0xff);
    fs::write(&broken, holed).unwrap();
    assert!(failed(&broken, &expected).contains(&"decodes".to_owned()));
    fs::write(&broken, &bytes[..bytes.len() * 2 / 3]).unwrap();
    assert!(failed(&broken, &expected).contains(&"frames".to_owned()));
    fs::write(&broken, &bytes[..500]).unwrap();
    assert!(verify(&broken, &expected, &Limits::default()).is_err());
}

#[test]
fn captions_are_missed_late_and_outside_of_their_area() {
    let folder = folder();
    let good = clean(&folder);
    let source = folder.path().join("source.mp4");
    let framing = scene(SceneView::Crop(vec![point(0, 0.2, 81.0 / 256.0)]), SIZE);
    let render = |cues: Option<&Cues>| {
        made(
            &source,
            millis(0, 3000),
            &framing,
            cues,
            &folder.path().join("other.mp4"),
        )
    };
    let bare = render(None);
    assert_eq!(failed(&bare.clip, &good.expected), ["captions"]);
    let low = cues(&folder, "low.ass", 4, SIZE);
    assert_eq!(
        failed(
            &render(Some(&low)).clip,
            &Expectation {
                captions: Some(low),
                ..good.expected.clone()
            }
        ),
        ["captions_area"]
    );
    let late = cues(&folder, "late.ass", 110, SIZE);
    let text = fs::read_to_string(&late.captions.ass).unwrap();
    fs::write(
        &late.captions.ass,
        text.replace("0:00:01.20,", "0:00:02.30,"),
    )
    .unwrap();
    assert_eq!(
        failed(&render(Some(&late)).clip, &good.expected),
        ["captions"]
    );
    let empty = Cues {
        times: vec![millis(850, 1100)],
        ..late
    };
    let expected = Expectation {
        captions: Some(empty),
        ..good.expected.clone()
    };
    assert_eq!(failed(&good.clip, &expected), ["captions"]);
}

/// No font has these: they are drawn as boxes, as Japanese is where only DejaVu is installed.
const BOXES: &str = "\u{10FFF0}\u{10FFF1}\u{10FFF2} \u{10FFF3}";

#[test]
fn letters_that_no_font_has_are_not_burned_and_are_found_where_they_were() {
    let folder = folder();
    let good = clean(&folder);
    let boxes = cues(&folder, "boxes.ass", 110, SIZE);
    let text = fs::read_to_string(&boxes.captions.ass).unwrap();
    fs::write(&boxes.captions.ass, text.replace("What is said", BOXES)).unwrap();
    let refused = boxes.captions.check().unwrap_err();
    assert_eq!(refused.class(), "glyphs_missing", "{refused}");
    let burned = format!(
        "-i {} -vf ass=boxes.ass -c:v libx264 -c:a copy -movflags +faststart",
        good.clip.display()
    );
    let burned = make(&folder, "burned.mp4", &burned);
    let expected = Expectation {
        captions: Some(boxes),
        ..good.expected
    };
    let checks = verify(&burned, &expected, &Limits::default()).unwrap();
    let glyphs = checks.iter().find(|check| check.name == "glyphs").unwrap();
    assert_eq!((glyphs.ok, glyphs.value, glyphs.limit), (false, 1.0, 0.0));
}

#[test]
fn faces_cut_off_and_stretched_pictures_are_known_from_the_framing() {
    let folder = folder();
    let Made { clip, expected } = clean(&folder);
    let framing = scene(SceneView::Crop(vec![point(0, 0.0, 0.5)]), SIZE);
    let face = Rect {
        x: 0.45,
        y: 0.3,
        width: 0.1,
        height: 0.2,
    };
    let faces = faces_inside(&framing, &[(Timestamp::ZERO, face)], 16.0 / 9.0);
    let stretch = stretch(&framing, 16.0 / 9.0);
    let expected = Expectation {
        faces,
        stretch,
        ..expected
    };
    assert_eq!(failed(&clip, &expected), ["faces", "stretch"]);
}

#[test]
fn what_the_source_itself_lacks_is_no_alarm() {
    let folder = folder();
    let source = make(
        &folder,
        "dark.mp4",
        "-f lavfi -i testsrc2=d=6:r=25:s=640x360 -f lavfi -i anullsrc=d=6 -vf drawbox=c=black:t=fill:enable=between(t\\,1\\,2),drawbox=c=white:t=fill:enable=between(t\\,2\\,3),loop=loop=40:size=1:start=90 -t 6 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac",
    );
    let framing = scene(SceneView::Crop(vec![point(0, 0.2, 81.0 / 256.0)]), SIZE);
    let output = folder.path().join("clip.mp4");
    let Made { clip, expected } = made(&source, millis(200, 5800), &framing, None, &output);
    let Shares {
        black,
        blank,
        frozen,
    } = expected.source.unwrap();
    assert!(
        black > 0.1 && blank > 0.1 && frozen > 0.2,
        "{:?}",
        expected.source
    );
    assert!(!expected.audible);
    assert_eq!(failed(&clip, &expected), Vec::<String>::new());
    let blamed = Expectation {
        source: Some(Shares::default()),
        audible: true,
        ..expected
    };
    assert_eq!(
        failed(&clip, &blamed),
        ["silence", "black", "blank", "frozen"]
    );
}

#[test]
fn clips_of_real_films_and_talks_give_no_alarm() {
    let folder = folder();
    let files = [
        ("cuts/chaplin.mp4", 2_000),
        ("cuts/fades.mp4", 3_000),
        ("faces/obama_speech.mp4", 1_000),
        ("speech/bbaf2n.mpg", 0),
        ("awkward/silent-black-10s.mp4", 1_000),
        (
            "awkward/bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4",
            12_000,
        ),
    ];
    let fit = SceneView::Fit {
        part: Rect::WHOLE,
        blur: true,
    };
    let layouts = [SceneView::Crop(vec![]), fit];
    for ((name, start), layout) in files.into_iter().zip(layouts.iter().cycle()) {
        let source = or_skip!(shared(&format!("media/{name}")));
        let framing = scene(layout.clone(), SIZE);
        let cues = cues(&folder, "captions.ass", 110, SIZE);
        let output = folder.path().join("clip.mp4");
        let Made { clip, expected } = made(
            &source,
            millis(start, start + 2_000),
            &framing,
            Some(&cues),
            &output,
        );
        assert_eq!(failed(&clip, &expected), Vec::<String>::new(), "{name}");
        assert!(expected.duration > Duration::from_secs(1), "{name}");
    }
}

/// Sound and pictures of another moment or another way round, each made of the clip by the `ffmpeg` program: what was done,
/// the filters, and the check that finds it.
const MISMATCHES: [(&str, &str, &str); 20] = [
    ("sound 0.2 s late", "-af adelay=200:all=1", "sound_content"),
    ("sound 0.3 s late", "-af adelay=300:all=1", "sound_content"),
    ("sound 0.5 s late", "-af adelay=500:all=1", "sound_content"),
    ("sound 1 s late", "-af adelay=1000:all=1", "sound_content"),
    ("sound 2 s late", "-af adelay=2000:all=1", "sound_content"),
    ("sound 4 s late", "-af adelay=4000:all=1", "sound_content"),
    ("sound 10 s late", "-af adelay=10000:all=1", "sound_content"),
    (
        "sound 0.2 s early",
        "-af atrim=start=0.2,asetpts=PTS-STARTPTS",
        "sound_content",
    ),
    (
        "sound 0.5 s early",
        "-af atrim=start=0.5,asetpts=PTS-STARTPTS",
        "sound_content",
    ),
    (
        "sound 2 s early",
        "-af atrim=start=2,asetpts=PTS-STARTPTS",
        "sound_content",
    ),
    ("sound backwards", "-af areverse", "sound_content"),
    (
        "no sound in the middle",
        "-af volume=0:enable='between(t\\,2.3\\,3.8)'",
        "sound_content",
    ),
    ("channels swapped", "-af pan=stereo|c0=c1|c1=c0", "channels"),
    (
        "one channel upside down",
        "-af pan=stereo|c0=c0|c1=-1*c1",
        "sound_content",
    ),
    (
        "pictures 0.5 s late",
        "-vf tpad=start=12:start_mode=clone,trim=end_frame=150",
        "picture_content",
    ),
    (
        "pictures 1 s late",
        "-vf tpad=start=25:start_mode=clone,trim=end_frame=150",
        "picture_content",
    ),
    (
        "pictures 2 s early",
        "-vf trim=start_frame=50,setpts=PTS-STARTPTS,tpad=stop=50:stop_mode=clone",
        "picture_content",
    ),
    ("pictures backwards", "-vf reverse", "picture_content"),
    ("mirrored", "-vf hflip", "picture_content"),
    (
        "the last picture of another film",
        "-vf negate=enable='gt(n\\,140)'",
        "picture_content",
    ),
];

#[test]
fn pictures_and_sound_of_another_moment_are_found() {
    let folder = folder();
    let source = make(
        &folder,
        "two.mp4",
        "-f lavfi -i testsrc2=d=8:r=25:s=320x180 -f lavfi -i anoisesrc=d=8:a=0.3:seed=1 -f lavfi -i anoisesrc=d=8:a=0.3:seed=2 -filter_complex [1:a][2:a]amerge=inputs=2[a] -map 0:v -map [a] -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac -b:a 192k",
    );
    let framing = scene(SceneView::Crop(vec![]), SIZE);
    let output = folder.path().join("clip.mp4");
    let Made { clip, expected } = made(&source, millis(1000, 7000), &framing, None, &output);
    assert_eq!(failed(&clip, &expected), Vec::<String>::new());
    for (what, filters, check) in MISMATCHES {
        let kept = if filters.starts_with("-af") {
            "-c:v copy -c:a aac -b:a 192k"
        } else {
            "-c:v libx264 -preset veryfast -g 12 -bf 0 -c:a copy"
        };
        let arguments = format!("-i {} {filters} {kept}", clip.display());
        let wrong = make(&folder, "wrong.mp4", &arguments);
        let found = failed(&wrong, &expected);
        assert!(found.iter().any(|name| name == check), "{what}: {found:?}");
    }
}
