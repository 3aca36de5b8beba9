//! Clips of another shape than their source: what they show, what is judged, what gives way.

use std::sync::LazyLock;

use serde_json::Value;

use super::studio::{Studio, one_job, speech};
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::stage;
use crate::warm::{Finished, Once};

const SHORT: &str = "clips = { count = 1, min = '3s', max = '4s' }";
/// Where Debian keeps the fonts that scripts/setup installs.
const DEJAVU: &str = "/usr/share/fonts/truetype/dejavu";
const FAST: &str = "--set render.preset=ultrafast";

/// The speech, analysed; nothing of its clips.
static TALK: Once = LazyLock::new(|| {
    let film = speech()?;
    let manifest = one_job(&film.display().to_string(), SHORT);
    let ready = |place: &Place| {
        place.write("jobs.toml", &manifest);
    };
    Finished::of(ready, "process jobs.toml --until select")
});

/// Runs the program on the speech with these settings and returns the report and the clip's entry.
fn made(studio: &Studio, settings: &str) -> Result<(Value, Value), Missing> {
    let film = speech()?;
    let job = format!("{SHORT}\n{settings}");
    let report = studio.ask(&film.display().to_string(), &job).report(FAST);
    let clips = studio.json("a/clips.json");
    Ok((report, clips["clips"][0].clone()))
}

#[test]
fn an_upright_clip_shows_the_faces_is_judged_and_made_once() {
    let studio = or_skip!(Studio::of(&TALK));
    let (_, clip) = or_skip!(made(&studio, "aspect = '9:16'"));
    let checks = clip["verify"]["checks"].as_array().unwrap();
    for name in [
        "captions",
        "captions_area",
        "glyphs",
        "faces",
        "stretch",
        "loudness",
        "seekable",
    ] {
        let check = checks.iter().find(|check| check["name"] == name);
        assert_eq!(check.unwrap()["ok"], true, "{name}");
    }
    assert_eq!(clip["verify"]["repairs"], Value::Array(Vec::new()));
    let part = &clip["crop"][0];
    assert!(part["coverage"].as_f64().unwrap() > 0.9, "{part}");
    for file in ["file", "thumbnail", "contact_sheet"] {
        let name = clip[file].as_str().unwrap();
        assert!(studio.path(&format!("out/a/{name}")).is_file(), "{name}");
    }
    assert!(
        !studio.json("a/analysis.json")["faces"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let (report, again) = or_skip!(made(&studio, "aspect = '9:16'"));
    assert_eq!(again, clip);
    for name in ["decode", "faces", "embed", "render"] {
        assert_eq!(stage(&report, name)["cache_misses"], 0, "{name}");
    }
}

#[test]
fn letters_that_no_font_has_are_in_files_alone_and_the_warning_says_what_to_install() {
    let studio = or_skip!(Studio::new());
    let japanese = or_skip!(shared("media/speech/wt-japanese.mp3"));
    let pictures = "-f lavfi -i mandelbrot=s=160x90:r=5 -t 13";
    let sound = format!(
        "-i {} -shortest -c:v libx264 -pix_fmt yuv420p -c:a aac",
        japanese.display()
    );
    studio.make("said.mp4", &format!("{pictures} {sound}"));
    studio.ask("said.mp4", &format!("{SHORT}\naspect = 'source'"));
    let output = studio.run_with_fonts(DEJAVU, FAST);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let clip = &studio.json("a/clips.json")["clips"][0];
    let given_up = "captions beside the clip instead of in it: no installed font has the letters of Japanese (Han, Kana); fonts-noto-cjk does";
    assert_eq!(clip["verify"]["repairs"][0], given_up);
    assert_eq!(clip["captions"].as_array().unwrap().len(), 4);
    let checks = clip["verify"]["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["name"] != "captions"));
    let told = studio.json("report.json")["degradations"][0].to_string();
    assert!(told.contains(given_up), "{told}");
    let warned =
        "no installed font has the letters of Japanese (Han, Kana); install fonts-noto-cjk";
    assert_eq!(err(&output).matches(warned).count(), 1, "{}", err(&output));
}

#[test]
fn what_a_person_decides_about_the_framing_holds_for_its_time() {
    let studio = or_skip!(Studio::of(&TALK));
    let decided = "[[job.override]]\nstart = '1s'\nend = '00:00:02.5'\nlayout = 'fit'";
    let (_, clip) = or_skip!(made(&studio, decided));
    let parts = clip["crop"].as_array().unwrap();
    let part = parts.iter().find(|part| part["start"] == 1.0).unwrap();
    assert_eq!(
        (&part["end"], &part["layout"]),
        (&2.5.into(), &"fit".into())
    );
    assert_eq!(part["path"][0]["w"], 1.0);
}
