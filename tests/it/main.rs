//! The integration tests: one binary.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets what it did not expect stops there, and one that measures prints its figures"
)]

mod architecture;
mod bench;
mod cache;
mod captions;
mod cli;
mod delivered;
mod embed;
mod exports;
mod faces;
mod faults;
mod foreign_model;
mod full_disks;
mod hearing;
mod history;
mod inputs;
mod interrupts;
mod look;
mod manifest;
mod media;
mod metrics;
mod moments;
mod needs;
mod open_eyes;
mod outside;
mod page;
mod persons;
mod picture_text;
mod place;
mod process;
mod quality;
mod range;
mod readme;
mod refusals;
mod report;
mod retries;
mod said;
mod saliency;
mod seeing;
mod settings;
mod shots;
mod side_by_side;
mod sound;
mod sound_alone;
mod sparse_faces;
mod speech;
mod swapped_model;
mod text;
mod thought;
mod transcript;
mod troubles;
mod tune;
mod warm;
mod watch;
mod wishes;
