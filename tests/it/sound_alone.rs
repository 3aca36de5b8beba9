//! Clips of files that hold sound alone, from a manifest to files that play.

use serde_json::Value;

use crate::needs::{Missing, models, shared};
use crate::or_skip;
use crate::place::{Place, code, err, out};
use crate::process::{json, make, run};

/// Small and short clips: cheap to make.
const CLIPS: &str = "clips = { count = 1, min = '3s', max = '4s' }\n";

/// A place with a recording of somebody who speaks, as MP3 alone, and a cover.
fn podcast() -> Result<(Place, std::path::PathBuf), Missing> {
    let models = models()?;
    let talk = shared("media/faces/obama_speech.mp4")?;
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("in")).unwrap();
    let sound = format!("-i {} -vn -t 14 -c:a libmp3lame", talk.display());
    make(&place, "in/talk.mp3", &sound);
    make(
        &place,
        "in/cover.png",
        "-f lavfi -i testsrc2=s=360x360 -frames:v 1",
    );
    Ok((place, models))
}

fn ask(place: &Place, defaults: &str) {
    let text =
        format!("[output]\ndir = 'out'\n[defaults]\n{defaults}{CLIPS}[[job]]\ninput = 'in'\n");
    place.write("jobs.toml", &text);
}

/// The only clip of the only job; it passed its checks.
fn only_clip(place: &Place) -> Value {
    let clips = json(place, "out/talk/clips.json");
    let clip = clips["clips"][0].clone();
    assert_eq!(clip["verify"]["ok"], true, "{clip}");
    assert_eq!(
        clip["verify"]["repairs"].as_array().unwrap().len(),
        0,
        "{clip}"
    );
    clip
}

#[test]
fn a_folder_of_sound_with_a_cover_becomes_captioned_clips() {
    let (place, models) = or_skip!(podcast());
    ask(&place, "aspect = 'source'\ncover = 'in/cover.png'\n");
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let clip = only_clip(&place);
    let checked = |name: &str| {
        let checks = clip["verify"]["checks"].as_array().unwrap();
        checks.iter().any(|check| check["name"] == name)
    };
    for name in [
        "picture_content",
        "sound_content",
        "captions",
        "captions_area",
    ] {
        assert!(checked(name), "{name}: {clip}");
    }
    let file = clip["file"].as_str().unwrap();
    for name in [file, clip["thumbnail"].as_str().unwrap()] {
        assert!(place.path().join("out/talk").join(name).is_file(), "{name}");
    }
    let media = &json(&place, "out/talk/analysis.json")["media"];
    assert_eq!(
        (media["frames"].as_u64(), media["width"].as_u64()),
        (Some(0), Some(360))
    );
    assert!(media["video_codec"].is_null());
    let edl = std::fs::read_to_string(place.path().join("out/talk/timeline.edl")).unwrap();
    assert!(
        edl.contains("  AA    C") || edl.contains("  A     C"),
        "{edl}"
    );
    // Nothing is made again until the cover is another one.
    let again = |made: bool| {
        let output = run(&place, &models, "process jobs.toml");
        assert_eq!(code(&output), 0, "{}", err(&output));
        let report = json(&place, "out/report.json");
        let stages = report["stages"].as_array().unwrap();
        let rendered = stages.iter().find(|stage| stage["name"] == "render");
        let rendered = rendered.map_or(0, |stage| stage["items"].as_u64().unwrap());
        assert_eq!(rendered > 0, made);
    };
    again(false);
    make(
        &place,
        "in/cover.png",
        "-f lavfi -i smptebars=s=360x360 -frames:v 1",
    );
    again(true);
}

#[test]
fn without_a_cover_a_waveform_is_drawn_where_that_is_asked_for() {
    let (place, models) = or_skip!(podcast());
    ask(
        &place,
        "aspect = '1:1'\naudio-clips = true\ncaptions = 'sidecar'\n",
    );
    let output = run(&place, &models, "process jobs.toml");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let clip = only_clip(&place);
    assert_eq!(clip["crop"][0]["layout"], "fit", "{clip}");
}

#[test]
fn sound_without_either_is_told_what_to_do() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("in")).unwrap();
    make(&place, "in/a.mp3", "-f lavfi -i sine=d=1");
    ask(&place, "");
    let told = err(&place.run("config validate jobs.toml"));
    assert!(told.contains("the folder holds no video"), "{told}");
    assert!(told.contains("audio-clips = true"), "{told}");
    ask(&place, "audio-clips = true\n");
    let output = place.run("config validate jobs.toml");
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
}

#[test]
fn a_cover_that_cannot_be_shown_is_refused_where_it_is_named() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("in")).unwrap();
    make(&place, "in/a.mp3", "-f lavfi -i sine=d=1");
    place.write("in/notes.txt", "no picture");
    for (cover, why) in [
        ("in/gone.jpg", "no such file"),
        ("in/notes.txt", "neither a JPEG nor a PNG picture"),
        ("in", "no file"),
    ] {
        ask(&place, &format!("cover = '{cover}'\n"));
        let output = place.run("config validate jobs.toml");
        let told = err(&output);
        assert_eq!(code(&output), 2, "{told}");
        assert!(
            told.contains("jobs.toml:4:") && told.contains(why),
            "{told}"
        );
    }
    // A manifest of somebody else's shows no picture from elsewhere.
    place.write(
        "own/jobs.toml",
        "[defaults]\ncover = '../in/x.png'\n[[job]]\ninput = 'a.mp3'\n",
    );
    make(&place, "own/a.mp3", "-f lavfi -i sine=d=1");
    make(
        &place,
        "in/x.png",
        "-f lavfi -i testsrc=s=32x32 -frames:v 1",
    );
    assert_eq!(code(&place.run("config validate own/jobs.toml")), 0);
    let output = place.run("config validate --untrusted own/jobs.toml");
    assert_eq!(code(&output), 2, "{}", err(&output));
}
