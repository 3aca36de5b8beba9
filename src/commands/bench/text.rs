//! Transcription as in a run, its front end alone, and the captions made of it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::subject::{BenchSubject, Figures};
use super::trial::trial;
use super::word_errors::word_errors;
use crate::analysis::transcript::{LogMel, WINDOW_SAMPLES};
use crate::cache::Cache;
use crate::clips::captions::{CueRules, lay_out_cues};
use crate::clock::process_cpu;
use crate::commands::session::find_models;
use crate::export::{AnalysisFile, TranscriptRecord};
use crate::report::StageRow;
use crate::report::bench::{Better, Series};
use crate::settings::Folders;
use crate::timeline::{Segment, Stage, TimeRange, Timestamp, Transcript, Word};

pub(super) fn measure(subject: &BenchSubject<'_>) -> anyhow::Result<Vec<Series>> {
    let mut table = Figures::default();
    let registry = find_models(&Folders::of_this_process(), subject.settings)?;
    let reference = subject.reference.map(read).transpose()?;
    for _ in 0..subject.runs {
        for job in subject.jobs {
            let name = |what: &str| format!("text {} {what}", job.id);
            let out = tempfile::tempdir()?;
            let jobs = std::slice::from_ref(job);
            let cost = trial(
                subject,
                jobs,
                &registry,
                &Cache::off(),
                out.path(),
                Stage::Text,
            )?;
            let mut add = |what, unit, better, value| table.add(&name(what), unit, better, value);
            let seconds = cost.video_seconds;
            let factor = cost.wall.as_secs_f64() / seconds;
            add("real-time factor", "s/s of sound", Better::Lower, factor);
            let cpu = cost.cpu.as_secs_f64();
            add("cpu", "s/s of sound", Better::Lower, cpu / seconds);
            let said = written(&out.path().join(&job.id))?;
            if let Some(stage) = stage(&cost.stages, "transcript") {
                add(
                    "tokens",
                    "tokens/s",
                    Better::Higher,
                    stage.items as f64 / stage.wall_seconds,
                );
            }
            let mel = front_end(&said).as_secs_f64();
            add("log-mel / cpu", "%", Better::Lower, 100.0 * mel / cpu);
            add(
                "captions",
                "captions/s",
                Better::Higher,
                captions(&said.transcript),
            );
            if let Some(reference) = &reference {
                let errors = 100.0 * word_errors(&text(&said.transcript), reference);
                add("word errors", "%", Better::Lower, errors);
            }
        }
    }
    Ok(table.0)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn written(folder: &Path) -> anyhow::Result<AnalysisFile> {
    let bytes = fs::read(folder.join("analysis.json")).context("read what was written")?;
    serde_json::from_slice(&bytes).context("read what was written")
}

fn stage<'r>(stages: &'r [StageRow], name: &str) -> Option<&'r StageRow> {
    stages
        .iter()
        .find(|stage| stage.name == name && stage.items > 0)
}

/// Returns the processor time of the front end for so much speech.
fn front_end(said: &AnalysisFile) -> Duration {
    let length =
        |stretch: &crate::export::RangeRecord| stretch.end.as_f64() - stretch.start.as_f64();
    let speech: f64 = said.speech.iter().map(length).sum();
    let windows = (speech * 16_000.0 / WINDOW_SAMPLES as f64).ceil() as usize;
    let (mel, sound) = (LogMel::new(), vec![0.1; WINDOW_SAMPLES]);
    let cpu = process_cpu();
    (0..windows).for_each(|_| drop(std::hint::black_box(mel.of(&sound))));
    process_cpu() - cpu
}

/// Returns the captions made a second.
fn captions(said: &TranscriptRecord) -> f64 {
    const LONG_ENOUGH: Duration = Duration::from_millis(200);
    let said = transcript(said);
    let (begun, mut made) = (Instant::now(), 0);
    while begun.elapsed() < LONG_ENOUGH {
        made += lay_out_cues(&said, &CueRules::default()).len();
    }
    made as f64 / begun.elapsed().as_secs_f64()
}

fn text(said: &TranscriptRecord) -> String {
    let texts: Vec<&str> = said.segments.iter().map(|s| s.text.as_str()).collect();
    texts.join(" ")
}

fn transcript(said: &TranscriptRecord) -> Transcript {
    let segments = said.segments.iter().filter_map(|segment| {
        let words = segment.words.iter().filter_map(|word| {
            Some(Word {
                text: word.text.clone(),
                range: range(word.start.as_f64(), word.end.as_f64())?,
                confidence: word.confidence as f32,
                space_before: true,
            })
        });
        Some(Segment {
            range: range(segment.start.as_f64(), segment.end.as_f64())?,
            text: segment.text.clone(),
            words: words.collect(),
        })
    });
    Transcript {
        language: said.language.clone().unwrap_or_default(),
        segments: segments.collect(),
    }
}

fn range(start: f64, end: f64) -> Option<TimeRange> {
    TimeRange::new(
        Timestamp::from_seconds(start)?,
        Timestamp::from_seconds(end)?,
    )
}
