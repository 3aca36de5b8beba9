//! Clips of files that hold sound alone: of a cover picture, or of their waveform.

use std::ops::ControlFlow;
use std::path::Path;

use opusclip::frame::{Rect, Size};
use opusclip::media::{
    ChannelRepairs, ClipFraming, ClipSource, Error, Expectation, FieldRate, Limits, LoudnessTarget,
    Media, RenderRequest, Rendered, SceneCrop, SceneView, SoundFades, SoundPicture, VideoCodec,
    render, thumbnail,
};
use opusclip::timeline::{FrameRate, TimeRange};
use tempfile::TempDir;

use super::render::{encoding, millis, samples};
use super::verify::failed;
use super::{folder, look, make};

const SIZE: (u32, u32) = (180, 320);
/// Eight seconds of a tone that comes and goes.
const SOUND: &str = "-f lavfi -i aevalsrc=0.4*sin(2*PI*500*t)*gt(mod(t\\,1)\\,0.5):s=44100:d=8";

fn shown(path: &Path, picture: SoundPicture) -> Result<Media, Error> {
    let mut media = look(path);
    media.show(picture, Some(SIZE), &Limits::default())?;
    Ok(media)
}

/// The whole picture in an upright clip.
fn whole(range: TimeRange) -> ClipFraming {
    ClipFraming {
        size: Size::new(SIZE.0, SIZE.1),
        scenes: vec![SceneCrop {
            range,
            layout: SceneView::Fit {
                part: Rect::WHOLE,
                blur: true,
            },
        }],
    }
}

/// Renders a clip and returns it with the names of the checks that it does not pass.
fn clip(path: &Path, media: &Media, range: TimeRange, output: &Path) -> (Rendered, Vec<String>) {
    let (limits, encoding, framing) = (Limits::default(), encoding(), whole(range));
    let rate = FrameRate::of_clip(media.video.as_ref().unwrap().frame_rate, false);
    let request = RenderRequest {
        source: path,
        media,
        range,
        rate,
        fields: FieldRate::default(),
        output,
        framing: Some(&framing),
        captions: None,
        channels: ChannelRepairs::default(),
        fades: SoundFades::default(),
        loudness: Some(LoudnessTarget::default()),
        encoding: &encoding,
        threads: 1,
        limits: &limits,
    };
    let rendered = render(&request, &mut |_| ControlFlow::Continue(())).unwrap();
    let expected = Expectation {
        frames: rate.frames_in(range),
        duration: range.duration(),
        width: SIZE.0,
        height: SIZE.1,
        codec: VideoCodec::X264,
        coarse: false,
        audible: true,
        loudness: rendered.loudness.map(|levelled| LoudnessTarget {
            target: levelled.after,
            ..LoudnessTarget::default()
        }),
        source: Some(rendered.source),
        clip_of: Some(ClipSource {
            path: path.to_owned(),
            media: media.clone(),
            start: rendered.start,
            rate,
            framing: Some(framing.clone()),
            channels: ChannelRepairs::default(),
        }),
        captions: None,
        persons: None,
        faces: None,
        text: None,
        stretch: 0.0,
    };
    let failed = failed(output, &expected);
    (rendered, failed)
}

/// Returns the mean level of red, green and blue in a part of a picture of a clip.
fn colour(folder: &TempDir, clip: &Path, second: f64, part: &str) -> [u8; 3] {
    let raw = make(
        folder,
        "colour.rgb",
        &format!(
            "-ss {second} -i {} -frames:v 1 -vf crop={part},scale=1:1:flags=area,format=rgb24 -f rawvideo",
            clip.display()
        ),
    );
    std::fs::read(raw).unwrap().try_into().unwrap()
}

#[test]
fn a_cover_stands_whole_in_the_clip_for_as_long_as_there_is_sound() {
    let folder = folder();
    for (sound, codec, picture) in [
        ("talk.mp3", "-c:a libmp3lame -q:a 4", "cover.jpg"),
        ("talk.wav", "-c:a pcm_s16le", "cover.png"),
        ("talk.m4a", "-c:a aac", "clear.png"),
    ] {
        let path = make(&folder, sound, &format!("{SOUND} {codec}"));
        let pixels = if picture == "clear.png" {
            "-pix_fmt rgba"
        } else {
            ""
        };
        let cover = make(
            &folder,
            picture,
            &format!(
                "-f lavfi -i color=red:s=300x300 -vf drawbox=x=150:w=150:h=300:color=blue:t=fill -frames:v 1 {pixels}"
            ),
        );
        let media = shown(&path, SoundPicture::Cover(cover)).unwrap();
        let output = folder.path().join("clip.mp4");
        let (rendered, failed) = clip(&path, &media, millis(2_300, 6_300), &output);
        assert_eq!(failed, Vec::<String>::new(), "{sound}");
        assert_eq!((rendered.frames, rendered.audio), (100, true), "{sound}");
        let [red, _, blue] = colour(&folder, &output, 2.0, "70:160:10:80");
        assert!(red > 200 && blue < 60, "{sound}: {red} {blue}");
        let [red, _, blue] = colour(&folder, &output, 2.0, "70:160:100:80");
        assert!(blue > 200 && red < 60, "{sound}: {red} {blue}");
        // Above it is its dark, blurred copy.
        let [red, green, blue] = colour(&folder, &output, 2.0, "180:40:0:10");
        assert!(red.max(green).max(blue) < 140 && red.max(blue) > 20);
        // The tone begins at each half second.
        let heard = samples(&folder, &output);
        let begins = (0..heard.len()).position(|at| heard[at].abs() > 0.1 && at > 4_800);
        let begins = begins.unwrap() as f64 / 48e3;
        assert!((begins - 0.2).abs() < 0.03, "{sound}: {begins}");
    }
}

#[test]
fn a_waveform_moves_with_the_sound_and_its_clip_passes() {
    let folder = folder();
    let path = make(&folder, "talk.wav", SOUND);
    let media = shown(&path, SoundPicture::Waveform).unwrap();
    let output = folder.path().join("clip.mp4");
    let (rendered, failed) = clip(&path, &media, millis(2_000, 6_000), &output);
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(rendered.frames, 100);
    assert!(rendered.source.frozen < 0.1, "{:?}", rendered.source);
    // High bars while there is a tone in the middle, low ones in the silence before.
    let bright = |second: f64| {
        let [red, ..] = colour(&folder, &output, second, "4:60:88:104");
        red
    };
    let (silent, loud) = (bright(0.25), bright(0.75));
    assert!(loud > silent + 30, "{silent} {loud}");
    let still = folder.path().join("cover.jpg");
    let limits = Limits::default();
    let range = millis(2_000, 6_000);
    thumbnail(
        &path,
        &media,
        range.start(),
        Some(&whole(range)),
        &still,
        &limits,
    )
    .unwrap();
    assert!(std::fs::read(&still).unwrap().starts_with(b"\xff\xd8"));
}

#[test]
fn a_cover_that_is_no_picture_is_named() {
    let folder = folder();
    let path = make(&folder, "talk.wav", SOUND);
    let broken = folder.path().join("cover.jpg");
    std::fs::write(&broken, b"\xff\xd8\xff\xe0 and nothing more").unwrap();
    for cover in [broken, path.clone(), folder.path().join("gone.png")] {
        let error = shown(&path, SoundPicture::Cover(cover.clone())).unwrap_err();
        assert_eq!(error.class(), "cover");
        let told = error.to_string();
        let name = cover.display().to_string();
        assert!(
            told.contains(&name) && told.ends_with("JPEG or PNG file"),
            "{told}"
        );
    }
}

#[test]
fn a_clip_of_an_mp3_without_an_index_is_cut_to_the_sample() {
    let folder = folder();
    // Variable bit rate, no header that tells where things lie.
    let path = make(
        &folder,
        "vbr.mp3",
        "-f lavfi -i aevalsrc=0.5*sin(2*PI*900*t)*lt(mod(t\\,7)\\,0.2)+0.02*random(0):s=44100:d=60 -c:a libmp3lame -q:a 5 -write_xing 0",
    );
    let media = shown(&path, SoundPicture::Waveform).unwrap();
    let output = folder.path().join("clip.mp4");
    let (_, failed) = clip(&path, &media, millis(48_000, 51_000), &output);
    assert_eq!(failed, Vec::<String>::new());
    let heard = samples(&folder, &output);
    let begins = heard.iter().position(|sample| sample.abs() > 0.3).unwrap() as f64 / 48e3;
    assert!((begins - 1.0).abs() < 0.06, "{begins}");
}

#[test]
fn a_cover_stands_upright_as_its_camera_was_held() {
    let folder = folder();
    let path = make(&folder, "talk.wav", SOUND);
    let lying = make(
        &folder,
        "lying.jpg",
        "-f lavfi -i color=red:s=320x160 -vf drawbox=x=160:w=160:h=160:color=blue:t=fill -frames:v 1",
    );
    let bytes = std::fs::read(lying).unwrap();
    // EXIF: one entry, orientation 6, a quarter turn clockwise to stand upright.
    let exif =
        b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let cover = folder.path().join("cover.jpg");
    std::fs::write(&cover, [&bytes[..2], exif, &bytes[2..]].concat()).unwrap();
    let media = shown(&path, SoundPicture::Cover(cover)).unwrap();
    let video = media.video.as_ref().unwrap();
    assert_eq!((video.width, video.height), (160, 320));
    let output = folder.path().join("clip.mp4");
    let (_, failed) = clip(&path, &media, millis(0, 1_000), &output);
    assert_eq!(failed, Vec::<String>::new());
    let [upper, ..] = colour(&folder, &output, 0.5, "160:80:10:40");
    let [lower, ..] = colour(&folder, &output, 0.5, "160:80:10:200");
    assert!(upper > 200 && lower < 60, "{upper} {lower}");
}
