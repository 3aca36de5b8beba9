//! Line breaks inside one cue.

use std::ops::Range;

use super::cue::{CueRules, TextWidth};
use super::piece::{Join, TextPiece};
use super::seam::{Points, Seam};

/// The price of a last line of one word.
const LONE_WORD: Points = 120;

/// Pieces and seams with their widths summed up, so that any run is measured at once.
pub(super) struct CueLayout<'a> {
    pieces: &'a [TextPiece],
    seams: &'a [Seam],
    /// Sums of columns, spaces included.
    columns: Vec<usize>,
    /// Sums of widths as drawn, spaces included.
    widths: Vec<f64>,
    /// Width of a space.
    space: f64,
    lines: usize,
    /// Width of a line.
    width: f64,
    longest_word: usize,
}

impl<'a> CueLayout<'a> {
    pub(super) fn new(
        pieces: &'a [TextPiece],
        seams: &'a [Seam],
        rules: &CueRules,
        drawn: TextWidth<'_>,
    ) -> Self {
        let space = drawn(" ");
        let (mut columns, mut widths) = (vec![0], vec![0.0]);
        for (at, piece) in pieces.iter().enumerate() {
            let apart = piece.word.space_before;
            columns.push(columns[at] + usize::from(apart) + piece.columns);
            widths.push(widths[at] + if apart { space } else { 0.0 } + piece.drawn);
        }
        Self {
            pieces,
            seams,
            columns,
            widths,
            space,
            lines: rules.lines.clamp(1, 3),
            width: rules.width() as f64,
            longest_word: rules.word_width(),
        }
    }

    /// Returns the columns of a run on one line.
    pub(super) fn columns(&self, run: &Range<usize>) -> usize {
        let space = usize::from(self.pieces[run.start].word.space_before);
        self.columns[run.end] - self.columns[run.start] - space
    }

    /// Returns the width of a run on one line.
    fn width(&self, run: &Range<usize>) -> f64 {
        let apart = self.pieces[run.start].word.space_before;
        self.widths[run.end] - self.widths[run.start] - if apart { self.space } else { 0.0 }
    }

    /// Tells whether a run is too wide for any cue, and so is every longer one.
    pub(super) fn too_wide(&self, run: &Range<usize>) -> bool {
        self.width(run) > self.lines as f64 * (self.width + 1.0) && !self.is_long_word(run)
    }

    /// Tells whether a run is one word, written with a space in front.
    pub(super) fn is_word(&self, run: &Range<usize>) -> bool {
        let apart = |piece: &TextPiece| piece.word.space_before;
        let (first, rest) = (
            &self.pieces[run.start],
            &self.pieces[run.start + 1..run.end],
        );
        apart(first) && !rest.iter().any(apart)
    }

    /// Returns the price of the best lines for a run, as few as hold it, or `None` when no cue does.
    pub(super) fn price(&self, run: &Range<usize>) -> Option<Points> {
        self.fewest(run).map(|(_, (points, _))| points)
    }

    /// Returns the best lines for a run; one line when no cue holds it.
    pub(super) fn lines(&self, run: Range<usize>) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut count, target) = match self.fewest(&run) {
            Some((count, _)) => (count, self.share(&run, count)),
            None => (1, 0.0),
        };
        let mut rest = run;
        while count > 1
            && let Some((_, end)) = self.first_line(&rest, count, target)
        {
            lines.push(rest.start..end);
            (rest.start, count) = (end, count - 1);
        }
        lines.push(rest);
        lines
    }

    fn fewest(&self, run: &Range<usize>) -> Option<(usize, (Points, usize))> {
        if self.is_long_word(run) {
            return Some((1, (0, run.end)));
        }
        let fewest = (self.width(run) / (self.width + 1.0)).ceil().max(1.0) as usize;
        let mut counts = fewest..=self.lines;
        counts.find_map(|count| Some((count, self.first_line(run, count, self.share(run, count))?)))
    }

    /// Returns the width that each of so many lines would have if they were equal.
    fn share(&self, run: &Range<usize>, count: usize) -> f64 {
        (self.width(run) / count as f64).floor()
    }

    /// Returns the price of a run in `count` lines of about `target` width, and where the first one ends.
    fn first_line(&self, run: &Range<usize>, count: usize, target: f64) -> Option<(Points, usize)> {
        if count == 1 {
            return self.fits(run).then_some((0, run.end));
        }
        let fits = |end: &usize| self.fits(&(run.start..*end));
        let priced = (run.start + 1..run.end).take_while(fits).filter_map(|end| {
            let rest = end..run.end;
            let (below, _) = self.first_line(&rest, count - 1, target)?;
            let off = unbalance(self.width(&(run.start..end)), target);
            let lone = count == 2 && self.is_word(&rest);
            let lone = if lone { LONE_WORD } else { 0 };
            Some((self.seams[end].line + off + lone + below, end))
        });
        priced.min()
    }

    fn fits(&self, run: &Range<usize>) -> bool {
        self.width(run) <= self.width || self.is_long_word(run)
    }

    /// Tells whether a run is one word that stays whole though it is wider than a line.
    fn is_long_word(&self, run: &Range<usize>) -> bool {
        let rest = &self.pieces[run.start + 1..run.end];
        self.width(run) > self.width
            && self.columns(run) <= self.longest_word
            && rest.iter().all(|piece| piece.join == Join::Never)
    }
}

/// A point for each column that a line is away from its share; half as much again above it, so that the longer line
/// tends to be the lower one.
fn unbalance(width: f64, target: f64) -> Points {
    let off = (width - target).abs() as Points;
    if width > target { off * 3 / 2 } else { off }
}
