//! Saliency: where viewers look in a picture without faces or persons.
//!
//! It is slow, so [`places`] says at which few times it is worth its while; [`SaliencyModel`] gives a [`Map`] of each
//! picture, which knows the part that matters.

mod map;
mod model;
mod places;

pub use map::{GRID, Map};
pub use model::SaliencyModel;
pub use places::{PlaceRules, ShownSubject, places};
