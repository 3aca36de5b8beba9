//! Pure facts about a video in time: exact times, ranges, shots, words.

mod shot;
mod time;
mod transcript;

pub use shot::{Shot, Transition};
pub use time::{TimeRange, Timestamp};
pub use transcript::{Paragraph, Segment, Sentence, Transcript, Word, ends_sentence, spoken};
