//! The integration tests: one binary.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets what it did not expect should stop there, and say when it is skipped"
)]

mod captions;
