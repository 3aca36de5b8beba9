//! Trimmed candidates: a clip of speech begins with its first word, and ends with its last or with the laughter after it.

use super::edges::{Edge, end_after, end_behind, start_before};
use super::ground::Ground;
use super::worth::{end_worth, start_worth};
use crate::clips::ClipLimits;
use crate::timeline::TimeRange;

/// Seconds without a word at either end that are felt.
const DEAD: f64 = 0.35;
/// The share of the time from its first word to its last in which someone speaks, of a clip of speech.
const SPEECH: f64 = 0.4;
/// What is left of the worth of an end that is dead air and cannot be moved.
const KEPT: f32 = 0.4;

/// Takes the dead air from both ends of a candidate of speech, as far as the limits allow; others stay as they are.
///
/// `None` for one that is too short without it, where there is room for a longer one that begins with its first word or ends
/// with its last.
pub(super) fn trim(
    ground: &Ground<'_>,
    (start, end): (Edge, Edge),
    limits: &ClipLimits,
) -> Option<(Edge, Edge)> {
    let Some(said) = ground.words_within(start.time, end.time) else {
        return Some((start, end));
    };
    if ground.spoken_share(&said) < SPEECH {
        return Some((start, end));
    }
    let allowed = |start: &Edge, end: &Edge| {
        TimeRange::new(start.time, end.time).is_some_and(|range| limits.allow(range))
    };
    let begun = begin(ground, said.start, start);
    let ended = finish(ground, said.end, end);
    if allowed(&begun, &ended) {
        return Some((begun, ended));
    }
    let earlier = said.start > 0 && ended.time >= ground.whole.start() + limits.min;
    if ended != end && earlier {
        return None;
    }
    if allowed(&begun, &end) {
        return Some((begun, end));
    }
    if begun != start && begun.time + limits.min <= ground.whole.end() {
        return None;
    }
    let less = |edge: Edge, moved: Edge| Edge {
        worth: if moved == edge {
            edge.worth
        } else {
            edge.worth * KEPT
        },
        ..edge
    };
    Some((less(start, begun), less(end, ended)))
}

/// Returns the beginning just before word `first`, where the given one is too early for it.
fn begin(ground: &Ground<'_>, first: usize, start: Edge) -> Edge {
    let word = ground.words[first].range.start();
    if word.seconds() - start.time.seconds() <= DEAD {
        return start;
    }
    let moved =
        start_before(ground, first).and_then(|time| Edge::rated(time, start_worth(ground, time)));
    moved
        .filter(|moved| moved.time >= ground.whole.start())
        .unwrap_or(start)
}

/// Returns the end just after the words up to `last`, and after what answers them, where the given one is too late or too
/// early for it.
fn finish(ground: &Ground<'_>, last: usize, end: Edge) -> Edge {
    let word = ground.words[last - 1].range.end();
    let next = ground
        .words
        .get(last)
        .map_or(ground.whole.end(), |word| word.range.start());
    let next = next.min(ground.whole.end());
    let answered = ground.answered_until(word).min(next);
    let off = end.time.seconds() - answered.seconds();
    if (0.0..=DEAD).contains(&off) {
        return end;
    }
    let time = if answered > word {
        Some(end_behind(ground, answered, next))
    } else {
        end_after(ground, last)
    };
    let moved = time.and_then(|time| Edge::rated(time, end_worth(ground, time)));
    moved
        .filter(|moved| moved.time <= ground.whole.end())
        .unwrap_or(end)
}
