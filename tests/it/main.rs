//! The integration tests: one binary.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod cache;
