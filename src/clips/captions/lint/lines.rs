//! Lines of cues: how many, how wide, how many words.

use super::super::cue::{CueRules, columns};
use super::finding::{LintCode, LintFinding, ShownCue};

pub(super) fn check(cues: &[ShownCue], rules: &CueRules, findings: &mut Vec<LintFinding>) {
    for (at, cue) in cues.iter().enumerate() {
        if cue.lines.iter().all(|line| line.trim().is_empty()) {
            findings.push(LintFinding::wrong(at, LintCode::Empty, "no text", "some"));
            continue;
        }
        let lines = cue.lines.len();
        if lines > rules.lines {
            findings.push(LintFinding::wrong(
                at,
                LintCode::TooManyLines,
                lines,
                rules.lines,
            ));
        }
        let words = cue.lines.iter().flat_map(|line| line.split_whitespace());
        let words = words.count();
        if words > rules.words {
            findings.push(LintFinding::wrong(
                at,
                LintCode::TooManyWords,
                words,
                rules.words,
            ));
        }
        findings.extend(cue.lines.iter().filter_map(|line| wide(at, line, rules)));
    }
}

fn wide(at: usize, line: &str, rules: &CueRules) -> Option<LintFinding> {
    let most = if line.trim().contains(' ') {
        rules.width()
    } else {
        rules.word_width()
    };
    let wide = columns(line);
    (wide > most).then(|| {
        let limit = format!("{most} columns");
        LintFinding::wrong(at, LintCode::TooWide, wide, limit)
    })
}
