//! 3:2 pulldown: how film of 24 pictures a second is spread over the fields of 29.97.

use serde::{Deserialize, Serialize};

/// Pictures a second of film that is spread by 3:2 pulldown, as a fraction.
pub(super) const FILM_RATE: (i32, i32) = (24_000, 1_001);
/// Pictures a second of what it is spread over.
pub(super) const SPREAD_RATE: (i32, i32) = (30_000, 1_001);

/// Which of the two fields of a picture is shown first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldOrder {
    /// That of the even rows, counted from 0.
    TopFirst,
    /// That of the odd rows.
    BottomFirst,
}
