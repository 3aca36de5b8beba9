//! Panics of the code around a model, as failures of the requests at hand.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::inference::{self, Failure};
use crate::pipeline::outcome::panic_text;

/// Does what may panic; a panic costs the requests at hand, not the run.
pub(super) fn caught<T, E: Failure>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic_text(&*panic);
        Err(inference::Error::Panicked(text).into())
    })
}
