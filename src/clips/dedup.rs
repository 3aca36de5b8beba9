//! De-duplication: the same moment found again in other videos of a batch.
//!
//! [`same_moment`] is the proof for one pair. [`MomentIndex`] says which pairs are worth it. [`archive`] chooses the best clips
//! of all videos together, each moment once.

pub mod archive;
mod fingerprint;
mod index;
mod postings;
mod side;
mod sketch;
mod spool;
pub(crate) mod synthetic;
mod words;

pub use fingerprint::{Fingerprint, same_moment};
pub use index::{MomentIndex, SameCandidates};
pub use sketch::VideoSketch;
