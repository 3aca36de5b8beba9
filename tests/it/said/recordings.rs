//! Recordings of people, music and noise, all heard in one run.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use super::score::{Times, spread};
use super::studio::{Studio, captions, words};
use crate::needs::{Missing, shared};
use crate::or_skip;

/// Jobs and what they hear.
const RECORDINGS: [(&str, &str); 6] = [
    ("jfk", "jfk.flac"),
    ("rain", "rain.mp3"),
    ("crowd", "crowd.mp3"),
    ("sax", "sax.wav"),
    ("mix", "musanmix.mp3"),
    ("spanish", "wk-es_test_clip.wav"),
];

/// Jobs and how what they hear is made.
const MADE: [(&str, &str); 2] = [
    ("silence", "-f lavfi -i anullsrc=r=44100:d=5"),
    ("japanese", "-t 13 -i long.mp3"),
];

/// What one run leaves of one job: the analysis and the captions by their endings.
pub(crate) struct Heard {
    analysis: Value,
    captions: BTreeMap<String, Vec<u8>>,
}

/// What one run leaves, by job.
pub(crate) type AllHeard = Result<BTreeMap<String, Heard>, Missing>;

static HEARD: LazyLock<AllHeard> = LazyLock::new(|| {
    let studio = Studio::new()?;
    let japanese = shared("media/speech/wt-japanese.mp3")?;
    fs::copy(japanese, studio.path("long.mp3")).unwrap();
    let mut manifest = String::new();
    for (id, arguments) in MADE {
        studio.make(&format!("{id}.wav"), arguments);
        manifest += &format!("[[job]]\nid = '{id}'\ninput = '{id}.wav'\n");
    }
    hear(&studio, manifest, &RECORDINGS)
});

/// Hears recordings, each of a job, and what the manifest names beside them, all in one run.
pub(crate) fn hear(studio: &Studio, mut manifest: String, recordings: &[(&str, &str)]) -> AllHeard {
    for (id, file) in recordings {
        let path = shared(&format!("media/speech/{file}"))?;
        let quality = if *id == "draft" { "draft" } else { "standard" };
        let input = path.display();
        manifest += &format!("[[job]]\nid = '{id}'\ninput = '{input}'\nquality = '{quality}'\n");
    }
    let manifest = format!("[output]\ndir = 'out'\n{manifest}");
    let report = studio.manifest(&manifest).report("--until transcript");
    let jobs = report["jobs"].as_array().unwrap().iter();
    let ids = jobs.map(|job| job["id"].as_str().unwrap().to_owned());
    Ok(ids.map(|id| (id.clone(), left(studio, &id))).collect())
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

fn heard(id: &str) -> Result<&'static Heard, Missing> {
    HEARD.as_ref().map(|all| &all[id]).map_err(Clone::clone)
}

impl Heard {
    fn language(&self) -> Option<&str> {
        self.analysis["transcript"]["language"].as_str()
    }

    pub(crate) fn words(&self) -> Vec<(String, Times)> {
        let words = words(&self.analysis);
        let time = |word: &Value, name: &str| word[name].as_f64().unwrap();
        spread(words.iter().map(|word| {
            let times = (time(word, "start"), time(word, "end"));
            (word["text"].as_str().unwrap(), times)
        }))
    }
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
        assert!(!heard.words().is_empty(), "{id}");
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
