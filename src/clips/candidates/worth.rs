//! Quality of a start or end point: each reason takes a part of what the others leave open.

use super::ground::{Block, FadeIn, Ground, Opens};
use crate::timeline::{Timestamp, Transition};

/// Seconds from the cut to the nearest word beyond which the clip does not begin or end with speech.
const NEAR: f64 = 1.5;
/// Seconds of silence that are as good as any more.
const LONG_PAUSE: f64 = 1.0;
/// Seconds within which a sound changes "here".
const HERE: f64 = 0.3;
/// A shot that is seen for fewer seconds than this at either end of the clip is a flash; without speech beside it the eye
/// takes longer to see what it is shown.
const FLASH: f64 = 0.4;
const SILENT_FLASH: f64 = 2.0;
/// Seconds from the end of a word to the pause that is heard to follow it.
const PAUSED: f64 = 0.5;
/// How much the end of a thought is worth to a clip that ends there, and what is left of the worth of an end at which none is
/// heard to be over.
const THOUGHT: f64 = 0.4;
const MID_THOUGHT: f64 = 0.75;
/// How likely a thought is over that surely is not.
const UNLIKELY: f64 = 0.1;
/// What is left of the worth of a place in the middle of a sentence, of speech, of the way out of black, or beside a flash.
const MID_SENTENCE: f64 = 0.4;
const MID_SPEECH: f64 = 0.3;
const MID_FADE: f64 = 0.6;
const BESIDE_A_FLASH: f64 = 0.7;

/// Returns how good it is to begin at a time, or `None` inside a word or where the picture is empty.
pub(super) fn start_worth(ground: &Ground<'_>, time: Timestamp) -> Option<f32> {
    if ground.empty.iter().any(|empty| empty.contains(time)) {
        return None;
    }
    let gap = ground.gap(time)?;
    let (before, after) = (ground.word_before(gap), ground.word_after(gap));
    let next = after.map(|word| seconds(time, word.range.start()));
    let near = next.is_some_and(|next| next <= NEAR);
    let pause = between(before, after.map(|word| word.range.start()));
    let opens = opening(after, pause);
    let cut = cut_at(ground, time);
    let shown = ground.shown_at(time);
    let reasons = [
        spoken(near, opens),
        0.3 * (pause / LONG_PAUSE).min(1.0) * f64::from(u8::from(near)),
        match cut {
            Some(Transition::Start) => 0.5,
            Some(Transition::Cut) => 0.4,
            None if shown == FadeIn::JustOut => 0.4,
            Some(Transition::Gradual) => 0.25,
            None => 0.0,
        },
        changes(ground, time),
        0.0,
    ];
    let flash = cut.is_none() && next_cut(ground, time).is_some_and(|next| next < flash(near));
    let faults = [
        (flash, BESIDE_A_FLASH),
        (cut.is_none() && shown == FadeIn::ComingOut, MID_FADE),
    ];
    Some(judged(ground, time, reasons, opens, faults))
}

/// Returns how good it is to end at a time, or `None` inside a word.
pub(super) fn end_worth(ground: &Ground<'_>, time: Timestamp) -> Option<f32> {
    let gap = ground.gap(time)?;
    let (before, after) = (ground.word_before(gap), ground.word_after(gap));
    let near = before.is_some_and(|before| seconds(before, time) <= NEAR);
    let pause = between(before, after.map(|word| word.range.start()));
    let opens = opening(after, pause);
    let over = ground.shots.last().is_some_and(|s| s.range.end() <= time);
    let cut = over || cut_at(ground, time).is_some();
    let thought = before
        .filter(|_| near)
        .and_then(|at| thought_over(ground, at));
    let reasons = [
        spoken(near, opens),
        0.3 * (pause / LONG_PAUSE).min(1.0) * f64::from(u8::from(near)),
        if cut { 0.4 } else { 0.0 },
        changes(ground, time),
        THOUGHT * thought.unwrap_or(0.0),
    ];
    let flash = !cut && last_cut(ground, time).is_some_and(|last| last < flash(near));
    let goes_on = thought.is_some_and(|likely| likely < UNLIKELY);
    let faults = [(flash, BESIDE_A_FLASH), (goes_on, MID_THOUGHT)];
    Some(judged(ground, time, reasons, opens, faults))
}

/// Returns for how long a shot is seen at least, in seconds, to be no flash.
fn flash(near: bool) -> f64 {
    if near { FLASH } else { SILENT_FLASH }
}

/// Returns how likely a thought is over with the word that ends at `time`; `None` where that was not asked.
fn thought_over(ground: &Ground<'_>, time: Timestamp) -> Option<f64> {
    let thoughts = ground.thoughts;
    let next = thoughts.partition_point(|thought| thought.time < time);
    let around = thoughts[next.saturating_sub(1)..].iter().take(2);
    let away = around.map(|thought| (seconds(time, thought.time).abs(), thought.likelihood));
    let (away, likely) = away.min_by(|a, b| a.0.total_cmp(&b.0))?;
    (away <= PAUSED).then_some(likely.into())
}

/// Returns what begins after a gap; a long silence parts sentences even where nothing is punctuated.
fn opening(after: Option<Block>, pause: f64) -> Opens {
    let written = after.map_or(Opens::Paragraph, |word| word.opens);
    if pause >= 2.0 * LONG_PAUSE {
        written.max(Opens::Sentence)
    } else {
        written
    }
}

fn spoken(near: bool, opens: Opens) -> f64 {
    match (near, opens) {
        (false, _) => 0.3,
        (true, Opens::Paragraph) => 0.65,
        (true, Opens::Sentence) => 0.55,
        (true, Opens::Nothing) => 0.1,
    }
}

fn judged(
    ground: &Ground<'_>,
    time: Timestamp,
    reasons: [f64; 5],
    opens: Opens,
    faults: [(bool, f64); 2],
) -> f32 {
    let open: f64 = reasons.iter().map(|reason| 1.0 - reason).product();
    let kept = [
        (opens == Opens::Nothing, MID_SENTENCE),
        (in_speech(ground, time), MID_SPEECH),
    ];
    let kept = kept.iter().chain(&faults).filter(|(wrong, _)| *wrong);
    let kept: f64 = kept.map(|(_, share)| share).product();
    ((1.0 - open) * kept) as f32
}

/// Tells whether someone speaks, in words that nobody wrote down.
fn in_speech(ground: &Ground<'_>, time: Timestamp) -> bool {
    let at = ground.speech.partition_point(|range| range.end() <= time);
    let speech = ground.speech.get(at);
    speech.is_some_and(|range| range.start() < time)
}

fn changes(ground: &Ground<'_>, time: Timestamp) -> f64 {
    let at = ground.changes.partition_point(|change| *change < time);
    let around = ground.changes[at.saturating_sub(1)..].iter().take(2);
    let mut distances = around.map(|change| seconds(*change, time).abs());
    if distances.any(|distance| distance <= HERE) {
        0.2
    } else {
        0.0
    }
}

fn cut_at(ground: &Ground<'_>, time: Timestamp) -> Option<Transition> {
    let shots = ground.shots;
    let at = shots.binary_search_by(|shot| shot.range.start().cmp(&time));
    at.ok().map(|shot| shots[shot].transition)
}

fn next_cut(ground: &Ground<'_>, time: Timestamp) -> Option<f64> {
    let shots = ground.shots;
    let next = shots.partition_point(|shot| shot.range.start() <= time);
    Some(seconds(time, shots.get(next)?.range.start()))
}

fn last_cut(ground: &Ground<'_>, time: Timestamp) -> Option<f64> {
    let shots = ground.shots;
    let next = shots.partition_point(|shot| shot.range.start() <= time);
    Some(seconds(shots[next.checked_sub(1)?].range.start(), time))
}

fn between(before: Option<Timestamp>, after: Option<Timestamp>) -> f64 {
    match (before, after) {
        (Some(before), Some(after)) => seconds(before, after),
        _ => LONG_PAUSE,
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.seconds() - from.seconds()
}
