//! When somebody speaks, by Silero's voice activity detection.
//!
//! Sound goes into a [`SpeechStream`] in blocks of any length; it asks the [`SpeechModel`] for one score a frame of
//! [`FRAME`] samples; [`find`] turns the scores into ranges of samples. The scores of ten hours are 4.5 MB, all that is
//! kept. A stream can stop at its [`SpeechState`] and go on from there later.

mod find;
mod model;
mod range;
mod state;
mod stream;

pub use find::{Rules, find};
pub use model::SpeechModel;
pub use range::{SAMPLE_RATE, SampleRange};
pub use state::SpeechState;
pub use stream::{BLOCK, FRAME, SpeechStream};
