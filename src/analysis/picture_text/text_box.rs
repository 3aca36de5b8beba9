//! Text box: a line of text in a picture.

use serde::{Deserialize, Serialize};

use crate::analysis::Region;

/// A line of text in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TextBox {
    /// Where, in fractions of the upright picture.
    pub region: Region,
    /// How sure the model is, 0..1.
    pub score: f32,
}
