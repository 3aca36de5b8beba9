//! `scripts/check_clips`, which knows nothing of the program, on clips that it made.

use std::fs;
use std::process::Command;

use opusclip::media::SceneView;
use serde_json::json;

use super::framed::{Wanted, point, scene};
use super::render::millis;
use super::{folder, look, make};

#[test]
fn a_clip_of_pixels_that_are_not_square_has_the_shape_of_its_crop() {
    let folder = folder();
    let source = make(
        &folder,
        "wide.mkv",
        "-f lavfi -i testsrc2=d=2:r=25:s=320x288 -f lavfi -i sine=d=2 -vf setsar=8/5 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac",
    );
    let video = look(&source).video.unwrap();
    assert!((video.pixel_aspect() - 1.6).abs() < 1e-9);
    // An upright crop as high as the picture, which is shown 512 wide and 288 high.
    let width = 162.0 / 512.0;
    let framing = scene(SceneView::Crop(vec![point(0, 0.2, width)]), (270, 480));
    let clips = folder.path().join("out/a/clips");
    fs::create_dir_all(&clips).unwrap();
    let wanted = Wanted {
        framing: Some(&framing),
        ..Wanted::default()
    };
    wanted
        .render(&source, millis(0, 1_000), &clips.join("01.mp4"))
        .unwrap();
    let list = json!({"clips": [{
        "file": "clips/01.mp4", "start": 0.0, "end": 1.0,
        "crop": [{"layout": "track", "path": [{"w": width, "h": 1.0}]}],
    }]});
    let facts = |pixel_aspect: f64| {
        json!({"media": {
            "width": video.width, "height": video.height,
            "pixel_aspect": pixel_aspect, "audio_codec": "aac",
        }})
    };
    fs::write(folder.path().join("out/a/clips.json"), list.to_string()).unwrap();
    for (pixel_aspect, is_right) in [(video.pixel_aspect(), true), (1.0, false)] {
        let analysis = folder.path().join("out/a/analysis.json");
        fs::write(analysis, facts(pixel_aspect).to_string()).unwrap();
        let checked = Command::new("scripts/check_clips")
            .arg(folder.path().join("out"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CHROMIUM", "")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&checked.stdout);
        assert_eq!(checked.status.success(), is_right, "{told}");
        assert_eq!(
            told.contains("cropped from another shape"),
            !is_right,
            "{told}"
        );
    }
}
