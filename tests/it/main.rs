//! The integration tests: one binary.

mod architecture;
mod cache;
mod media;
