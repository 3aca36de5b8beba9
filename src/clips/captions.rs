//! Captions: words in, cues out, by the rules that caption editors keep.
//!
//! 1. Words become pieces that no line may split (`pieces`, `split`), with disjoint times (`order`).
//! 2. Each seam between two pieces gets a price for ending a line or a cue there (`seam`).
//! 3. The cheapest way to cut the pieces into cues is found (`plan`), each cue laid out in balanced lines (`layout`).
//! 4. Cues get their times on screen (`timing`), and a place on the picture where they cover no face (`place`).
//!
//! What cannot keep every rule gives way from the end of this list: width and number of lines, and words; ends of sentences;
//! no overlap, and gaps; the longest time; the shortest time; words shown while they are spoken; reading speed; breaks where
//! the speaker breaks. What the recogniser is not sure of is left out of the picture (`doubt`). `lint` holds any captions
//! against the same rules.

mod cue;
mod doubt;
pub(super) mod language;
mod layout;
pub mod lint;
mod order;
mod part;
mod piece;
mod pieces;
mod place;
mod plan;
pub(super) mod script;
mod seam;
mod split;
mod timing;

use crate::timeline::{TimeRange, Transcript, Word};

/// Returns the language of what is said, where its words tell that it is another than the one it was taken for.
pub fn other_language(transcript: &Transcript) -> Option<&'static str> {
    let words: Vec<&str> = transcript.words().map(|word| word.text.as_str()).collect();
    language::other_language(&words, &transcript.language)
}

pub use language::other_language as language_of_words;
pub(super) use part::{TextPart, cuttable_parts};

pub use cue::{Cue, CueLine, CueRules, TextWidth, columns};
pub use doubt::{is_doubtful, lay_out_sure_cues, without_doubtful_words};
pub use place::{CuePlace, Room, Surroundings, places};

use self::layout::CueLayout;
use self::piece::TextPiece;

/// Returns the cues of everything said, in order and without overlap.
///
/// Every word with something to show appears exactly once. Takes time in proportion to the words.
pub fn lay_out_cues(transcript: &Transcript, rules: &CueRules) -> Vec<Cue> {
    lay_out_drawn_cues(transcript, rules, &|text| columns(text).max(1) as f64)
}

/// Returns the same for letters that differ in width: `drawn` gives a text's in columns.
pub fn lay_out_drawn_cues(
    transcript: &Transcript,
    rules: &CueRules,
    drawn: TextWidth<'_>,
) -> Vec<Cue> {
    let pieces = pieces::cut_pieces(transcript, rules, drawn);
    let seams = seam::price_seams(&pieces, &transcript.language);
    let layout = CueLayout::new(&pieces, &seams, rules, drawn);
    let cuts = plan::plan(&pieces, &seams, &layout, rules);
    let times = timing::timed(&pieces, &cuts, &layout, rules);
    let cues = cuts.into_iter().zip(times).map(|(cut, range)| {
        let lines = layout.lines(cut).into_iter();
        let lines = lines.map(|run| line(&pieces[run])).collect();
        Cue { range, lines }
    });
    cues.collect()
}

/// Returns the line made of `pieces`, those of one word put together again.
fn line(pieces: &[TextPiece]) -> CueLine {
    let words = pieces.chunk_by(|a, b| a.source == b.source && !b.word.space_before);
    let words = words.map(|parts| {
        let (first, last) = (&parts[0].word, &parts[parts.len() - 1].word);
        let range = TimeRange::new(first.range.start(), last.range.end());
        Word {
            text: parts.iter().map(|part| part.word.text.as_str()).collect(),
            range: range.unwrap_or(first.range),
            ..first.clone()
        }
    });
    CueLine {
        words: words.collect(),
    }
}

#[cfg(test)]
mod tests;
