//! Faces: detection, tracks through a shot, and the speaker.
//!
//! [`FaceModel`] finds the faces of single pictures, and [`SparseSearch`] chooses which of a video's pictures it is shown;
//! [`track`] joins the faces of one shot into tracks and [`speaker`] guesses whose mouth is heard, all pure. [`FaceMeshModel`] tells whether eyes are open.

mod decode;
mod detection;
mod mesh;
mod model;
mod sparse;
mod speaker;
mod track;

pub use decode::DetectRules;
pub use detection::{Detection, Landmarks};
pub use mesh::{EyeGap, FaceMeshModel, upright_face};
pub use model::{FaceModel, FaceSearch, FaceTensor};
pub use sparse::{SparseRules, SparseSearch};
pub use speaker::{SpeakerRules, Turn, speaker};
pub use track::{PictureFaces, SampledFaces, Track, TrackRules, TrackSample, track};
