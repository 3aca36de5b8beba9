//! Recordings of people, music and noise, all heard in one run.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use super::score::{Times, compare, grid, median_and_p90, normal, rolling_vtt, spread};
use super::studio::{Studio, captions, words};
use crate::hearing::shared;
use crate::or_skip;

/// Jobs and what they hear.
const RECORDINGS: [(&str, &str); 11] = [
    ("jfk", "jfk.flac"),
    ("draft", "jfk.flac"),
    ("library", "116-288045-0000.flac"),
    ("novel", "sense_and_sensibility_01_austen_64kb-0870.wav"),
    ("rain", "rain.mp3"),
    ("crowd", "crowd.mp3"),
    ("sax", "sax.wav"),
    ("mix", "musanmix.mp3"),
    ("manifesto", "manifesto.mp4"),
    ("grid", "id2_vcd_swwp2s.mpg"),
    ("spanish", "wk-es_test_clip.wav"),
];

/// Jobs and how what they hear is made.
const MADE: [(&str, &str); 2] = [
    ("silence", "-f lavfi -i anullsrc=r=44100:d=5"),
    ("japanese", "-t 13 -i long.mp3"),
];

/// What one run leaves of one job: the analysis and the captions by their endings.
struct Heard {
    analysis: Value,
    captions: BTreeMap<String, Vec<u8>>,
}

static HEARD: LazyLock<Result<BTreeMap<String, Heard>, String>> = LazyLock::new(hear_all);

fn hear_all() -> Result<BTreeMap<String, Heard>, String> {
    let studio = Studio::new()?;
    let mut manifest = "[output]\ndir = 'out'\n".to_owned();
    for (id, file) in RECORDINGS {
        let path = shared(&format!("media/speech/{file}"))?;
        let quality = if id == "draft" { "draft" } else { "standard" };
        let input = path.display();
        manifest += &format!("[[job]]\nid = '{id}'\ninput = '{input}'\nquality = '{quality}'\n");
    }
    fs::copy(
        shared("media/speech/wt-japanese.mp3")?,
        studio.path("long.mp3"),
    )
    .unwrap();
    for (id, arguments) in MADE {
        studio.make(&format!("{id}.wav"), arguments);
        manifest += &format!("[[job]]\nid = '{id}'\ninput = '{id}.wav'\n");
    }
    studio.manifest(&manifest).report("--until transcript");
    let jobs = RECORDINGS.iter().chain(&MADE);
    Ok(jobs
        .map(|(id, _)| ((*id).to_owned(), left(&studio, id)))
        .collect())
}

fn left(studio: &Studio, id: &str) -> Heard {
    let folder = studio.path(&format!("out/{id}"));
    let read = |ending: String| {
        let file = folder.join(format!("captions.{ending}"));
        (ending, fs::read(file).unwrap())
    };
    Heard {
        analysis: studio.json(&format!("{id}/analysis.json")),
        captions: captions(&folder).into_iter().map(read).collect(),
    }
}

fn heard(id: &str) -> Result<&'static Heard, String> {
    HEARD.as_ref().map(|all| &all[id]).map_err(Clone::clone)
}

impl Heard {
    fn language(&self) -> Option<&str> {
        self.analysis["transcript"]["language"].as_str()
    }

    fn words(&self) -> Vec<(String, Times)> {
        let words = words(&self.analysis);
        let time = |word: &Value, name: &str| word[name].as_f64().unwrap();
        spread(words.iter().map(|word| {
            let times = (time(word, "start"), time(word, "end"));
            (word["text"].as_str().unwrap(), times)
        }))
    }
}

fn texts(words: &[(String, Times)]) -> Vec<String> {
    words.iter().map(|(text, _)| text.clone()).collect()
}

fn reference(name: &str) -> Result<String, String> {
    Ok(fs::read_to_string(shared(&format!("media/speech/{name}"))?).unwrap())
}

/// Checks that at most so many words of a hundred are wrong.
fn check_words(id: &str, written: &str, percent: f64) -> Result<(), String> {
    let (found, wanted) = (texts(&heard(id)?.words()), normal(&reference(written)?));
    let (errors, _) = compare(&found, &wanted);
    let rate = 100.0 * errors as f64 / wanted.len() as f64;
    assert!(rate <= percent, "{id}: {rate:.1} %: {}", found.join(" "));
    Ok(())
}

/// Checks the times of the words that are right: the middle error and the one that nine of ten stay under.
fn check_times(id: &str, wanted: &[(String, Times)]) -> Result<(), String> {
    let found = heard(id)?.words();
    let (_, same) = compare(&texts(&found), &texts(wanted));
    assert!(same.len() * 3 >= wanted.len() * 2, "{id}: {}", same.len());
    for (name, side) in [("start", 0), ("end", 1)] {
        let time = |times: Times| [times.0, times.1][side];
        let off = same
            .iter()
            .map(|(f, w)| (time(found[*f].1) - time(wanted[*w].1)).abs());
        let (median, p90) = median_and_p90(off.collect());
        assert!(median <= 0.10 && p90 <= 0.25, "{id} {name}: {median} {p90}");
    }
    Ok(())
}

#[test]
fn a_clear_speaker_is_written_down_without_one_wrong_word_by_both_models() {
    or_skip!(check_words("jfk", "jfk.flac.txt", 0.0));
    or_skip!(check_words("draft", "jfk.flac.txt", 0.0));
}

#[test]
fn books_read_aloud_are_written_down_with_few_wrong_words() {
    let novel = "sense_and_sensibility_01_austen_64kb-0870.wav.txt";
    or_skip!(check_words("novel", novel, 8.0));
    // "a stir" for "astir" is two errors, "winding", "in" and "dither" are three, of 33 words.
    or_skip!(check_words("library", "116-288045-0000.flac.txt", 15.2));
}

#[test]
fn words_are_timed_to_a_tenth_of_a_second() {
    let captions = or_skip!(reference("manifesto.mp4.vtt"));
    or_skip!(check_times("manifesto", &rolling_vtt(&captions)));
    let alignment = or_skip!(reference("id2_vcd_swwp2s.mpg.align"));
    or_skip!(check_times("grid", &grid(&alignment)));
}

#[test]
fn rain_a_crowd_a_saxophone_and_silence_say_nothing_and_get_no_captions() {
    for id in ["rain", "crowd", "sax", "silence"] {
        let heard = or_skip!(heard(id));
        assert_eq!(heard.words(), [], "{id}");
        assert!(heard.analysis["transcript"]["language"].is_null(), "{id}");
        assert!(heard.captions.is_empty(), "{id}");
    }
}

#[test]
fn kinds_of_sound_begin_and_end_where_the_original_tool_says() {
    let heard = or_skip!(heard("mix"));
    let golden = fs::read_to_string(or_skip!(shared("models/golden/ina_musanmix.json"))).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let hundredths = |time: f64| (time * 100.0).round();
    let start = heard.analysis["media"]["start"].as_f64().unwrap();
    let time = |sound: &Value, name: &str| hundredths(sound[name].as_f64().unwrap() - start);
    let sounds = heard.analysis["sounds"].as_array().unwrap().iter();
    let found = sounds.map(|s| (s["label"].clone(), time(s, "start"), time(s, "end")));
    let wanted = golden["segments"].as_array().unwrap().iter().map(|s| {
        let label = match s[0].as_str() {
            Some("no_energy") => "silence".into(),
            _ => s[0].clone(),
        };
        let time = |index: usize| hundredths(s[index].as_f64().unwrap());
        (label, time(1), time(2))
    });
    assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
}

#[test]
fn the_language_is_heard_and_its_captions_open_in_ffmpeg() {
    let folder = tempfile::tempdir().unwrap();
    for (id, language) in [("jfk", "en"), ("spanish", "es"), ("japanese", "ja")] {
        let heard = or_skip!(heard(id));
        assert_eq!(heard.language(), Some(language));
        assert_eq!(heard.captions.len(), 4);
        for ending in ["srt", "vtt", "ass"] {
            let file = folder.path().join(format!("{id}.{ending}"));
            fs::write(&file, &heard.captions[ending]).unwrap();
            let mut ffmpeg = Command::new("ffmpeg");
            ffmpeg.args(["-v", "warning", "-nostdin", "-i"]).arg(&file);
            let read = ffmpeg
                .args(["-c:s", "text", "-f", "srt", "-"])
                .output()
                .unwrap();
            let complaints = String::from_utf8_lossy(&read.stderr);
            assert!(
                read.status.success() && complaints.is_empty(),
                "{complaints}"
            );
        }
    }
}
