//! Lint: any captions held against the rules that ours are laid out by.
//!
//! Times are in milliseconds. What could not have been done better is a note, not a finding: speech that is too fast to be
//! read where the next cue leaves no time, a weak end of a line where the words that belong together do not fit on one.

mod finding;
mod lines;
mod sentences;
mod times;

use super::cue::CueRules;

pub use finding::{LintCode, LintFinding, LintSeverity, ShownCue};

/// Returns what is wrong with captions in a language, cue by cue.
pub fn lint(cues: &[ShownCue], rules: &CueRules, language: &str) -> Vec<LintFinding> {
    let mut findings = Vec::new();
    times::check(cues, rules, &mut findings);
    lines::check(cues, rules, &mut findings);
    sentences::check(cues, rules, language, &mut findings);
    findings.sort_by_key(|finding| (finding.cue, finding.code));
    findings
}

#[cfg(test)]
mod tests;
