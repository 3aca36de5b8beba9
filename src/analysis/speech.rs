//! Voice activity detection by Silero.
//!
//! Sound goes into a [`SpeechStream`] in blocks of any length; it asks the [`SpeechModel`] for one score a frame of
//! [`FRAME`] samples; [`find`] turns the scores of a whole sound into ranges of samples, and a [`Finder`] tells the same
//! ranges while the sound comes in. A stream can stop at its [`SpeechState`] and go on from there later.

mod find;
mod finder;
mod frame;
mod model;
mod range;
mod state;
mod stream;

pub use find::{SpeechRules, find};
pub use finder::{Finder, SpeechPiece, whole};
pub use frame::{BLOCK, FRAME};
pub use model::SpeechModel;
pub use range::{SAMPLE_RATE, SampleRange};
pub use state::SpeechState;
pub use stream::SpeechStream;
