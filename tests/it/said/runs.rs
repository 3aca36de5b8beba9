//! What a run does with sound: none, two streams, the same again, more of it, in clips.

use std::fs;
use std::sync::LazyLock;

use serde_json::Value;

use super::score::normal;
use super::studio::{Studio, check_nothing_heard, one_job, speech};
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{make, stage};
use crate::warm::{Finished, Once};

const HEAR: &str = "--until transcript";
/// Three shots of four seconds, told apart by their pattern.
const SHOTS: &str = "-f lavfi -i testsrc=s=160x90:r=10:d=4 -f lavfi -i mandelbrot=s=160x90:r=10 -f lavfi -i smptebars=s=160x90:r=10:d=4";
const JOINED: &str = "-filter_complex [1:v]trim=duration=4[m];[0:v][m][2:v]concat=n=3[v] -map [v] -c:v libx264 -c:a aac -pix_fmt yuv420p";

/// `said.wav`, nine seconds of English, heard from nothing.
static SAID: Once = LazyLock::new(|| {
    let film = speech()?;
    let ready = |place: &Place| {
        // A name without spaces.
        fs::copy(film, place.path().join("said.mp4")).unwrap();
        make(
            place,
            "said.wav",
            &format!("-i {0}/said.mp4 -ac 1 -ar 16000", place.path().display()),
        );
        place.write("jobs.toml", &one_job("said.wav", ""));
    };
    Finished::of(ready, &format!("process jobs.toml {HEAR}"))
});

/// Returns a folder with `said.wav`, of which all is known.
fn studio() -> Result<Studio, Missing> {
    Studio::of(&SAID)
}

fn said(words: &[Value]) -> String {
    let texts = words.iter().map(|word| word["text"].as_str().unwrap());
    normal(&texts.collect::<Vec<_>>().join(" ")).join(" ")
}

/// Returns how often a model was run in a stage.
fn runs(report: &Value, name: &str) -> u64 {
    stage(report, name)["items"].as_u64().unwrap()
}

#[test]
fn a_video_without_sound_says_nothing() {
    let studio = or_skip!(Studio::new());
    studio.make("mute.mp4", "-f lavfi -i testsrc=s=64x48:r=5:d=2");
    studio.ask("mute.mp4", "").report(HEAR);
    let analysis = studio.json("a/analysis.json");
    assert!(analysis["media"]["audio_codec"].is_null());
    assert!(analysis["transcript"]["language"].is_null());
    assert_eq!(analysis["speech"], Value::Array(Vec::new()));
    assert_eq!(analysis["sounds"], Value::Array(Vec::new()));
    assert_eq!(studio.captions(), Vec::<String>::new());
}

#[test]
fn sound_alone_is_analysed_and_captioned_though_it_gives_no_clips() {
    let studio = or_skip!(studio());
    let output = &SAID.as_ref().unwrap().output;
    assert_eq!(code(output), 0, "{}", err(output));
    studio.ask("said.wav", "").report(HEAR);
    let heard = studio.words();
    assert!(said(&heard).contains("two years of negotiations"));
    fs::remove_dir_all(studio.path("out")).unwrap();
    assert_eq!(code(&studio.run("")), 65);
    assert_eq!(studio.failure().0, "no_video");
    assert_eq!(studio.words(), heard);
    assert_eq!(studio.captions(), ["ass", "json", "srt", "vtt"]);
}

#[test]
fn captions_of_a_video_count_from_its_first_picture_and_end_with_it() {
    let studio = or_skip!(studio());
    let streams = "-f lavfi -i testsrc=s=64x48:r=5:d=6 -i said.wav -map 0 -map 1 -c:a aac -output_ts_offset 36000 -f mpegts";
    studio.make("late.ts", streams);
    studio.ask("late.ts", "").report("--until select");
    let start = studio.json("a/analysis.json")["media"]["start"]
        .as_f64()
        .unwrap();
    let words = studio.words();
    let first = words[0]["start"].as_f64().unwrap() - start;
    assert!(start > 36_000.0 && first < 5.0);
    let text = |name: &str| fs::read_to_string(studio.path(&format!("out/a/{name}"))).unwrap();
    let shown =
        |time: f64, point: char| format!("00:00:{time:06.3}").replace('.', &point.to_string());
    assert!(text("captions.srt").contains(&format!("\n{} --> ", shown(first, ','))));
    assert!(text("captions.vtt").contains(&format!("\n{} --> ", shown(first, '.'))));
    // The last picture stays as long as the sound goes on.
    let length = studio.json("a/analysis.json")["media"]["duration"]
        .as_f64()
        .unwrap();
    assert!(length > 8.0 && words.last().unwrap()["end"].as_f64().unwrap() > start + 6.5);
    let last = text("captions.srt")
        .rfind("--> ")
        .map(|at| text("captions.srt")[at + 4..at + 16].to_owned());
    assert!(last.unwrap() <= shown(length, ','));
    let cues = studio.json("a/captions.json");
    assert_eq!(cues["cues"][0]["start"], words[0]["start"]);
}

#[test]
fn the_audio_stream_that_is_asked_for_is_the_one_that_is_heard() {
    let studio = or_skip!(studio());
    let streams = "-f lavfi -i testsrc=s=64x48:r=5:d=9 -f lavfi -i anullsrc=d=9 -i said.wav -map 0 -map 1 -map 2 -c:a aac";
    studio.make("two.mp4", streams);
    studio.ask("two.mp4", "audio = 0").report(HEAR);
    assert_eq!(said(&studio.words()), "");
    studio.ask("two.mp4", "audio = 1").report(HEAR);
    assert!(said(&studio.words()).contains("two years of negotiations"));
    assert_eq!(code(&studio.ask("two.mp4", "audio = 9").run(HEAR)), 65);
    let (class, message) = studio.failure();
    assert_eq!(class, "no_audio_stream");
    assert!(
        message.contains("no audio stream 9: the file has 2"),
        "{message}"
    );
}

#[test]
fn what_was_heard_once_is_not_heard_again() {
    let studio = or_skip!(studio());
    studio.ask("said.wav", "").report(HEAR);
    let read = || fs::read(studio.path("out/a/analysis.json")).unwrap();
    let before = read();
    check_nothing_heard(&studio.report(HEAR));
    assert!(read() == before);
}

#[test]
fn captions_in_another_manner_cost_no_model() {
    let studio = or_skip!(studio());
    studio.ask("said.wav", "captions = 'off'").report(HEAR);
    assert_eq!(studio.captions(), Vec::<String>::new());
    let styled = |style: &str| {
        let job = format!("captions = 'sidecar'\ncaption-style = '{style}'");
        check_nothing_heard(&studio.ask("said.wav", &job).report(HEAR));
        fs::read_to_string(studio.path("out/a/captions.ass")).unwrap()
    };
    let (clean, karaoke) = (styled("clean"), styled("karaoke"));
    assert!(!clean.contains("\\k") && karaoke.contains("\\k"));
    check_nothing_heard(&studio.ask("said.wav", "captions = 'off'").report(HEAR));
    assert_eq!(studio.captions(), Vec::<String>::new());
}

#[test]
fn a_file_that_has_grown_is_heard_from_where_it_was_known() {
    let studio = or_skip!(studio());
    fs::remove_dir_all(studio.path(".cache")).unwrap();
    // Two blocks of the speech model and some, mostly hum that is cheap to tell from speech.
    studio.make("hum.wav", "-f lavfi -i sine=f=90:d=32:r=16000");
    studio.make(
        "one.wav",
        "-i said.wav -i hum.wav -filter_complex [0][1]concat=n=2:v=0:a=1",
    );
    studio.make(
        "two.wav",
        "-i one.wav -i said.wav -filter_complex [0][1]concat=n=2:v=0:a=1",
    );
    let first = studio.ask("one.wav", "").report(HEAR);
    let grown = studio.ask("two.wav", "").report(HEAR);
    let heard = studio.words();
    let all = studio.report(&format!("{HEAR} --fresh"));
    assert_eq!(studio.words(), heard);
    for name in ["speech", "sound"] {
        let [first, grown, all] = [&first, &grown, &all].map(|report| runs(report, name));
        // All blocks of the first part are known but its last one, which was not full.
        assert!(
            first > 1 && grown == all - (first - 1),
            "{name}: {first} {grown} {all}"
        );
    }
}

#[test]
fn captions_of_a_clip_count_from_where_it_begins_and_are_listed_with_it() {
    let studio = or_skip!(studio());
    studio.make(
        "film.mp4",
        &format!("{SHOTS} -i said.wav {JOINED} -map 3:a"),
    );
    let clips = "aspect = 'source'\nclips = { count = 2, min = '3s', max = '5s' }";
    studio
        .ask("film.mp4", &format!("captions = 'sidecar'\n{clips}"))
        .report("");
    let (words, clips_json) = (studio.words(), studio.json("a/clips.json"));
    let clips_made = clips_json["clips"].as_array().unwrap();
    let start = |clip: &Value| clip["start"].as_f64().unwrap();
    assert!(clips_made.iter().any(|clip| start(clip) > 0.0));
    for clip in clips_made {
        check_clip(&studio, clip, start(clip), &words);
    }
    let report = studio
        .ask("film.mp4", &format!("captions = 'off'\n{clips}"))
        .report("");
    check_nothing_heard(&report);
    assert_eq!(stage(&report, "render")["cache_misses"], 0);
    let bare = studio.json("a/clips.json");
    assert_eq!(bare["clips"][0]["captions"], Value::Array(Vec::new()));
    let left = fs::read_dir(studio.path("out/a/clips")).unwrap();
    let left = left.map(|file| file.unwrap().file_name().into_string().unwrap());
    let expected = [".mp4", ".jpg", ".evidence.json"];
    let left: Vec<String> = left.collect();
    assert!(
        left.iter()
            .all(|name| expected.iter().any(|ending| name.ends_with(ending))),
        "{left:?}"
    );
}

/// Checks that the clip's captions lie beside it and hold words of the transcript when they are said.
fn check_clip(studio: &Studio, clip: &Value, start: f64, words: &[Value]) {
    let video = clip["file"].as_str().unwrap();
    let named = ["ass", "json", "srt", "vtt"].map(|ending| video.replace("mp4", ending));
    let mut listed: Vec<_> = clip["captions"].as_array().unwrap().iter().collect();
    listed.sort_by_key(|name| name.as_str());
    assert_eq!(listed, named.iter().collect::<Vec<_>>());
    let captions = studio.json(&format!("a/{}", video.replace("mp4", "json")));
    let cues = captions["cues"].as_array().unwrap();
    let length = clip["end"].as_f64().unwrap() - start;
    assert!(
        cues.iter()
            .all(|cue| cue["end"].as_f64().unwrap() <= length + 1e-6)
    );
    let shown: Vec<&Value> = cues
        .iter()
        .flat_map(|cue| cue["words"].as_array().unwrap())
        .collect();
    assert!(!shown.is_empty());
    for word in shown {
        let at = word["start"].as_f64().unwrap() + start;
        let same = |of: &Value| {
            let off = of["start"].as_f64().unwrap() - at;
            of["text"] == word["text"] && off < 1e-3 && off > -0.5
        };
        assert!(words.iter().any(same), "{word} at {at}");
    }
}

#[test]
fn a_language_that_no_model_knows_is_refused_before_the_run() {
    let studio = or_skip!(studio());
    let output = studio.ask("said.wav", "language = 'xx'").run(HEAR);
    assert_eq!(code(&output), 2);
    let why = "a language that the model knows";
    assert!(err(&output).contains(why), "{}", err(&output));
}

#[test]
fn passages_in_several_languages_are_each_written_down_in_their_own() {
    let studio = or_skip!(studio());
    let english = or_skip!(shared("media/speech/jfk.flac"));
    let spanish = or_skip!(shared("media/speech/wk-es_test_clip.wav"));
    let japanese = or_skip!(shared("media/speech/wt-japanese.mp3"));
    let filters = "[0:a]aresample=16000,aformat=channel_layouts=mono,apad=pad_dur=1[a];[1:a]aresample=16000,aformat=channel_layouts=mono,apad=pad_dur=1[b];[2:a]aresample=16000,aformat=channel_layouts=mono[c];[a][b][c]concat=n=3:v=0:a=1";
    let inputs = format!(
        "-i {} -i {} -ss 2 -t 10 -i {} -filter_complex {filters}",
        english.display(),
        spanish.display(),
        japanese.display()
    );
    studio.make("three.wav", &inputs);
    studio.ask("three.wav", "").report(HEAR);
    let text = said(&studio.words()).to_lowercase();
    assert!(
        text.contains("americans") && text.contains("your country"),
        "{text}"
    );
    assert!(
        text.contains("librivox") || text.contains("grabaciones"),
        "{text}"
    );
    assert!(
        text.chars()
            .any(|letter| ('\u{3040}'..'\u{3100}').contains(&letter)),
        "{text}"
    );
}

#[test]
fn pauses_are_judged_once_and_not_at_all_where_that_is_switched_off() {
    let studio = or_skip!(studio());
    let again = studio.ask("said.wav", "").report(HEAR);
    assert_eq!(runs(&again, "end_of_thought"), 0);
    let off = "--set end-of-thought.enabled=false";
    let report = studio.ask("said.wav", "").report(&format!("{HEAR} {off}"));
    assert!(!report["stages"].to_string().contains("end_of_thought"));
    assert_eq!(runs(&report, "transcript"), 0);
    let asked = studio
        .ask("said.wav", "")
        .report(&format!("{HEAR} --fresh"));
    assert!(runs(&asked, "end_of_thought") > 0);
}
