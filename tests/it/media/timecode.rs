//! The timecode of files as cameras write it: what the first frame is labelled.

use opusclip::timeline::{Counting, FrameRate, Timecode};

use super::{folder, look, make};

/// Makes a file of this rate and this timecode and checks what is read.
fn check(name: &str, rate: &str, codec: &str, written: &str, frame: u64) {
    let folder = folder();
    let size = if codec.is_empty() { "64x48" } else { "720x576" };
    let arguments =
        format!("-f lavfi -i testsrc=s={size}:r={rate}:d=0.4 {codec} -timecode {written}");
    let media = look(&make(&folder, name, &arguments));
    let start = media.timecode.unwrap_or_else(|| panic!("{name} {rate}"));
    let rate = FrameRate::editing(media.video.unwrap().frame_rate);
    assert_eq!(start.frame(rate), frame, "{name} {written}");
    let label = Timecode::new(frame, rate, start.counting());
    assert_eq!(label.to_string(), written, "{name}");
}

#[test]
fn a_track_of_timecode_labels_the_first_frame() {
    check("a.mov", "24000/1001", "", "10:00:00:00", 864_000);
    check("a.mov", "25", "", "10:00:00:00", 900_000);
    check("a.mp4", "25", "", "00:00:00:24", 24);
    check("a.mov", "30000/1001", "", "01:59:58;00", 215_724);
    check("a.mp4", "30000/1001", "", "01:59:58;00", 215_724);
    check("a.mov", "30000/1001", "", "01:59:58:00", 215_940);
    check("a.mov", "60000/1001", "", "01:59:58;58", 431_506);
    check("a.mov", "60000/1001", "", "01:59:58:58", 431_938);
}

#[test]
fn so_does_the_timecode_of_a_container() {
    let mpeg = "-c:v mpeg2video";
    check("a.mxf", "25", mpeg, "10:00:00:00", 900_000);
    check("a.dv", "25", "-pix_fmt yuv420p", "10:00:00:00", 900_000);
    check("a.mkv", "25", "", "10:00:00:00", 900_000);
}

#[test]
fn a_camera_may_count_every_other_frame() {
    let folder = folder();
    make(
        &folder,
        "half.mov",
        "-f lavfi -i testsrc=s=64x48:r=25:d=0.4 -timecode 10:00:00:12",
    );
    // The track of 25 labels a second beside pictures of 50.
    let arguments = "-f lavfi -i testsrc=s=64x48:r=50:d=0.4 -i half.mov -map 0:v -map 1:d -c:v libx264 -c:d copy -tag:d tmcd";
    let media = look(&make(&folder, "a.mov", arguments));
    let rate = FrameRate::editing(media.video.as_ref().unwrap().frame_rate);
    let start = media.timecode.unwrap();
    assert_eq!(start.frame(rate), 1_800_024);
    assert_eq!(start.counting(), Counting::NonDropFrame);
}

#[test]
fn without_timecode_there_is_none() {
    let folder = folder();
    let media = look(&make(&folder, "a.mp4", "-f lavfi -i testsrc=s=64x48:d=0.4"));
    assert_eq!(media.timecode, None);
}
