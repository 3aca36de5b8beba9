//! Our own JSON.

use serde::Deserialize;

use super::parts::{CaptionText, ReadProblem};
use crate::clips::captions::lint::ShownCue;

#[derive(Deserialize)]
struct ReadRows {
    language: Option<String>,
    cues: Vec<ReadRow>,
}

#[derive(Deserialize)]
struct ReadRow {
    start: f64,
    end: f64,
    lines: Vec<String>,
}

pub(super) fn read(text: &str) -> Result<CaptionText, ReadProblem> {
    let file: ReadRows = serde_json::from_str(text)
        .map_err(|error| ReadProblem::at(error.line(), error.to_string()))?;
    let millis = |seconds: f64| (seconds * 1000.0).round() as i64;
    let cues = file.cues.into_iter().map(|cue| ShownCue {
        start: millis(cue.start),
        end: millis(cue.end),
        lines: cue.lines,
    });
    Ok(CaptionText {
        cues: cues.collect(),
        language: file.language,
        punch_columns: None,
    })
}
