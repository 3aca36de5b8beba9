//! Cues: text on screen for a time, and what it may be.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::timeline::{TimeRange, Timestamp, Word, spoken};

/// What a cue may be. Columns are characters, wide ones (Chinese, Japanese, Korean, emoji) counted twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CueRules {
    /// The most lines of a cue; zero counts as one, more than three as three.
    pub lines: usize,
    /// The most columns of a line; less than two counts as two, so that any character fits, more than 200 as 200.
    pub columns: usize,
    /// The widest word in columns that stays whole, alone on its line and drawn smaller; never less than a line.
    pub longest_word: usize,
    /// The most words of a cue, where words are written with spaces between.
    pub words: usize,
    /// Whether whole sentences may share a cue where one of them would be too short for a cue.
    pub shares_sentences: bool,
    /// The most columns a second that a viewer is asked to read, spaces counted.
    pub columns_per_second: f64,
    /// The shortest time on screen.
    pub min: Duration,
    /// The longest time on screen.
    pub max: Duration,
    /// The shortest gap between two cues.
    pub gap: Duration,
    /// Gaps shorter than this are closed down to `gap`: a picture without text for a few frames flickers.
    pub bridge: Duration,
    /// How much earlier than its first word a cue may come, in a pause, to be read in time.
    pub lead: Duration,
    /// How much later than its first word a cue may come, so that the one before it can be read.
    pub lag: Duration,
}

impl CueRules {
    /// Returns the usual rules of subtitles for a video whose frames last `frame`: two lines of 42 columns, whole phrases.
    pub fn subtitle(frame: Duration) -> Self {
        Self {
            lines: 2,
            columns: 42,
            longest_word: 42,
            words: usize::MAX,
            shares_sentences: true,
            columns_per_second: 17.0,
            min: Duration::from_millis(800),
            max: Duration::from_secs(7),
            gap: frame.saturating_mul(2),
            bridge: Duration::from_millis(300),
            lead: Duration::from_millis(200),
            lag: Duration::ZERO,
        }
    }

    /// Returns the rules of captions for a phone: a few large words at a time, one cue after the other.
    pub fn punch() -> Self {
        Self {
            lines: 2,
            columns: 16,
            longest_word: 24,
            words: 4,
            shares_sentences: false,
            columns_per_second: 20.0,
            min: Duration::from_millis(400),
            max: Duration::from_secs(4),
            gap: Duration::ZERO,
            bridge: Duration::from_millis(500),
            lead: Duration::from_millis(300),
            lag: Duration::from_millis(120),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.columns.clamp(2, 200)
    }

    /// Returns the columns beyond which a word is cut up.
    pub(super) fn word_width(&self) -> usize {
        self.longest_word.clamp(self.width(), 200)
    }
}

impl Default for CueRules {
    /// The rules of subtitles at 25 frames a second.
    fn default() -> Self {
        Self::subtitle(Duration::from_millis(40))
    }
}

/// Text on screen for a time. Its lines are never empty, and their text holds no line break or control character.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    pub(super) range: TimeRange,
    pub(super) lines: Vec<CueLine>,
}

/// One line of a cue: at least one word.
#[derive(Debug, Clone, PartialEq)]
pub struct CueLine {
    pub(super) words: Vec<Word>,
}

impl Cue {
    /// When it is on screen.
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// Returns it cut to what is shown of it in `shown`; none where that is nothing.
    pub fn within(self, shown: TimeRange) -> Option<Self> {
        let (start, end) = (self.range.start(), self.range.end());
        let range = TimeRange::new(start.max(shown.start()), end.min(shown.end()))?;
        Some(Self { range, ..self })
    }

    /// Returns it with all times counted from `origin`.
    pub fn counted_from(mut self, origin: Timestamp) -> Self {
        let moved = |range: TimeRange| {
            TimeRange::new(range.start() - origin, range.end() - origin).unwrap_or(range)
        };
        self.range = moved(self.range);
        for word in self.lines.iter_mut().flat_map(|line| &mut line.words) {
            word.range = moved(word.range);
        }
        self
    }

    /// Its lines, from the top; never empty.
    pub fn lines(&self) -> &[CueLine] {
        &self.lines
    }

    /// Returns its words in reading order; one too long for a line comes in parts.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.lines.iter().flat_map(|line| &line.words)
    }
}

impl CueLine {
    /// Its words, in logical order whatever way they are written; times may pass the cue's end when speech is too fast.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Returns its text.
    pub fn text(&self) -> String {
        spoken(&self.words)
    }
}

/// Gives the width of a text in columns, as it is drawn.
pub type TextWidth<'a> = &'a dyn Fn(&str) -> f64;

/// Returns the columns that `text` takes: no character more than two, whatever is stacked on it.
pub fn columns(text: &str) -> usize {
    text.graphemes(true).map(|g| g.width().min(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i64, to: i64) -> TimeRange {
        let at = |second| Timestamp::new(second, 1).unwrap();
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn cue(from: i64, to: i64) -> Cue {
        let word = Word {
            text: "word".into(),
            range: range(from, to),
            confidence: 1.0,
            space_before: true,
        };
        let lines = vec![CueLine { words: vec![word] }];
        let range = range(from, to);
        Cue { range, lines }
    }

    #[test]
    fn nothing_is_shown_before_the_first_picture_or_after_the_last() {
        let shown = |from, to| Some(cue(from, to).within(range(36_000, 36_010))?.range());
        assert_eq!(shown(36_001, 36_003), Some(range(36_001, 36_003)));
        assert_eq!(shown(35_999, 36_003), Some(range(36_000, 36_003)));
        assert_eq!(shown(36_008, 36_020), Some(range(36_008, 36_010)));
        assert_eq!(shown(36_010, 36_020), None);
        assert_eq!(shown(1, 2), None);
    }

    #[test]
    fn words_move_with_their_cue() {
        let moved = cue(36_001, 36_003).counted_from(range(36_000, 36_010).start());
        assert_eq!(moved, cue(1, 3));
    }
}
