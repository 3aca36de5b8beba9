//! Which stretches of a video become clips. Pure: what is known of a video in, ranked choices out.
//!
//! ```text
//! Material -> candidates -> signals -> normal -> weights -> score -> select -> explain -> Choice
//! ```
//! [`choose`] walks that path; [`archive`] chooses among the choices of many videos; [`tune`] fits the weights to what people kept.

pub mod archive;
mod bursts;
mod candidates;
pub mod captions;
mod choose;
mod cover;
mod explain;
mod fingerprint;
mod material;
mod moments;
mod normal;
mod random;
pub mod reframe;
mod said;
mod score;
mod select;
pub mod signals;
pub mod title;
pub mod tune;
mod weights;
mod words;

pub use candidates::{CandidateSpan, find_spans};
pub use choose::{Choice, Scored, choose};
pub use cover::cover;
pub use explain::Verdict;
pub use fingerprint::{Fingerprint, same_moment};
pub use material::{ClipLimits, FacesAt, Material, Taken, Talk, Wishes};
pub use weights::{Contribution, UnknownSignal, Weights};
pub use words::word_lists;
