//! The layout of folder and records.

/// Its number: a folder or record of another one is not read.
pub(super) const SCHEMA: u16 = 1;
