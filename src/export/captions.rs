//! Cues as files that players and editors read: SRT, VTT, ASS, JSON.
//!
//! All of them are UTF-8 without a byte order mark, with line feeds alone (every reader of these formats takes them).
//! Times are counted from where the cues' own are: from the start of the clip for cues of a clip.
//! Text that a format would take for markup is escaped; where the format knows no escape, or FFmpeg and the players built on
//! it (for which all captions are ASS) take it for markup of their own, a WORD JOINER, which shows nothing, breaks it up.

mod ass;
mod json;
mod srt;
mod vtt;

use crate::clips::captions::Cue;
use crate::timeline::Timestamp;

pub use crate::clips::captions::Place;
pub use ass::{Look, Margins, Preset, ass};
pub use json::json;
pub use srt::srt;
pub use vtt::vtt;

/// The endings of the files that [`files`] gives, in its order.
pub const ENDINGS: [&str; 4] = ["srt", "vtt", "ass", "json"];

/// Returns the cues in every format, with the ending of each file; `places` as [`ass`] takes them.
pub fn files(
    cues: &[Cue],
    look: &Look,
    places: &[Place],
    language: &str,
) -> [(&'static str, String); 4] {
    let [srt_end, vtt_end, ass_end, json_end] = ENDINGS;
    [
        (srt_end, srt(cues)),
        (vtt_end, vtt(cues)),
        (ass_end, ass(cues, look, places)),
        (json_end, json(cues, language)),
    ]
}

/// Keeps the characters beside it from being read as one mark.
const WORD_JOINER: char = '\u{2060}';

/// Returns when each cue comes and goes in ticks of `1 / per_second` seconds: in order, none empty, none overlapping, none
/// before zero.
fn ticks(cues: &[Cue], per_second: i32) -> impl Iterator<Item = (i64, i64)> {
    let mut earliest = 0;
    cues.iter().map(move |cue| {
        let start = round(cue.range().start(), per_second).max(earliest);
        let end = round(cue.range().end(), per_second).max(start + 1);
        earliest = end;
        (start, end)
    })
}

/// Returns `c`, what comes before it, and after it, so that no player finds an ASS tag (`{\b1}`) or a line break (`\N`).
fn parted(before: Option<char>, c: char) -> impl Iterator<Item = char> {
    let front = (before == Some('{') && c == '\\').then_some(WORD_JOINER);
    let back = (c == '\\').then_some(WORD_JOINER);
    front.into_iter().chain([c]).chain(back)
}

fn round(time: Timestamp, per_second: i32) -> i64 {
    // Far beyond any video, and far from the end of the numbers.
    time.to_ticks(1, per_second).clamp(0, i64::MAX / 2)
}

/// Returns when each word of a cue begins, in ticks from `start` to `end`, in order.
fn word_ticks(cue: &Cue, (start, end): (i64, i64), per_second: i32) -> impl Iterator<Item = i64> {
    let mut earliest = start;
    cue.words().map(move |word| {
        earliest = round(word.range.start(), per_second).clamp(earliest, end);
        earliest
    })
}

/// Writes `HH:MM:SS` and the milliseconds after `point`.
fn clock(millis: i64, point: char) -> String {
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    format!(
        "{hours:02}:{minutes:02}:{seconds:02}{point}{:03}",
        millis % 1000
    )
}
