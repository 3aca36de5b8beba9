//! How made and real videos look.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use opusclip::analysis::look::{Appearance, Look, LookRules};
use opusclip::timeline::{TimeRange, Timestamp};
use tempfile::TempDir;

use crate::needs::shared;
use crate::or_skip;
use crate::seeing::watch;

/// Makes a video at 25 frames a second with the `ffmpeg` program.
fn make(folder: &TempDir, filter: &str) -> PathBuf {
    let path = folder.path().join("made.mp4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", filter])
        .args(["-r", "25", "-c:v", "libx264", "-preset", "veryfast"])
        .args(["-pix_fmt", "yuv420p"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success(), "ffmpeg {filter}");
    path
}

fn look_at(path: &Path) -> Appearance {
    let mut look = Look::new(LookRules::default());
    let mut last = Timestamp::ZERO;
    watch(path, Duration::from_millis(500), |frame| {
        last = frame.time;
        look.push(frame.time, &frame.small, frame.picture.as_ref());
    });
    look.finish(last + Duration::from_millis(40))
}

fn look_at_made(filter: &str) -> Appearance {
    look_at(&make(&tempfile::tempdir().unwrap(), filter))
}

fn seconds(ranges: &[TimeRange]) -> Vec<(f64, f64)> {
    let ends = |range: &TimeRange| (range.start().seconds(), range.end().seconds());
    ranges.iter().map(ends).collect()
}

fn near(found: &[(f64, f64)], wanted: &[(f64, f64)]) {
    let close =
        |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).abs() < 0.05 && (a.1 - b.1).abs() < 0.05;
    let same = found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| close(a, b));
    assert!(same, "{found:?} instead of {wanted:?}");
}

fn mean(look: &Appearance, of: impl Fn(&opusclip::analysis::look::Second) -> f32) -> f32 {
    look.seconds.iter().map(of).sum::<f32>() / look.seconds.len() as f32
}

#[test]
fn black_and_standing_still_are_found_to_the_frame() {
    let found = look_at_made(
        "testsrc2=s=320x180:r=25:d=2[a];color=black:s=320x180:r=25:d=1[b];testsrc2=s=320x180:r=25:d=1[c];\
         testsrc2=s=320x180:r=25:d=0.04,loop=49:1[d];[a][b][c][d]concat=n=4",
    );
    near(&seconds(&found.black), &[(2.0, 3.0)]);
    // What is black stands still as well.
    near(&seconds(&found.frozen), &[(2.0, 3.0), (4.0, 6.0)]);
}

#[test]
fn bars_of_a_wide_film_and_of_an_upright_one_are_measured() {
    for (filter, x, y) in [
        (
            "testsrc2=s=640x268:r=25:d=2,pad=640:360:0:46",
            0.0,
            46.0 / 360.0,
        ),
        (
            "testsrc2=s=202x360:r=25:d=2,pad=640:360:219:0",
            219.0 / 640.0,
            0.0,
        ),
        ("testsrc2=s=640x360:r=25:d=2", 0.0, 0.0),
    ] {
        let active = look_at_made(filter).active;
        assert!(
            (active.x - x).abs() < 0.01 && (active.y - y).abs() < 0.01,
            "{filter}: {active:?}"
        );
        assert!(
            (active.width - (1.0 - 2.0 * x)).abs() < 0.02,
            "{filter}: {active:?}"
        );
        assert!(
            (active.height - (1.0 - 2.0 * y)).abs() < 0.02,
            "{filter}: {active:?}"
        );
    }
}

#[test]
fn a_blurred_real_picture_is_less_sharp() {
    let path = or_skip!(shared("media/speech/jwpIntro.mp4"));
    let blurred = |sigma: u32| {
        let (folder, blur) = (tempfile::tempdir().unwrap(), format!("gblur=sigma={sigma}"));
        let made = folder.path().join("blurred.mp4");
        let run = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-t", "2", "-i"])
            .arg(&path)
            .args([
                "-an", "-vf", &blur, "-c:v", "libx264", "-preset", "veryfast",
            ])
            .arg(&made)
            .status();
        assert!(run.unwrap().success());
        mean(&look_at(&made), |second| second.sharpness.unwrap())
    };
    let sharp = [0, 2, 6].map(blurred);
    assert!(
        sharp[0] > 1.2 * sharp[1] && sharp[1] > 1.1 * sharp[2],
        "{sharp:?}"
    );
}

#[test]
fn a_moving_camera_moves_more_than_a_still_one_and_cuts_do_not_count() {
    let battle = or_skip!(shared("media/cuts/tears-of-steel-battle-clip-medium.webm"));
    let talk = or_skip!(shared("media/speech/jwpIntro.mp4"));
    let folder = tempfile::tempdir().unwrap();
    let motion = |path: PathBuf| {
        let part = folder.path().join("part.mkv");
        let run = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y", "-i"])
            .arg(&path)
            .args(["-t", "8", "-an", "-c", "copy"])
            .arg(&part)
            .status();
        assert!(run.unwrap().success());
        mean(&look_at(&part), |second| second.motion)
    };
    let [battle, talk] = [battle, talk].map(motion);
    assert!(battle > 2.0 * talk, "{battle} and {talk}");
}
