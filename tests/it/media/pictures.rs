//! What the pictures show.

use std::path::Path;
use std::time::Duration;

use opusclip::frame::Picture;
use opusclip::media::{DecodePlan, Pictures};
use tempfile::TempDir;

use super::{PLAIN, agrees_with_ffprobe, decode_with, folder, look, make};

/// Soft colours: the program clips each pixel before it averages, which shows on hard ones.
const SOFT: &str = "gradients=d=0.1:c0=0x904030:c1=0x308050:c2=0x305090:nb_colors=3:seed=1";

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
            &format!("-f lavfi -i {SOFT}:s=642x362 -pix_fmt {format} -c:v {codec}"),
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
                "-f lavfi -i {SOFT}:s=320x180 -pix_fmt yuv420p -colorspace {tag} -c:v libx264"
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

/// Says in which quarter of the picture the red is: right or left, bottom or top.
fn red_corner(picture: &Picture) -> (bool, bool) {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let is_red = |x: usize, y: usize| picture.rgb[(y * width + x) * 3] > 150;
    let (left, right) = (width / 4, width * 3 / 4);
    let (top, bottom) = (height / 4, height * 3 / 4);
    (
        is_red(right, top) || is_red(right, bottom),
        is_red(left, bottom) || is_red(right, bottom),
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
    let plan = DecodePlan {
        threads: 1,
        pictures: Some(Pictures {
            interval: Duration::ZERO,
            width: 90,
        }),
    };
    let mut turns = Vec::new();
    for turn in [0, 90, 180, 270] {
        let copy = format!("-i {} -c copy -metadata:s:v rotate={turn}", flat.display());
        let path = make(&folder, &format!("turned{turn}.mp4"), &copy);
        let video = look(&path).video.unwrap();
        // The program turns pictures upright by itself.
        let shown = make(
            &folder,
            "shown.rgb",
            &format!(
                "-i {} -frames:v 1 -pix_fmt rgb24 -f rawvideo",
                path.display()
            ),
        );
        let shown = Picture {
            width: video.width,
            height: video.height,
            rgb: std::fs::read(shown).unwrap(),
        };
        let (_, frames) = agrees_with_ffprobe(&path);
        let small = Picture {
            width: 48,
            height: 27,
            rgb: frames[0].small.to_vec(),
        };
        let (_, frames) = decode_with(&path, &plan).unwrap();
        let picture = frames[0].picture.as_ref().unwrap();
        assert_eq!(picture.width, 90);
        assert!(picture.height.abs_diff(90 * video.height / video.width) <= 1);
        assert_eq!(red_corner(picture), red_corner(&shown), "{turn}");
        assert_eq!(red_corner(&small), red_corner(&shown), "{turn}");
        turns.push(video.rotation.degrees());
    }
    turns.sort_unstable();
    assert_eq!(turns, [0, 90, 180, 270]);
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
            interval: Duration::from_millis(300),
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

/// Returns which frames of a second of pictures come with a larger one, every 300 ms.
fn with_picture(folder: &TempDir, pictures: &str) -> Vec<u64> {
    let path = make(
        folder,
        "cut.mp4",
        &format!("-f lavfi -i {pictures} -c:v libx264 -preset veryfast -pix_fmt yuv420p"),
    );
    let plan = DecodePlan {
        threads: 1,
        pictures: Some(Pictures {
            interval: Duration::from_millis(300),
            width: 160,
        }),
    };
    let (_, frames) = decode_with(&path, &plan).unwrap();
    let with = frames.iter().filter(|frame| frame.picture.is_some());
    with.map(|frame| frame.index).collect()
}

#[test]
fn a_cut_has_a_picture_of_its_own_and_flashes_a_few() {
    let folder = folder();
    let cut = with_picture(
        &folder,
        "testsrc2=d=1:r=25:s=320x180,hue=h=180:enable=gte(n\\,13)",
    );
    assert_eq!(cut, [0, 8, 13, 15, 23]);
    let flash = with_picture(
        &folder,
        "testsrc2=d=1:r=25:s=320x180,negate=enable=mod(n\\,2)",
    );
    assert_eq!(flash, [0, 2, 4, 6, 8, 10, 12, 14, 15, 17, 19, 21, 23]);
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
