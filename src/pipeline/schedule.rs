//! Which job runs next, and which moment belongs to which job.

pub(crate) mod dedup;
pub(crate) mod queue;
