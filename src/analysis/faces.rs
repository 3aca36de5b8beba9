//! Faces: detection, tracks through a shot, and the speaker.
//!
//! [`FaceModel`] finds the faces of single pictures; [`track`] joins those of one shot into tracks and
//! [`speaker`] guesses whose mouth is heard, both pure.

mod decode;
mod detection;
mod model;
mod speaker;
mod track;

pub use decode::DetectRules;
pub use detection::{Detection, Landmarks};
pub use model::{FaceModel, FaceSearch, FaceTensor};
pub use speaker::{SpeakerRules, Turn, speaker};
pub use track::{SampledFaces, Track, TrackRules, TrackSample, track};
