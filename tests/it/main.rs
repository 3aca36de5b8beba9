//! The integration tests: one binary.

mod media;
