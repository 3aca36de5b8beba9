//! Facts about a video in time: exact times, ranges, shots, words. Pure.

mod rate;
mod shot;
mod time;
mod timecode;
mod transcript;

pub use rate::FrameRate;
pub use shot::{Shot, Transition};
pub use time::{TimeRange, Timestamp};
pub use timecode::{Counting, Timecode};
pub use transcript::{Paragraph, Segment, Sentence, Transcript, Word, ends_sentence, spoken};
