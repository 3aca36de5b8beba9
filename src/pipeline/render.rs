//! Clips of one job, from choice to published files.

pub(crate) mod clips;
pub(crate) mod request;
pub(crate) mod worker;
