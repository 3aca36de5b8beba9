//! What speaks for a stretch of a video, one file for each kind of evidence.

pub mod text;
