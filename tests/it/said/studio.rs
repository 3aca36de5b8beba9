//! Where the program hears: a folder of its own with manifest, media and models.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::needs::{Missing, models, shared};
use crate::place::{Place, code, err};
use crate::process::{json, stage};
use crate::warm::{Finished, Once};

/// What the pass over a file's sound is made of, as the report calls it.
const HEARING: [&str; 4] = ["listen", "speech", "sound", "transcript"];

/// A folder in which the program is run.
pub(crate) struct Studio {
    place: Place,
    models: PathBuf,
}

impl Studio {
    /// Returns an empty folder.
    pub(crate) fn new() -> Result<Self, Missing> {
        let models = models()?;
        let place = Place::new();
        Ok(Self { place, models })
    }

    /// Returns a folder with all that a run knew, but its results.
    pub(super) fn of(once: &Once) -> Result<Self, Missing> {
        let (place, models) = Finished::analysed(once)?;
        Ok(Self { place, models })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Makes a file with the `ffmpeg` program, which finds the folder's other files by their names.
    pub(super) fn make(&self, name: &str, arguments: &str) -> &Self {
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y"])
            .args(arguments.split_whitespace())
            .arg(name)
            .current_dir(self.place.path())
            .status()
            .unwrap();
        assert!(made.success(), "{name}: {arguments}");
        self
    }

    /// Writes the manifest: the lines of `job` for the one video `input`.
    pub(super) fn ask(&self, input: &str, job: &str) -> &Self {
        self.manifest(&one_job(input, job))
    }

    pub(super) fn manifest(&self, text: &str) -> &Self {
        self.place.write("jobs.toml", text);
        self
    }

    /// Runs the manifest.
    pub(super) fn run(&self, flags: &str) -> Output {
        let mut command = self.place.command(&format!("process jobs.toml {flags}"));
        command.env("OPUSCLIP_MODEL_DIR", &self.models);
        command.output().unwrap()
    }

    /// The same on a machine with the fonts of one folder alone.
    pub(super) fn run_with_fonts(&self, fonts: &str, flags: &str) -> Output {
        let cache = self.path("fontconfig");
        let list = format!(
            "<fontconfig><dir>{fonts}</dir><cachedir>{}</cachedir></fontconfig>",
            cache.display()
        );
        self.place.write("fonts.conf", &list);
        let mut command = self.place.command(&format!("process jobs.toml {flags}"));
        command.env("OPUSCLIP_MODEL_DIR", &self.models);
        command.env("FONTCONFIG_FILE", self.path("fonts.conf"));
        command.output().unwrap()
    }

    /// Runs the manifest, which must go well, and returns the report.
    pub(super) fn report(&self, flags: &str) -> Value {
        let output = self.run(flags);
        assert_eq!(code(&output), 0, "{}", err(&output));
        self.json("report.json")
    }

    /// Reads a result of the run.
    pub(super) fn json(&self, name: &str) -> Value {
        json(&self.place, &format!("out/{name}"))
    }

    /// Returns the words of the job.
    pub(super) fn words(&self) -> Vec<Value> {
        words(&self.json("a/analysis.json"))
    }

    /// Returns the endings of the captions beside the analysis.
    pub(super) fn captions(&self) -> Vec<String> {
        captions(&self.path("out/a"))
    }

    /// Returns how the only job of the last run failed: its class and message.
    pub(super) fn failure(&self) -> (String, String) {
        let error = &self.json("report.json")["jobs"][0]["error"];
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        (text("class"), text("message"))
    }
}

/// Returns a manifest: the lines of `job` for the one video `input`.
pub(super) fn one_job(input: &str, job: &str) -> String {
    format!("[output]\ndir = 'out'\n[[job]]\nid = 'a'\ninput = '{input}'\n{job}\n")
}

/// Returns the words of an `analysis.json`.
pub(super) fn words(analysis: &Value) -> Vec<Value> {
    let segments = analysis["transcript"]["segments"].as_array().unwrap();
    let words = segments.iter().flat_map(|s| s["words"].as_array().unwrap());
    words.cloned().collect()
}

/// Returns the endings of the captions in a job's folder.
pub(super) fn captions(folder: &Path) -> Vec<String> {
    let endings = ["ass", "json", "srt", "vtt"].map(str::to_owned);
    let there = |ending: &String| folder.join(format!("captions.{ending}")).exists();
    endings.into_iter().filter(there).collect()
}

/// Checks by the report that no sound was decoded and no model run for it.
pub(super) fn check_nothing_heard(report: &Value) {
    for name in HEARING {
        let row = stage(report, name);
        let counts = ["items", "cache_misses", "cache_hits"].map(|count| &row[count]);
        assert_eq!(counts, [0, 0, 1], "{name}");
    }
    assert_eq!(report["batches"], Value::Array(Vec::new()));
}

/// Returns a short film in which somebody speaks English.
pub(super) fn speech() -> Result<PathBuf, Missing> {
    let demo = "scripts/demo-media/obama_speech.mp4";
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join(demo);
    match fs::exists(&demo) {
        Ok(true) => Ok(demo),
        _ => shared("media/faces/obama_speech.mp4"),
    }
}
