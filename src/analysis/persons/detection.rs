//! A person as the model finds one in a single picture.

use serde::{Deserialize, Serialize};

use crate::analysis::Region;
use crate::analysis::tracking::Tracked;

/// One person in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PersonDetection {
    /// All that is seen of the person; never outside the picture.
    pub region: Region,
    /// The head with its hair, from which side ever it is seen; never outside the picture.
    pub head: Region,
    /// How sure the model is, 0..1.
    pub score: f32,
}

impl Tracked for PersonDetection {
    fn region(&self) -> Region {
        self.region
    }

    fn score(&self) -> f32 {
        self.score
    }
}
