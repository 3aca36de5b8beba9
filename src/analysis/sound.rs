//! Sound classification by the CNN of inaSpeechSegmenter: speech, music, noise or silence.
//!
//! Sound goes into a [`SoundStream`] in blocks of any length; it turns them into mel bands and asks the [`SoundModel`]
//! what each 20 ms are, seen with 0.34 s on either side; [`find`] turns the answers into [`SoundSegment`]s. That last
//! step needs the mean energy of the whole file, so the [`SoundScores`] are kept: 36 MB for ten hours. Pictures of the
//! sound are not: a block of 5 s at most exists at once.

mod block;
mod detail;
mod energy;
mod find;
mod mel;
mod model;
mod scores;
mod segment;
mod stream;
mod viterbi;

pub use block::SoundBlock;
pub use detail::Detail;
pub use energy::{Energy, EnergyStream};
pub use find::find;
pub use model::SoundModel;
pub use scores::{Classes, ROW_SAMPLES, SoundScores};
pub use segment::{SoundLabel, SoundSegment};
pub use stream::SoundStream;
