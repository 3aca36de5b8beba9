//! The integration tests: one binary.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot go on says so and stops

mod architecture;
mod cache;
mod hearing;
mod media;
mod sound;
mod speech;
