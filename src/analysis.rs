//! Questions asked of a video; each one pure before and after its model.

pub mod shots;
pub mod sound;
pub mod speech;
pub mod text;
pub mod transcript;
