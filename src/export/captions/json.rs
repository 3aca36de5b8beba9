//! Captions as JSON for other programs.

use serde::Serialize;

use crate::clips::captions::{Cue, CueLine};
use crate::export::Seconds;
use crate::timeline::Word;

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    language: &'a str,
    cues: Vec<CueRow<'a>>,
}

#[derive(Serialize)]
struct CueRow<'a> {
    start: Seconds,
    end: Seconds,
    lines: Vec<String>,
    words: Vec<WordRow<'a>>,
}

#[derive(Serialize)]
struct WordRow<'a> {
    text: &'a str,
    start: Seconds,
    end: Seconds,
    confidence: f32,
}

/// Returns the cues as JSON: `{schema, language, cues[{start, end, lines[], words[{text, start, end, confidence}]}]}`.
///
/// Times are in seconds, exact to the microsecond; a confidence that is no number is `null`.
pub fn json(cues: &[Cue], language: &str) -> String {
    let file = File {
        schema: 1,
        language,
        cues: cues.iter().map(cue).collect(),
    };
    serde_json::to_string_pretty(&file).expect("strings and numbers become JSON") + "\n"
}

fn cue(cue: &Cue) -> CueRow<'_> {
    CueRow {
        start: cue.range().start().into(),
        end: cue.range().end().into(),
        lines: cue.lines().iter().map(CueLine::text).collect(),
        words: cue.words().map(word).collect(),
    }
}

fn word(word: &Word) -> WordRow<'_> {
    WordRow {
        text: &word.text,
        start: word.range.start().into(),
        end: word.range.end().into(),
        confidence: word.confidence,
    }
}
