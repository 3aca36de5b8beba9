//! The integration tests: one binary.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets what it did not expect stops there, and one that is skipped says so"
)]

mod architecture;
mod cache;
mod captions;
mod cli;
mod delivered;
mod embed;
mod exports;
mod faces;
mod hearing;
mod history;
mod look;
mod manifest;
mod media;
mod moments;
mod outside;
mod page;
mod place;
mod planted;
mod process;
mod report;
mod said;
mod saliency;
mod seeing;
mod settings;
mod sound;
mod speech;
mod text;
mod transcript;
mod tune;
mod wishes;
