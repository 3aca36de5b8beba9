//! Line breaks inside one cue.

use std::ops::Range;

use super::cue::CueRules;
use super::piece::TextPiece;
use super::seam::{Points, Seam};

/// Pieces and seams with their widths summed up, so that any run is measured at once.
pub(super) struct CueLayout<'a> {
    pieces: &'a [TextPiece],
    seams: &'a [Seam],
    upto: Vec<usize>,
    lines: usize,
    columns: usize,
}

impl<'a> CueLayout<'a> {
    pub(super) fn new(pieces: &'a [TextPiece], seams: &'a [Seam], rules: &CueRules) -> Self {
        let mut upto = vec![0];
        for piece in pieces {
            upto.push(upto[upto.len() - 1] + usize::from(piece.word.space_before) + piece.columns);
        }
        Self {
            pieces,
            seams,
            upto,
            lines: rules.lines.clamp(1, 3),
            columns: rules.width(),
        }
    }

    /// Returns the columns of a run on one line.
    pub(super) fn columns(&self, run: &Range<usize>) -> usize {
        let space = usize::from(self.pieces[run.start].word.space_before);
        self.upto[run.end] - self.upto[run.start] - space
    }

    /// Tells whether a run is too wide for any cue, and so is every longer one.
    pub(super) fn too_wide(&self, run: &Range<usize>) -> bool {
        self.columns(run) > self.lines * (self.columns + 1)
    }

    /// Returns the price of the best lines for a run, as few as hold it, or `None` when no cue does.
    pub(super) fn price(&self, run: &Range<usize>) -> Option<Points> {
        self.fewest(run).map(|(_, (points, _))| points)
    }

    /// Returns the best lines for a run; one line when no cue holds it.
    pub(super) fn lines(&self, run: Range<usize>) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut count, target) = match self.fewest(&run) {
            Some((count, _)) => (count, self.columns(&run) / count),
            None => (1, 0),
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
        let columns = self.columns(run);
        let fewest = columns.div_ceil(self.columns + 1).max(1);
        (fewest..=self.lines)
            .find_map(|count| Some((count, self.first_line(run, count, columns / count)?)))
    }

    /// Returns the price of a run in `count` lines of about `target` columns, and where the first one ends.
    fn first_line(
        &self,
        run: &Range<usize>,
        count: usize,
        target: usize,
    ) -> Option<(Points, usize)> {
        if count == 1 {
            return (self.columns(run) <= self.columns).then_some((0, run.end));
        }
        let fits = |end: &usize| self.columns(&(run.start..*end)) <= self.columns;
        let priced = (run.start + 1..run.end).take_while(fits).filter_map(|end| {
            let (below, _) = self.first_line(&(end..run.end), count - 1, target)?;
            let off = unbalance(self.columns(&(run.start..end)), target);
            Some((self.seams[end].line + off + below, end))
        });
        priced.min()
    }
}

/// A point for each column that a line is away from its share; half as much again above it, so that the longer line
/// tends to be the lower one.
fn unbalance(columns: usize, target: usize) -> Points {
    let off = columns.abs_diff(target) as Points;
    if columns > target { off * 3 / 2 } else { off }
}
