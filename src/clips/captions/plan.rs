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
//! - `SHARED` when it holds more than one sentence,
//! - `LONE_WORD` when it is the last word of a sentence alone,
//! - 10 points a millisecond that its speech is longer than the longest cue,
//! - 1 point a millisecond that is missing to the shortest time,
//! - 1 point for 2 milliseconds that are missing to read it, silence after it counted.
//!
//! The end of a sentence is a wall: a cue that reaches over one has no price, unless the rules let sentences share a cue, it
//! holds whole ones, and nobody breathes between them.

use std::ops::Range;
use std::time::Duration;

use super::cue::CueRules;
use super::layout::CueLayout;
use super::piece::TextPiece;
use super::seam::{BREATH, Points, Seam};
use super::timing;
use crate::timeline::Timestamp;

const CUE: Points = 40;
const SHARED: Points = 400;
const LONE_WORD: Points = 300;
/// Milliseconds of silence after which a word stands alone for good reason.
const LONG_PAUSE: Points = 1000;

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
    seams: &'a [Seam],
    /// What stands in front of each piece, summed up.
    sums: Vec<SeamSums>,
}

/// Seams counted from the first one on.
#[derive(Debug, Clone, Copy, Default)]
struct SeamSums {
    /// `Seam::over`.
    over: Points,
    /// Ends of sentences.
    sentences: usize,
    /// Ends of sentences with a breath.
    walls: usize,
    /// Words that a space stands in front of.
    words: usize,
}

impl SeamSums {
    fn with(self, seam: &Seam, piece: &TextPiece) -> Self {
        let wall = seam.ends_sentence && seam.pause >= BREATH;
        Self {
            over: self.over + seam.over,
            sentences: self.sentences + usize::from(seam.ends_sentence),
            walls: self.walls + usize::from(wall),
            words: self.words + usize::from(piece.word.space_before),
        }
    }
}

impl<'a> CutPrices<'a> {
    fn new(
        pieces: &[TextPiece],
        seams: &'a [Seam],
        layout: &'a CueLayout<'a>,
        rules: &'a CueRules,
    ) -> Self {
        // Thirty years either way: prices of any clock's times can be added.
        let millis = |time: Timestamp| {
            time.to_ticks(1, 1000)
                .clamp(-1_000_000_000_000, 1_000_000_000_000)
        };
        let ranges = pieces.iter().map(|piece| piece.word.range);
        let mut sums = vec![SeamSums::default()];
        for (at, (seam, piece)) in seams.iter().zip(pieces).enumerate() {
            sums.push(sums[at].with(seam, piece));
        }
        Self {
            layout,
            rules,
            spoken: ranges
                .map(|r| (millis(r.start()), millis(r.end())))
                .collect(),
            seams,
            sums,
        }
    }

    fn cue(&self, run: Range<usize>) -> Option<Points> {
        let (from, to) = (self.sums[run.start + 1], self.sums[run.end]);
        if to.words - from.words >= self.rules.words.max(1) {
            return None;
        }
        let shared = self.sharing(&run, to.sentences - from.sentences, to.walls - from.walls)?;
        let lines = self.layout.price(&run)?;
        let columns = self.layout.columns(&run) as Points;
        let text = lines + columns * columns / 400 + shared + self.lone_word(&run);
        Some(CUE + text + to.over - from.over + self.time(&run))
    }

    /// Returns the price of a cue that reaches over the ends of so many sentences, so many of them with a breath; `None`
    /// where that may not be.
    fn sharing(&self, run: &Range<usize>, sentences: usize, walls: usize) -> Option<Points> {
        if sentences == 0 {
            return Some(0);
        }
        let whole = self.is_wall(run.start) && self.is_wall(run.end);
        (self.rules.shares_sentences && walls == 0 && whole).then_some(SHARED)
    }

    /// Tells whether a sentence begins with this piece, or all are over.
    fn is_wall(&self, at: usize) -> bool {
        at == 0 || self.seams.get(at).is_none_or(|seam| seam.ends_sentence)
    }

    fn lone_word(&self, run: &Range<usize>) -> Points {
        let goes_on = !self.is_wall(run.start) && self.seams[run.start].pause < LONG_PAUSE;
        let lone = goes_on && self.is_wall(run.end) && self.layout.is_word(run);
        if lone { LONE_WORD } else { 0 }
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
