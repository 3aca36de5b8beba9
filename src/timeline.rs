//! Facts about a video in time: exact times, ranges, shots, words, and the stages of its way to clips. Pure.

mod rate;
mod shot;
mod stage;
mod time;
mod timecode;
mod transcript;

pub use rate::FrameRate;
pub use shot::{Shot, Transition};
pub use stage::Stage;
pub use time::{TimeRange, Timestamp};
pub use timecode::{Counting, StartTimecode, Timecode};
pub use transcript::{Paragraph, Segment, Sentence, Transcript, Word, ends_sentence, spoken};
