//! Clips that are framed, captioned and made as loud as they are to be.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use opusclip::frame::{Rect, Size, SmallPicture};
use opusclip::media::Media;
use opusclip::media::{
    CaptionFile, ChannelRepairs, ClipFraming, CropPoint, Encoding, Error, FieldRate, Limits,
    LoudnessTarget, RenderRequest, Rendered, SceneCrop, SceneView, SoundFades, StackedPart,
    VideoCodec, render, thumbnail, trial,
};
use opusclip::timeline::{TimeRange, Timestamp};
use tempfile::TempDir;

use super::render::{encoding, millis, rate_of_media};
use super::{PLAIN, decode_with, folder, look, make};

/// Red at the left, blue at the right.
const HALVES: &str = "-f lavfi -i color=red:d=1:r=25:s=320x360 -f lavfi -i color=blue:d=1:r=25:s=320x360 -filter_complex hstack -c:v libx264 -preset veryfast -pix_fmt yuv420p";

/// What a test asks for.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) framing: Option<&'a ClipFraming>,
    pub(super) captions: Option<&'a CaptionFile>,
    pub(super) loudness: Option<LoudnessTarget>,
    pub(super) encoding: Option<Encoding>,
    /// What the source holds, where that is known better than from its header.
    pub(super) media: Option<&'a Media>,
    pub(super) channels: ChannelRepairs,
}

impl Wanted<'_> {
    pub(super) fn render(
        &self,
        source: &Path,
        range: TimeRange,
        output: &Path,
    ) -> Result<Rendered, Error> {
        let (usual, header) = (encoding(), look(source));
        let media = self.media.unwrap_or(&header);
        let request = RenderRequest {
            source,
            media,
            range,
            rate: rate_of_media(source, media),
            fields: FieldRate::default(),
            output,
            framing: self.framing,
            captions: self.captions,
            channels: self.channels.clone(),
            fades: SoundFades::default(),
            loudness: self.loudness,
            encoding: self.encoding.as_ref().unwrap_or(&usual),
            threads: 1,
            limits: &Limits::default(),
        };
        render(&request, &mut |_| ControlFlow::Continue(()))
    }
}

fn framed(source: &Path, layout: SceneView, size: (u32, u32)) -> PathBuf {
    let framing = scene(layout, size);
    let output = source.with_extension("framed");
    let wanted = Wanted {
        framing: Some(&framing),
        ..Wanted::default()
    };
    let rendered = wanted.render(source, millis(0, 9000), &output).unwrap();
    assert_eq!((rendered.width, rendered.height), size);
    output
}

pub(super) fn scene(layout: SceneView, size: (u32, u32)) -> ClipFraming {
    let scenes = vec![SceneCrop {
        range: millis(0, 9000),
        layout,
    }];
    let size = Size::new(size.0, size.1);
    ClipFraming { size, scenes }
}

pub(super) fn point(millis: i64, x: f64, w: f64) -> CropPoint {
    CropPoint {
        time: Timestamp::new(millis, 1000).unwrap(),
        rect: Rect {
            x,
            y: 0.0,
            width: w,
            height: 1.0,
        },
    }
}

/// Returns all pictures at 48x27.
fn smalls(path: &Path) -> Vec<SmallPicture> {
    let (_, frames) = decode_with(path, &PLAIN).unwrap();
    frames.into_iter().map(|frame| *frame.small).collect()
}

/// Returns a cell's colour.
fn cell(small: &SmallPicture, x: usize, y: usize) -> [u8; 3] {
    std::array::from_fn(|channel| small[(y * 48 + x) * 3 + channel])
}

fn is_red([r, g, b]: [u8; 3]) -> bool {
    r > 200 && g < 40 && b < 40
}

fn is_blue([r, g, b]: [u8; 3]) -> bool {
    b > 200 && g < 40 && r < 40
}

/// Two parts, each half as high as the clip.
fn halves(upper: Vec<CropPoint>, lower: Vec<CropPoint>) -> Vec<StackedPart> {
    let half = |path| StackedPart { path, height: 0.5 };
    vec![half(upper), half(lower)]
}

#[test]
fn a_crop_shows_its_part_and_moves_along_its_path() {
    let folder = folder();
    let source = make(&folder, "halves.mp4", HALVES);
    let path = vec![point(0, 0.1, 0.31), point(960, 0.6, 0.31)];
    let clip = framed(&source, SceneView::Crop(path), (90, 160));
    let smalls = smalls(&clip);
    assert!(is_red(cell(&smalls[0], 24, 13)) && is_blue(cell(&smalls[24], 24, 13)));
    // In the middle of the way the border lies at (0.5 - 0.35) / 0.31 of the clip.
    assert!(is_red(cell(&smalls[12], 22, 13)) && is_blue(cell(&smalls[12], 26, 13)));
}

#[test]
fn a_slow_crop_glides_by_parts_of_a_pixel() {
    let folder = folder();
    let source = make(
        &folder,
        "ramp.mp4",
        "-f lavfi -i nullsrc=d=1:r=25:s=640x360,geq=lum=20+X/3:cb=128:cr=128 -c:v libx264 -crf 1 -preset veryfast -pix_fmt yuv420p",
    );
    // A tenth of a pixel a frame.
    let path = vec![point(0, 0.3, 0.31), point(960, 0.3 + 2.4 / 640.0, 0.31)];
    let framing = scene(SceneView::Crop(path), (360, 640));
    let output = folder.path().join("slow.mp4");
    let wanted = Wanted {
        framing: Some(&framing),
        encoding: Some(Encoding {
            crf: 1.0,
            ..encoding()
        }),
        ..Wanted::default()
    };
    wanted.render(&source, millis(0, 1000), &output).unwrap();
    let means: Vec<f64> = smalls(&output)
        .iter()
        .map(|small| small.iter().map(|&level| f64::from(level)).sum::<f64>() / small.len() as f64)
        .collect();
    let step = (means[24] - means[0]) / 24.0;
    assert!(step > 0.02, "{step}");
    for (frame, mean) in means.iter().enumerate() {
        let even = means[0] + step * frame as f64;
        // A jump by a whole pixel would be ten steps.
        assert!(
            (mean - even).abs() < 2.5 * step,
            "{frame}: {mean} for {even}"
        );
    }
}

#[test]
fn parts_are_stacked_and_pictures_fitted() {
    let folder = folder();
    let source = make(&folder, "halves.mp4", HALVES);
    let split = SceneView::Stack(halves(vec![point(0, 0.0, 0.4)], vec![point(0, 0.6, 0.4)]));
    let clip = framed(&source, split, (90, 160));
    let first = &smalls(&clip)[0];
    assert!(is_red(cell(first, 24, 3)) && is_blue(cell(first, 24, 23)));
    for (blur, black) in [(true, false), (false, true)] {
        let clip = framed(
            &source,
            SceneView::Fit {
                part: Rect::WHOLE,
                blur,
            },
            (90, 160),
        );
        let first = &smalls(&clip)[0];
        assert!(is_red(cell(first, 5, 13)) && is_blue(cell(first, 42, 13)));
        let [r, _, b] = cell(first, 5, 2);
        assert_eq!(r < 20, black, "{r}");
        assert!(r < 170 && b < 40);
    }
}

#[test]
fn a_crop_of_a_turned_video_is_of_the_upright_picture() {
    let folder = folder();
    let flat = make(&folder, "halves.mp4", HALVES);
    let source = make(
        &folder,
        "turned.mp4",
        &format!("-i {} -c copy -metadata:s:v rotate=270", flat.display()),
    );
    let (_, frames) = decode_with(&source, &PLAIN).unwrap();
    let upper = is_red(cell(&frames[0].small, 24, 3));
    let rect = Rect {
        x: 0.0,
        y: 0.0,
        width: 1.0,
        height: 0.4,
    };
    let time = Timestamp::ZERO;
    let clip = framed(
        &source,
        SceneView::Crop(vec![CropPoint { time, rect }]),
        (160, 90),
    );
    let shown = cell(&smalls(&clip)[3], 24, 13);
    assert!(
        if upper { is_red(shown) } else { is_blue(shown) },
        "{shown:?}"
    );
}

#[test]
fn a_framed_clip_of_a_variable_rate_has_a_constant_one_and_ends_with_its_source() {
    let folder = folder();
    let source = make(
        &folder,
        "variable.mp4",
        "-f lavfi -i testsrc2=d=2:r=30:s=320x180 -vf select='mod(n\\,3)',setpts=PTS+0.01*random(1)/TB -vsync vfr -c:v libx264 -preset veryfast",
    );
    let clip = framed(&source, SceneView::Crop(vec![]), (90, 160));
    let (before, after) = (
        decode_with(&source, &PLAIN).unwrap().0,
        decode_with(&clip, &PLAIN).unwrap().0,
    );
    assert!(before.vfr && !after.vfr);
    let off = before.end.unwrap().seconds() - after.end.unwrap().seconds();
    assert!(off.abs() < 0.025, "{off}");
}

/// Writes captions with one cue from 0.2 to 0.8 s.
fn captions(folder: &TempDir, name: &str, font: &str) -> CaptionFile {
    let ass = folder.path().join(name);
    fs::write(
        &ass,
        super::verify::ass(font, "Hello there", (270, 480), 96),
    )
    .unwrap();
    CaptionFile { ass, fonts: None }
}

#[test]
fn captions_are_burned_in_at_their_time_whatever_the_file_is_called() {
    let folder = folder();
    let source = make(
        &folder,
        "grey.mp4",
        "-f lavfi -i color=gray:d=2:r=25:s=640x360 -c:v libx264 -preset veryfast",
    );
    let captions = captions(
        &folder,
        "it's: a [so-called], 100 %\\\n{name};='.ass",
        "DejaVu Sans",
    );
    let framing = scene(SceneView::Crop(vec![]), (270, 480));
    let output = folder.path().join("clip.mp4");
    let wanted = Wanted {
        framing: Some(&framing),
        captions: Some(&captions),
        ..Wanted::default()
    };
    // Times count from the first frame of the clip.
    wanted.render(&source, millis(1000, 2000), &output).unwrap();
    let smalls = smalls(&output);
    let changed = |small: &SmallPicture| {
        let pairs = small.iter().zip(&smalls[0]);
        pairs.filter(|(a, b)| a.abs_diff(**b) > 12).count()
    };
    let shown: Vec<bool> = smalls.iter().map(|small| changed(small) > 0).collect();
    let expected: Vec<bool> = (0..25).map(|frame| (5..20).contains(&frame)).collect();
    assert_eq!(shown, expected);
}

#[test]
fn captions_that_cannot_be_drawn_are_refused() {
    let folder = folder();
    let source = make(&folder, "halves.mp4", HALVES);
    let output = folder.path().join("clip.mp4");
    let class = |captions: &CaptionFile| {
        let wanted = Wanted {
            captions: Some(captions),
            ..Wanted::default()
        };
        wanted.render(&source, millis(0, 500), &output).unwrap_err()
    };
    let missing = captions(&folder, "a.ass", "No Such Font");
    assert_eq!(class(&missing), Error::FontMissing("No Such Font".into()));
    let nowhere = CaptionFile {
        ass: folder.path().join("none.ass"),
        fonts: None,
    };
    assert_eq!(class(&nowhere).class(), "captions");
}

/// Returns integrated loudness and true peak as the `ffmpeg` program measures them.
fn loudness(path: &Path) -> (f64, f64) {
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-i"])
        .arg(path)
        .args([
            "-af",
            "ebur128=peak=true:framelog=verbose",
            "-f",
            "null",
            "-",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let summary = text.split("Summary:").nth(1).unwrap();
    let value = |name: &str| {
        let value = summary
            .split(name)
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next();
        value.unwrap().parse().unwrap()
    };
    (value("I:"), value("Peak:"))
}

#[test]
fn sound_becomes_as_loud_as_asked_for_and_no_peak_passes() {
    let folder = folder();
    let cases = [
        ("quiet", "sine=d=4:frequency=300,volume=-12dB", -14.0),
        ("loud", "sine=d=4:frequency=300,volume=16dB", -14.0),
        // Clicks over a quiet tone.
        (
            "clicks",
            "aevalsrc=0.02*sin(2*PI*300*t)+0.9*lt(mod(t\\,0.5)\\,0.0004):d=4:s=48000",
            -14.0,
        ),
    ];
    for (name, sound, target) in cases {
        let source = make(
            &folder,
            &format!("{name}.mp4"),
            &format!(
                "-f lavfi -i testsrc2=d=4:r=25:s=160x90 -f lavfi -i {sound} -c:v libx264 -preset veryfast -c:a aac -b:a 192k"
            ),
        );
        let output = folder.path().join("clip.mp4");
        let wanted = Wanted {
            loudness: Some(LoudnessTarget {
                target,
                ..LoudnessTarget::default()
            }),
            ..Wanted::default()
        };
        let rendered = wanted.render(&source, millis(0, 4000), &output).unwrap();
        let (heard, peak) = loudness(&output);
        let after = rendered.loudness.unwrap().after;
        assert!((heard - after).abs() < 0.4, "{name}: {heard} for {after}");
        // What only clicks hold back is not pressed flat.
        let short = if name == "clicks" { 8.0 } else { 0.5 };
        assert!((-short..0.5).contains(&(heard - target)), "{name}: {heard}");
        assert!(peak <= -0.5, "{name}: {peak}");
    }
}

#[test]
fn silence_stays_silent() {
    let folder = folder();
    let source = make(
        &folder,
        "silent.mp4",
        "-f lavfi -i testsrc2=d=1:r=25:s=160x90 -f lavfi -i anullsrc=d=1 -c:v libx264 -preset veryfast -c:a aac -shortest",
    );
    let output = folder.path().join("clip.mp4");
    let wanted = Wanted {
        loudness: Some(LoudnessTarget::default()),
        ..Wanted::default()
    };
    let rendered = wanted.render(&source, millis(0, 1000), &output).unwrap();
    assert!(rendered.loudness.unwrap().is_silent());
    assert!(loudness(&output).0 <= -70.0);
}

#[test]
fn high_dynamic_range_becomes_standard() {
    let folder = folder();
    let source = make(
        &folder,
        "hdr.mp4",
        "-f lavfi -i testsrc2=d=0.4:r=25:s=320x180 -vf format=yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -tag:v hvc1",
    );
    let output = folder.path().join("clip.mp4");
    let rendered = Wanted::default()
        .render(&source, millis(0, 400), &output)
        .unwrap();
    assert_eq!((rendered.width, rendered.height), (320, 180));
    let probed = Command::new("ffprobe")
        .args([
            "-v",
            "quiet",
            "-show_entries",
            "stream=color_range,color_space,color_transfer,color_primaries,pix_fmt",
            "-of",
            "default=nk=1:nw=1",
        ])
        .arg(&output)
        .output()
        .unwrap();
    let probed = String::from_utf8(probed.stdout).unwrap();
    assert_eq!(probed, "yuv420p\ntv\nbt709\nbt709\nbt709\n");
}

#[test]
fn every_encoder_that_passes_its_trial_makes_a_clip() {
    let folder = folder();
    let source = make(&folder, "halves.mp4", HALVES);
    let framing = scene(
        SceneView::Fit {
            part: Rect::WHOLE,
            blur: true,
        },
        (270, 480),
    );
    for codec in [
        VideoCodec::X264,
        VideoCodec::X265,
        VideoCodec::SvtAv1,
        VideoCodec::H264Nvenc,
        VideoCodec::HevcNvenc,
    ] {
        let tried = trial(codec);
        assert!(tried.is_ok() || codec != VideoCodec::X264, "{tried:?}");
        let wanted = Wanted {
            framing: Some(&framing),
            encoding: Some(Encoding {
                codec,
                crf: 30.0,
                ..encoding()
            }),
            ..Wanted::default()
        };
        let output = folder.path().join("clip.mp4");
        match (tried, wanted.render(&source, millis(0, 1000), &output)) {
            (Ok(()), Ok(_)) => {
                let video = look(&output).video.unwrap();
                assert_eq!(video.codec, codec.codec());
                assert_eq!(decode_with(&output, &PLAIN).unwrap().0.frames, 25);
            }
            (Err(error), Err(_)) => {
                assert_eq!(error.class(), "encoder");
            }
            (tried, rendered) => panic!("{codec:?}: {tried:?}, then {rendered:?}"),
        }
    }
}

#[test]
fn a_cover_shows_the_framed_picture() {
    let folder = folder();
    let source = make(&folder, "halves.mp4", HALVES);
    let media = look(&source);
    let framing = scene(SceneView::Crop(vec![point(0, 0.6, 0.31)]), (90, 160));
    let limits = Limits::default();
    let cover = folder.path().join("cover.jpg");
    let time = Timestamp::new(7, 10).unwrap();
    thumbnail(&source, &media, time, Some(&framing), &cover, &limits).unwrap();
    let picture = image::open(&cover).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (90, 160));
    assert!(is_blue(picture.get_pixel(45, 80).0));
    let after = Timestamp::new(70, 1).unwrap();
    thumbnail(&source, &media, after, None, &cover, &limits).unwrap();
    assert_eq!(
        image::open(&cover).unwrap().to_rgb8().dimensions(),
        (640, 360)
    );
    let nowhere = folder.path().join("none/cover.jpg");
    let refused = thumbnail(&source, &media, time, None, &nowhere, &limits);
    assert_eq!(refused.unwrap_err().class(), "output");
}
