//! Which segments of a video become clips. Pure: what is known of a video in, ranked choices out.
//!
//! ```text
//! Material -> candidates -> signals -> normal -> weights -> score -> select -> explain -> Choice
//! ```
//! [`choose`] walks that path; [`dedup`] tells moments of many videos apart and chooses among them; [`tune`] fits the weights to what people kept.

mod bursts;
mod candidates;
pub mod captions;
mod choose;
mod cover;
pub mod dedup;
mod explain;
pub mod judge;
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
pub use cover::{CoverFace, CoverPicture, CoverSight, cover};
pub use dedup::{Fingerprint, same_moment};
pub use explain::Verdict;
pub use material::{ClipLimits, FacesAt, Material, Taken, Talk, Wishes};
pub use weights::{Contribution, UnknownSignal, Weights};
pub use words::word_lists;
