//! The integration tests: one binary.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect should stop there"
)]

mod cli;
mod manifest;
mod settings;
