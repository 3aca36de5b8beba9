//! Start and end times of cues.

use std::ops::Range;
use std::time::Duration;

use super::cue::CueRules;
use super::layout::CueLayout;
use super::piece::TextPiece;
use crate::timeline::{TimeRange, Timestamp};

/// Returns the time on screen of each run of pieces.
///
/// A cue comes with its first word. It stays until its last word is spoken, it can be read and the shortest time is over,
/// though not past the longest time nor into the next cue.
pub(super) fn timed(
    pieces: &[TextPiece],
    cuts: &[Range<usize>],
    layout: &CueLayout<'_>,
    rules: &CueRules,
) -> Vec<TimeRange> {
    let starts = |cut: &Range<usize>| pieces[cut.start].word.range.start();
    let nexts = cuts
        .iter()
        .skip(1)
        .map(|cut| Some(starts(cut)))
        .chain([None]);
    let timed = cuts.iter().zip(nexts).map(|(cut, next)| {
        let first = pieces[cut.start].word.range;
        let spoken = pieces[cut.end - 1].word.range.end();
        let wanted = reading(layout.columns(cut), rules).max(rules.min);
        let end = spoken
            .max(first.start() + wanted)
            .min(first.start() + rules.max);
        let end = next.map_or(end, |next| meet(first.start(), end, next, rules));
        // Rules without a longest time would leave nothing.
        TimeRange::new(first.start(), end).unwrap_or(first)
    });
    timed.collect()
}

/// Returns the time that reading `columns` takes; the longest cue's where the rules name no speed.
pub(super) fn reading(columns: usize, rules: &CueRules) -> Duration {
    Duration::try_from_secs_f64(columns as f64 / rules.columns_per_second).unwrap_or(rules.max)
}

/// Returns the end moved to where the next cue leaves it: there, or a gap away from it.
fn meet(start: Timestamp, end: Timestamp, next: Timestamp, rules: &CueRules) -> Timestamp {
    if next <= end {
        return next;
    }
    let gap = next.since(end);
    if gap < rules.bridge.max(rules.gap) && next.since(start) <= rules.max {
        next
    } else if gap < rules.gap {
        let earlier = next - (Timestamp::ZERO + rules.gap);
        if earlier > start { earlier } else { next }
    } else {
        end
    }
}
