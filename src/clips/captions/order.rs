//! Times of pieces, in order and disjoint whatever the recogniser said.

use std::time::Duration;

use super::piece::TextPiece;
use crate::timeline::{TimeRange, Timestamp};

/// Gives each piece a time after the piece before it.
///
/// Pieces that do not start later than one before them (a recogniser's guess, a word cut in parts) share its time.
pub(super) fn order(pieces: &mut [TextPiece]) {
    let mut at = 0;
    let Some(mut earliest) = pieces.first().map(|piece| piece.word.range.start()) else {
        return;
    };
    while at < pieces.len() {
        let first = pieces[at].word.range;
        let later = |piece: &TextPiece| piece.word.range.start() >= first.start() + CLOSEST;
        let count = 1 + pieces[at + 1..].iter().take_while(|p| !later(p)).count();
        let next = pieces.get(at + count).map(|p| p.word.range.start());
        let group = &mut pieces[at..at + count];
        let end = group.iter().map(|p| p.word.range.end()).max();
        let end = end.into_iter().chain(next).min().unwrap_or(first.end());
        let end = end.max(first.start() + CLOSEST);
        earliest = share(group, first.start(), end, earliest);
        at += count;
    }
}

/// Word starts closer than this are one moment.
const CLOSEST: Duration = Duration::from_millis(1);

/// Shares the time from `start` to `end` by columns, nothing before `earliest`; returns the end of the last piece.
pub(super) fn share(
    group: &mut [TextPiece],
    start: Timestamp,
    end: Timestamp,
    earliest: Timestamp,
) -> Timestamp {
    let total: usize = group.iter().map(|piece| piece.columns).sum();
    let (mut done, mut from) = (0, start.max(earliest));
    for piece in group {
        done += piece.columns;
        let to = if done == total {
            end
        } else {
            part_way(start, end, done, total)
        };
        // A nanosecond at least: thousands of words at one moment have no more.
        let to = to.max(from + Duration::from_nanos(1));
        // At the end of all time that fits a timestamp a piece keeps the time it has.
        piece.word.range = TimeRange::new(from, to).unwrap_or(piece.word.range);
        from = to;
    }
    from
}

fn part_way(start: Timestamp, end: Timestamp, part: usize, of: usize) -> Timestamp {
    let nanos = end.since(start).as_nanos() * part as u128 / of.max(1) as u128;
    start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
