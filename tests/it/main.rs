//! The integration tests: one binary.

mod captions;
