//! Times of cues: order, gaps, length, speed of reading.

use super::super::cue::CueRules;
use super::finding::{LintCode, LintFinding, LintSeverity, ShownCue, columns_of};

/// Milliseconds that clocks of hundredths of a second may be off.
const ROUNDED: i64 = 10;
/// Milliseconds in front of the next cue that are no time to stay longer: two frames, and what clocks are off.
const NO_TIME: i64 = 100;

pub(super) fn check(cues: &[ShownCue], rules: &CueRules, findings: &mut Vec<LintFinding>) {
    for (at, cue) in cues.iter().enumerate() {
        if cue.end <= cue.start {
            let length = format!("{} ms", cue.end - cue.start);
            findings.push(LintFinding::wrong(
                at,
                LintCode::BadTimes,
                length,
                "more than 0",
            ));
            continue;
        }
        let before = at.checked_sub(1).map(|before| &cues[before]);
        findings.extend(before.and_then(|before| apart(at, cue, before, rules)));
        findings.extend(long(at, cue, rules));
        let next = cues.get(at + 1);
        findings.extend(hurried(at, cue, next, rules));
    }
}

/// Checks the time between a cue and the one before it.
fn apart(at: usize, cue: &ShownCue, before: &ShownCue, rules: &CueRules) -> Option<LintFinding> {
    let gap = cue.start - before.end;
    let least = millis(rules.gap);
    if gap < 0 {
        let value = format!("{} ms", -gap);
        return Some(LintFinding::wrong(at, LintCode::Overlap, value, "0 ms"));
    }
    // Clocks that count nothing finer than hundredths may round a gap.
    let close = gap + ROUNDED < least;
    close.then(|| {
        LintFinding::wrong(
            at,
            LintCode::Gap,
            format!("{gap} ms"),
            format!("{least} ms"),
        )
    })
}

fn long(at: usize, cue: &ShownCue, rules: &CueRules) -> Option<LintFinding> {
    let (length, most) = (cue.end - cue.start, millis(rules.max));
    let too_long = length > most + ROUNDED;
    too_long.then(|| LintFinding::wrong(at, LintCode::TooLong, seconds(length), seconds(most)))
}

/// Checks whether a cue can be read; where the next one, or the end of the media, leaves no more time it is noted only.
fn hurried(
    at: usize,
    cue: &ShownCue,
    next: Option<&ShownCue>,
    rules: &CueRules,
) -> Vec<LintFinding> {
    let length = cue.end - cue.start;
    let free = next.map_or(0, |next| next.start - cue.end);
    let severity = if free > NO_TIME.max(millis(rules.gap) + ROUNDED) {
        LintSeverity::Wrong
    } else {
        LintSeverity::Note
    };
    let mut found = Vec::new();
    let rate = columns_of(cue) as f64 * 1000.0 / (length + ROUNDED) as f64;
    if rate > rules.columns_per_second {
        let limit = format!("{} characters a second", rules.columns_per_second);
        let rate = columns_of(cue) as f64 * 1000.0 / length as f64;
        found.push(LintFinding::wrong(
            at,
            LintCode::TooFast,
            format!("{rate:.1}"),
            limit,
        ));
    }
    if length + ROUNDED < millis(rules.min) {
        let (length, least) = (seconds(length), seconds(millis(rules.min)));
        found.push(LintFinding::wrong(at, LintCode::TooShort, length, least));
    }
    found
        .iter_mut()
        .for_each(|finding| finding.severity = severity);
    found
}

fn seconds(millis: i64) -> String {
    format!("{:.2} s", millis as f64 / 1000.0)
}

fn millis(length: std::time::Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4)
}
