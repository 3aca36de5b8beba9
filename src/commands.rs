//! One short file per command.

pub mod cache;
