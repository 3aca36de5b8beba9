//! Clips of one job, from choice to published files.

mod begin;
pub(crate) mod clips;
mod covers;
mod encoder_bytes;
mod entry;
mod floor;
mod kept;
pub(crate) mod request;
mod settings;
mod stale;
pub(crate) mod story;
pub(crate) mod worker;
