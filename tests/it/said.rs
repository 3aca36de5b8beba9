//! What is said in a file, from the file to captions: the whole program at work.
//!
//! Recordings come from beside the project, speech also from the demonstration's films; what is missing is told.

mod framed;
pub(crate) mod recordings;
mod runs;
pub(crate) mod score;
pub(crate) mod studio;
