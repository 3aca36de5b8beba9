//! Captions: words in, cues out, by the rules that caption editors keep.
//!
//! 1. Words become pieces that no line may split (`piece`, `split`), with disjoint times (`order`).
//! 2. Each seam between two pieces gets a price for ending a line or a cue there (`seam`).
//! 3. The cheapest way to cut the pieces into cues is found (`plan`), each cue laid out in balanced lines (`layout`).
//! 4. Cues get their times on screen (`timing`), and a place on the picture where they cover no face (`place`).
//!
//! What cannot keep every rule gives way from the end of this list: width and number of lines; no overlap, and gaps;
//! the longest time; the shortest time; words shown while they are spoken; reading speed; breaks where the speaker breaks.

pub(super) mod language;
mod layout;
mod order;
mod part;
mod piece;
mod place;
mod plan;
pub(super) mod script;
mod seam;
mod split;
mod timing;

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use self::layout::Layout;
pub(super) use self::part::{Part, parts};
use crate::timeline::{TimeRange, Timestamp, Transcript, Word, spoken};

pub use place::{Place, Room, places};

/// What a cue may be. Columns are characters, wide ones (Chinese, Japanese, Korean, emoji) counted twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CueRules {
    /// The most lines of a cue; zero counts as one, more than three as three.
    pub lines: usize,
    /// The most columns of a line; less than two counts as two, so that any character fits, more than 200 as 200.
    pub columns: usize,
    /// The most columns a second that a viewer is asked to read, spaces counted.
    pub columns_per_second: f64,
    /// The shortest time on screen.
    pub min: Duration,
    /// The longest time on screen.
    pub max: Duration,
    /// The shortest gap between two cues that are not contiguous: two frames.
    pub gap: Duration,
    /// Gaps shorter than this are closed: a picture without text for a few frames flickers.
    pub bridge: Duration,
}

impl CueRules {
    /// Returns the usual rules for a video whose frames last `frame`.
    pub fn for_frame(frame: Duration) -> Self {
        Self {
            lines: 2,
            columns: 42,
            columns_per_second: 17.0,
            min: Duration::from_millis(800),
            max: Duration::from_secs(7),
            gap: frame.saturating_mul(2),
            bridge: Duration::from_millis(300),
        }
    }

    fn width(&self) -> usize {
        self.columns.clamp(2, 200)
    }
}

impl Default for CueRules {
    /// The usual rules at 25 frames a second.
    fn default() -> Self {
        Self::for_frame(Duration::from_millis(40))
    }
}

/// Text on screen for a time. Its lines are never empty, and their text holds no line break or control character.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    range: TimeRange,
    lines: Vec<Line>,
}

/// One line of a cue: at least one word.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    words: Vec<Word>,
}

impl Cue {
    /// When it is on screen.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// Returns it gone by `end` at the latest; none where it would come then.
    pub fn until(self, end: Timestamp) -> Option<Self> {
        let range = TimeRange::new(self.range.start(), self.range.end().min(end))?;
        Some(Self { range, ..self })
    }

    /// Its lines, from the top; never empty.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Returns its words in reading order; one too long for a line comes in parts.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.lines.iter().flat_map(|line| &line.words)
    }
}

impl Line {
    /// Its words, in logical order whatever way they are written; times may pass the cue's end when speech is too fast.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Returns its text.
    pub fn text(&self) -> String {
        spoken(&self.words)
    }
}

/// Returns the cues of everything said, in order and without overlap.
///
/// Every word with something to show appears exactly once. Takes time in proportion to the words.
pub fn cues(transcript: &Transcript, rules: &CueRules) -> Vec<Cue> {
    let pieces = piece::pieces(transcript, rules);
    let seams = seam::seams(&pieces, &transcript.language);
    let layout = Layout::new(&pieces, &seams, rules);
    let cuts = plan::plan(&pieces, &seams, &layout, rules);
    let times = timing::timed(&pieces, &cuts, &layout, rules);
    let cues = cuts.into_iter().zip(times).map(|(cut, range)| {
        let lines = layout.lines(cut).into_iter();
        let lines = lines.map(|run| piece::line(&pieces[run])).collect();
        Cue { range, lines }
    });
    cues.collect()
}

/// Returns the columns that `text` takes: no character more than two, whatever is stacked on it.
pub fn columns(text: &str) -> usize {
    text.graphemes(true).map(|g| g.width().min(2)).sum()
}

#[cfg(test)]
mod tests;
