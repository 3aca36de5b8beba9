//! `opusclip captions`: whether captions keep the rules.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::shown;
use super::args::{CaptionProfile, CaptionsArgs};
use crate::clips::captions::lint::{LintFinding, LintSeverity, ShownCue, lint};
use crate::clips::captions::{CueRules, language_of_words};
use crate::export::captions::{CaptionText, read};
use crate::report::{ExitCode, say};

pub(super) fn run(args: &CaptionsArgs) -> ExitCode {
    let CaptionsArgs::Lint {
        files,
        profile,
        language,
        frame_rate,
        json,
    } = args;
    let mut linted = Vec::new();
    for file in files {
        match load(file) {
            Ok(text) => {
                let profile = profile.unwrap_or_else(|| own_profile(&text));
                let rules = rules(profile, &text, *frame_rate);
                let language = language_of(&text, language);
                linted.push(LintedFile {
                    file: file.clone(),
                    profile,
                    findings: lint(&text.cues, &rules, language),
                    cues: text.cues,
                });
            }
            Err(problem) => say(&format!("error: {}: {problem}", file.display())),
        }
    }
    let text = if *json {
        as_json(&linted)
    } else {
        as_text(&linted)
    };
    match shown(&text) {
        ExitCode::Done => ending(&linted, files.len()),
        other => other,
    }
}

/// Returns the language of captions: the one that the file names, else the one that its words tell, else `usual`.
fn language_of<'a>(text: &'a CaptionText, usual: &'a str) -> &'a str {
    let lines = text.cues.iter().flat_map(|cue| &cue.lines);
    let words: Vec<&str> = lines.flat_map(|line| line.split_whitespace()).collect();
    let named = text.language.as_deref();
    named.unwrap_or_else(|| language_of_words(&words, usual).unwrap_or(usual))
}

/// What was found in one file.
struct LintedFile {
    file: PathBuf,
    profile: CaptionProfile,
    cues: Vec<ShownCue>,
    findings: Vec<LintFinding>,
}

/// Returns how the program ends: as for a batch, where a file that cannot be read has failed.
fn ending(linted: &[LintedFile], all: usize) -> ExitCode {
    let is_wrong = |finding: &LintFinding| finding.severity == LintSeverity::Wrong;
    let wrong = linted.iter().any(|file| file.findings.iter().any(is_wrong));
    if linted.is_empty() {
        ExitCode::BadInput
    } else if wrong || linted.len() < all {
        ExitCode::SomeFailed
    } else {
        ExitCode::Done
    }
}

fn load(file: &Path) -> Result<CaptionText, String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    read(&text).map_err(|problem| problem.to_string())
}

fn own_profile(text: &CaptionText) -> CaptionProfile {
    match text.punch_columns {
        Some(_) => CaptionProfile::Punch,
        None => CaptionProfile::Subtitle,
    }
}

fn rules(profile: CaptionProfile, text: &CaptionText, frame_rate: f64) -> CueRules {
    match profile {
        CaptionProfile::Subtitle => CueRules::subtitle(Duration::from_secs_f64(1.0 / frame_rate)),
        CaptionProfile::Punch => {
            let usual = CueRules::punch();
            CueRules {
                columns: text.punch_columns.unwrap_or(usual.columns),
                ..usual
            }
        }
    }
}

/// Writes a line for each finding, and one for each file without any.
fn as_text(linted: &[LintedFile]) -> String {
    let mut text = String::new();
    for file in linted {
        let name = file.file.display();
        for finding in &file.findings {
            let LintFinding {
                cue,
                code,
                value,
                limit,
                severity,
            } = finding;
            let note = match severity {
                LintSeverity::Wrong => "",
                LintSeverity::Note => "note: ",
            };
            // Writing into a string cannot go wrong.
            let _ = writeln!(text, "{name}:{cue}: {note}{code}: {value}; {limit}");
        }
        if file.findings.is_empty() {
            let (cues, profile) = (file.cues.len(), file.profile.name());
            let _ = writeln!(text, "{name}: {cues} cues, nothing to find ({profile})");
        }
    }
    text
}

fn as_json(linted: &[LintedFile]) -> String {
    let files: Vec<Value> = linted.iter().map(file_row).collect();
    format!("{:#}\n", json!({ "schema": 1, "files": files }))
}

fn file_row(file: &LintedFile) -> Value {
    let row = |finding: &LintFinding| {
        let cue = &file.cues[finding.cue - 1];
        let seconds = |millis: i64| millis as f64 / 1000.0;
        json!({
            "cue": finding.cue,
            "start": seconds(cue.start),
            "end": seconds(cue.end),
            "lines": cue.lines,
            "code": finding.code.name(),
            "value": finding.value,
            "limit": finding.limit,
            "note": finding.severity == LintSeverity::Note,
        })
    };
    let findings: Vec<Value> = file.findings.iter().map(row).collect();
    json!({
        "file": file.file.display().to_string(),
        "profile": file.profile.name(),
        "cues": file.cues.len(),
        "findings": findings,
    })
}

impl CaptionProfile {
    fn name(self) -> &'static str {
        match self {
            Self::Punch => "punch",
            Self::Subtitle => "subtitle",
        }
    }
}
