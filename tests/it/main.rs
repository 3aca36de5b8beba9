//! The integration tests: one binary.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect should stop there"
)]

mod architecture;
mod cache;
mod cli;
mod manifest;
mod media;
mod place;
mod process;
mod report;
mod settings;
