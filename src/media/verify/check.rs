//! One thing that was measured, and its limit.

use serde::{Deserialize, Serialize};

/// One thing that was measured: it is well when `value` does not pass `limit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was measured.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// How far off it is.
    pub value: f64,
    /// How far off it may be.
    pub limit: f64,
}

/// Returns a measurement held against its limit.
pub(super) fn check(name: &str, value: f64, limit: f64) -> Check {
    // Nanoseconds of rounding are no fault.
    let ok = value <= limit + 1e-6;
    Check {
        name: name.to_owned(),
        ok,
        value,
        limit,
    }
}
