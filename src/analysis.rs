//! Questions asked of a video; each one pure before and after its model.

pub mod embed;
pub mod faces;
pub mod look;
mod planes;
mod region;
pub mod saliency;
pub mod shots;
pub mod sound;
pub mod speech;
pub mod text;
pub mod transcript;

pub use region::{Point, Region};
