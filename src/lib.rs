//! opusclip: long videos in; ranked short clips, the analysis behind them and a performance report out.
//!
//! The path of the data:
//! ```text
//! jobs.toml -> Job -> media::probe -> Key -?-> cache ----------------------------------------.
//!                                      | miss                                                 |
//!         one pass over the pictures: 48x27 of every frame; one over the sound: 16 kHz, mono   |
//!                                      v                                                      v
//!                     Sample+Permit -> Batch -> Session -> rows -> analysis -> shots, speech, words
//!    shots -> clips::candidates -> score -> select -> media::render -> media::verify -> export
//!    every step -> Event -> report
//! ```
//! Modules in reading order: each one uses only those below it. Under all of them lies the package `kernels`
//! (`src/kernels/`): the loops over samples and pixels, which are optimised in debug builds too.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)
)]

pub mod analysis;
pub mod cache;
pub mod cli;
pub mod clips;
pub mod clock;
pub mod commands;
pub mod export;
pub mod frame;
pub mod inference;
pub mod manifest;
pub mod media;
pub mod memory;
pub mod pipeline;
pub mod report;
pub mod settings;
pub mod timeline;
