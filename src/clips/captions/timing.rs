//! Start and end times of cues.

use std::ops::Range;
use std::time::Duration;

use super::cue::CueRules;
use super::layout::CueLayout;
use super::piece::TextPiece;
use crate::timeline::{TimeRange, Timestamp};

/// A cue on its way to its time on screen.
struct CueTimes {
    /// From its first word to its last.
    spoken: TimeRange,
    /// What reading it takes, the shortest time at least, the longest at most.
    wanted: Duration,
    start: Timestamp,
    end: Timestamp,
}

/// Returns the time on screen of each run of pieces.
///
/// A cue comes with its first word. It stays until its last word is spoken, it can be read and the shortest time is over,
/// though not past the longest time nor into the next cue. Where it could not be read so, it takes what the rules allow from
/// the pause before it, and then from a next cue that can spare it.
pub(super) fn timed(
    pieces: &[TextPiece],
    cuts: &[Range<usize>],
    layout: &CueLayout<'_>,
    rules: &CueRules,
) -> Vec<TimeRange> {
    let cues = cuts.iter();
    let cues = cues.map(|cut| CueTimes::new(pieces, cut, layout, rules));
    let mut cues: Vec<CueTimes> = cues.collect();
    for at in 0..cues.len() {
        come_earlier(&mut cues, at, rules);
        stay_longer(&mut cues, at, rules);
    }
    let nexts = cues.iter().skip(1).map(|cue| Some(cue.start));
    let timed = cues.iter().zip(nexts.chain([None])).map(|(cue, next)| {
        let end = next.map_or(cue.end, |next| meet(cue, next, rules));
        // Rules without a longest time would leave nothing.
        TimeRange::new(cue.start, end).unwrap_or(cue.spoken)
    });
    timed.collect()
}

impl CueTimes {
    fn new(
        pieces: &[TextPiece],
        cut: &Range<usize>,
        layout: &CueLayout<'_>,
        rules: &CueRules,
    ) -> Self {
        let first = pieces[cut.start].word.range;
        let said = pieces[cut.end - 1].word.range.end();
        let wanted = reading(layout.columns(cut), rules).max(rules.min);
        let wanted = wanted.min(rules.max);
        let end = said.max(first.start() + wanted);
        Self {
            spoken: TimeRange::new(first.start(), said).unwrap_or(first),
            wanted,
            start: first.start(),
            end: end.min(first.start() + rules.max),
        }
    }

    /// Returns how much longer it would have to stay to be read if it left at `end`.
    fn missing(&self, end: Timestamp) -> Duration {
        self.wanted.saturating_sub(end.since(self.start))
    }
}

/// Lets a cue begin in the pause before it, as far as the cue before does not need it.
fn come_earlier(cues: &mut [CueTimes], at: usize, rules: &CueRules) {
    let until = cues.get(at + 1).map(|next| next.start);
    // Nothing comes before the beginning of the clock.
    let before = at.checked_sub(1);
    let free = before.map_or(Timestamp::ZERO, |before| cues[before].end + rules.gap);
    let cue = &mut cues[at];
    let missing = cue.missing(until.map_or(cue.end, |until| cue.end.min(until)));
    let lead = missing.min(rules.lead).min(cue.start.since(free));
    if lead > Duration::ZERO {
        cue.start = cue.start - (Timestamp::ZERO + lead);
    }
}

/// Lets the next cue wait for one that cannot be read, as long as it can be read itself.
fn stay_longer(cues: &mut [CueTimes], at: usize, rules: &CueRules) {
    let Some([cue, next, rest @ ..]) = cues.get_mut(at..) else {
        return;
    };
    let after = rest
        .first()
        .map_or(next.end, |after| next.end.min(after.start));
    let missing = cue.missing(cue.end.min(next.start));
    let spare = after.since(next.start).saturating_sub(next.wanted);
    let lag = missing.min(rules.lag).min(spare);
    if lag > Duration::ZERO {
        next.start = next.start + lag;
        cue.end = cue.end.max(next.start);
    }
}

/// Returns the time that reading `columns` takes; the longest cue's where the rules name no speed.
pub(super) fn reading(columns: usize, rules: &CueRules) -> Duration {
    Duration::try_from_secs_f64(columns as f64 / rules.columns_per_second).unwrap_or(rules.max)
}

/// Returns the end of a cue where the next one leaves it: a gap before it, or all of a longer pause.
fn meet(cue: &CueTimes, next: Timestamp, rules: &CueRules) -> Timestamp {
    let silence = next.since(cue.end);
    if next > cue.end && silence >= rules.gap && silence >= rules.bridge {
        return cue.end;
    }
    let earlier = next - (Timestamp::ZERO + rules.gap);
    let end = if earlier > cue.start { earlier } else { next };
    end.min(cue.end.max(cue.start + rules.max))
}
