//! Tracking rules: which faces of consecutive samples count as the same.

use std::time::Duration;

use serde::Serialize;

use crate::analysis::tracking::Reach;

/// Thresholds of a face track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrackRules {
    /// How far a face moves and grows from one sample to the next.
    pub reach: Reach,
    /// A face missed for no longer than this is the same when it is found again.
    pub max_gap: Duration,
    /// A face found less often is dropped, unless its shot has fewer samples and it is in all of them.
    pub min_found: usize,
    /// A face whose best score stays below this is dropped, 0..1.
    pub sure: f32,
    /// A region is evened out over the samples this much earlier and later.
    pub smoothing: Duration,
}

impl Default for TrackRules {
    fn default() -> Self {
        Self {
            reach: Reach {
                moved: 0.8,
                grown: 2.0,
            },
            max_gap: Duration::from_secs(1),
            min_found: 3,
            sure: 0.5,
            smoothing: Duration::from_millis(600),
        }
    }
}
