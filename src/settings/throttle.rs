//! Bounds on what a run uses each second.

use serde::Deserialize;

use crate::settings::units::Bytes;

/// What all jobs together may use each second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ThrottleSettings {
    /// Bytes of video that are read; 0 for no bound.
    pub read_rate: Bytes,
}
