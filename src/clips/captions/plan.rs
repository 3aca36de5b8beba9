//! Cue breaks: the cheapest way to cut all pieces into cues, by dynamic programming.
//!
//! With `best(j)` the least price of captioning the first `j` pieces,
//! `best(j) = min over i < j of best(i) + seam before i + price of the cue i..j`.
//! A cue holds a bounded number of pieces, so the time is in proportion to all of them.
//!
//! The price of a cue is the sum of
//! - `CUE`, so that there are few of them,
//! - its lines: price of their seams, and of being unequal (`layout`),
//! - the square of its columns over 400, so that full and nearly empty cues do not alternate,
//! - what it runs on over: pauses and ends of sentences (`seam`),
//! - 10 points a millisecond that its speech is longer than the longest cue,
//! - 1 point a millisecond that is missing to the shortest time,
//! - 1 point for 2 milliseconds that are missing to read it, silence after it counted.

use std::ops::Range;
use std::time::Duration;

use super::cue::CueRules;
use super::layout::CueLayout;
use super::piece::TextPiece;
use super::seam::{Points, Seam};
use super::timing;
use crate::timeline::Timestamp;

const CUE: Points = 40;

/// Returns the runs of pieces that become cues.
pub(super) fn plan(
    pieces: &[TextPiece],
    seams: &[Seam],
    layout: &CueLayout<'_>,
    rules: &CueRules,
) -> Vec<Range<usize>> {
    let prices = CutPrices::new(pieces, seams, layout, rules);
    let mut best: Vec<(Points, usize)> = vec![(0, 0)];
    for end in 1..=pieces.len() {
        let starts = (0..end)
            .rev()
            .take_while(|&i| i + 1 == end || !layout.too_wide(&(i..end)));
        let priced = starts.filter_map(|start| {
            let cue = prices.cue(start..end)?;
            Some((best[start].0 + seams[start].cue + cue, start))
        });
        // A piece alone fits a line; were it not so, it still gets its cue.
        let cheapest = priced.min().unwrap_or((best[end - 1].0, end - 1));
        best.push(cheapest);
    }
    let mut cuts = Vec::new();
    let mut end = pieces.len();
    while end > 0 {
        cuts.push(best[end].1..end);
        end = best[end].1;
    }
    cuts.reverse();
    cuts
}

/// What the price of any cue is found from.
struct CutPrices<'a> {
    layout: &'a CueLayout<'a>,
    rules: &'a CueRules,
    /// In milliseconds: when each piece is spoken.
    spoken: Vec<(i64, i64)>,
    /// Sums of `Seam::over` in front of each piece.
    over: Vec<Points>,
}

impl<'a> CutPrices<'a> {
    fn new(
        pieces: &[TextPiece],
        seams: &[Seam],
        layout: &'a CueLayout<'a>,
        rules: &'a CueRules,
    ) -> Self {
        // Thirty years either way: prices of any clock's times can be added.
        let millis = |time: Timestamp| {
            time.to_ticks(1, 1000)
                .clamp(-1_000_000_000_000, 1_000_000_000_000)
        };
        let ranges = pieces.iter().map(|piece| piece.word.range);
        let mut over = vec![0];
        over.extend(seams.iter().scan(0, |sum, seam| {
            *sum += seam.over;
            Some(*sum)
        }));
        Self {
            layout,
            rules,
            spoken: ranges
                .map(|r| (millis(r.start()), millis(r.end())))
                .collect(),
            over,
        }
    }

    fn cue(&self, run: Range<usize>) -> Option<Points> {
        let lines = self.layout.price(&run)?;
        let over = self.over[run.end] - self.over[run.start + 1];
        let columns = self.layout.columns(&run) as Points;
        Some(CUE + lines + columns * columns / 400 + over + self.time(&run))
    }

    fn time(&self, run: &Range<usize>) -> Points {
        let start = self.spoken[run.start].0;
        let speech = self.spoken[run.end - 1].1 - start;
        let longest = millis(self.rules.max);
        let room = self
            .spoken
            .get(run.end)
            .map_or(longest, |next| next.0 - start);
        let missing = |wanted: Duration| (millis(wanted).min(longest) - room.min(longest)).max(0);
        let reading = timing::reading(self.layout.columns(run), self.rules);
        10 * (speech - longest).max(0) + missing(self.rules.min) + missing(reading) / 2
    }
}

fn millis(length: Duration) -> i64 {
    // A day is longer than any cue.
    length.as_millis().min(86_400_000) as i64
}
