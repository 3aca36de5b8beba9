//! Which job runs next, and which moment belongs to which job.

pub(crate) mod dedup;
pub(crate) mod handout;
pub(crate) mod queue;
