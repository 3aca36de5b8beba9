//! Analyses of a video; each one is pure before and after its model.

pub mod embed;
mod embedding;
pub mod faces;
mod input_size;
pub mod look;
pub mod persons;
pub mod picture_text;
mod planes;
mod region;
pub mod saliency;
pub mod shots;
pub mod signature;
pub mod sound;
pub mod speech;
pub mod text;
pub mod thought;
mod tracking;
pub mod transcript;

pub use embedding::Embedding;
pub use region::{Point, Region};
