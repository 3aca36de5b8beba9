//! Clips and analysis as files that other programs read.

pub mod captions;
