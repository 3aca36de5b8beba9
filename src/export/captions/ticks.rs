//! Times of cues and words in the ticks of a caption format.

use crate::clips::captions::Cue;
use crate::timeline::Timestamp;

/// Returns when each cue comes and goes in ticks of `1 / per_second` seconds: in order, none empty, none overlapping, none
/// before zero.
pub(super) fn ticks(cues: &[Cue], per_second: i32) -> impl Iterator<Item = (i64, i64)> {
    let mut earliest = 0;
    cues.iter().map(move |cue| {
        let start = round(cue.range().start(), per_second).max(earliest);
        let end = round(cue.range().end(), per_second).max(start + 1);
        earliest = end;
        (start, end)
    })
}

/// Returns when each word of a cue begins, in ticks from `start` to `end`, in order.
pub(super) fn word_ticks(
    cue: &Cue,
    (start, end): (i64, i64),
    per_second: i32,
) -> impl Iterator<Item = i64> {
    let mut earliest = start;
    cue.words().map(move |word| {
        earliest = round(word.range.start(), per_second).clamp(earliest, end);
        earliest
    })
}

/// Writes `HH:MM:SS` and the milliseconds after `point`.
pub(super) fn clock(millis: i64, point: char) -> String {
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    format!(
        "{hours:02}:{minutes:02}:{seconds:02}{point}{:03}",
        millis % 1000
    )
}

fn round(time: Timestamp, per_second: i32) -> i64 {
    // Far beyond any video, and far from the end of the numbers.
    time.to_ticks(1, per_second).clamp(0, i64::MAX / 2)
}
