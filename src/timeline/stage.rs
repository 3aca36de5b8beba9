//! The stages between a file and its clips.

use serde::{Deserialize, Serialize};

/// A step of the path from a file to its clips, in the order of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the header and the content's digest.
    Probe,
    /// Decoding the sound.
    Listen,
    /// The model that hears who speaks when.
    Speech,
    /// The model that tells speech, music and noise apart.
    Sound,
    /// The model that hears where a thought is over.
    EndOfThought,
    /// The model that writes down what is said.
    Transcript,
    /// The model that reads what was written.
    Text,
    /// Decoding every frame, and the small pictures.
    Decode,
    /// The shot model.
    Shots,
    /// The model that finds faces.
    Faces,
    /// The model that finds persons where no face is found.
    Persons,
    /// The model that tells how alike pictures are.
    Embed,
    /// The model that finds text in the picture.
    PictureText,
    /// Candidates, scores, choice.
    Select,
    /// The model that tells where one looks when no face is there.
    Saliency,
    /// The model that reads text in the picture.
    ReadText,
    /// The model that tells whether eyes are open.
    Eyes,
    /// Cutting and encoding clips.
    Render,
    /// Opening each clip again and judging it.
    Verify,
    /// Writing the result files.
    Export,
}

impl Stage {
    /// All of them in their order.
    pub const ALL: [Self; 20] = [
        Self::Probe,
        Self::Listen,
        Self::Speech,
        Self::Sound,
        Self::EndOfThought,
        Self::Transcript,
        Self::Text,
        Self::Decode,
        Self::Shots,
        Self::Faces,
        Self::Persons,
        Self::Embed,
        Self::PictureText,
        Self::Select,
        Self::Saliency,
        Self::ReadText,
        Self::Eyes,
        Self::Render,
        Self::Verify,
        Self::Export,
    ];

    /// Returns the word that files and people read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Listen => "listen",
            Self::Speech => "speech",
            Self::Sound => "sound",
            Self::EndOfThought => "end_of_thought",
            Self::Transcript => "transcript",
            Self::Text => "text",
            Self::Decode => "decode",
            Self::Shots => "shots",
            Self::Faces => "faces",
            Self::Persons => "persons",
            Self::Embed => "embed",
            Self::PictureText => "picture_text",
            Self::Select => "select",
            Self::Saliency => "saliency",
            Self::ReadText => "read_text",
            Self::Eyes => "eyes",
            Self::Render => "render",
            Self::Verify => "verify",
            Self::Export => "export",
        }
    }
}
