//! Persons: who turns round, walks or is far away, whose face is not found.
//!
//! [`PersonModel`] finds the persons of single pictures, [`PersonSampling`] says which pictures it is shown, and
//! [`follow_persons`] joins what it finds in one shot into tracks; the latter two are pure.

mod decode;
mod detection;
mod follow;
mod head;
mod model;
mod sampling;
mod unseen;

pub use decode::PersonRules;
pub use detection::PersonDetection;
pub use follow::{PersonTrack, PersonTrackRules, follow_persons};
pub use model::{PersonModel, PersonTensor};
pub use sampling::{PersonLook, PersonSampling, PersonSamplingRules, SURE_FACE};
pub use unseen::without_faces;
