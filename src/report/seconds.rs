//! Durations in JSON: float seconds.

use std::time::Duration;

use serde::Serializer;

pub(super) fn serialize<S: Serializer>(length: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(length.as_secs_f64())
}
