//! Clips of one job, from choice to published files.

mod begin;
pub(crate) mod clips;
mod covers;
mod kept;
pub(crate) mod request;
mod stale;
pub(crate) mod worker;
