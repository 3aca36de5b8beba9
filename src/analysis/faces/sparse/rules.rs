//! Rules of the sparse search: when faces agree, and how long a picture may wait.

use std::time::Duration;

use serde::Serialize;

use crate::analysis::tracking::Reach;

/// When pictures between two searched ones are spared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SparseRules {
    /// The longest time from one search to the next.
    pub longest: Duration,
    /// The most pictures from one that is searched to the next.
    pub most: u32,
    /// Two successive pictures that differ by more than so many levels of 255 on average are both searched: a cut, mostly.
    pub change: u32,
    /// How far a face moves and grows at most from one search to the next.
    pub reach: Reach,
    /// A face that is less sure may be there once and not the next time, 0..1.
    pub sure: f32,
    /// Two faces or more that are at least this high, as a share of the picture's height, show which of them speaks: then the next
    /// search follows after `speakers` at the latest.
    pub legible: f32,
    /// See `legible`.
    pub speakers: Duration,
}

impl Default for SparseRules {
    fn default() -> Self {
        Self {
            longest: Duration::from_secs(1),
            most: 8,
            change: 20,
            reach: Reach {
                moved: 0.5,
                grown: 1.3,
            },
            sure: 0.5,
            legible: 0.08,
            speakers: Duration::from_millis(500),
        }
    }
}

impl SparseRules {
    /// Returns how many pictures that are `interval` apart wait at most between two that are searched.
    pub fn most_waiting(&self, interval: Duration) -> usize {
        let steps = self
            .longest_of(interval)
            .div_duration_f64(interval.max(Duration::from_millis(1)));
        steps.round().max(1.0) as usize - 1
    }

    /// Returns the longest time from one search to the next where pictures are `interval` apart.
    pub(super) fn longest_of(&self, interval: Duration) -> Duration {
        self.longest.min(interval * self.most)
    }
}
