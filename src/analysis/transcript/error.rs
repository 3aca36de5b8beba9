//! Errors of the transcription.

use std::path::PathBuf;

use crate::inference;

/// Error of the transcription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A vocabulary file is not there or not Whisper's.
    #[error("vocabulary {path}: {why}")]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The model does not know the language.
    #[error("language {0:?} is not one the model knows")]
    Language(String),
    /// Text and tokens do not match.
    #[error("text: {0}")]
    Text(String),
    /// The model could not be run.
    #[error(transparent)]
    Inference(#[from] inference::Error),
}

impl inference::Failure for Error {
    fn of_inference(&self) -> Option<&inference::Error> {
        match self {
            Self::Inference(error) => Some(error),
            _ => None,
        }
    }
}
