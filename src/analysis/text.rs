//! Sentence embeddings, and the paragraphs of a talk by topic.
//!
//! ```text
//! sentences -> tokens -> model -> Embedding -> paragraphs
//! ```

mod model;
mod paragraph;
mod tokens;

use std::path::PathBuf;

use crate::inference;

pub use model::{TextModel, TextModelFiles};
pub use paragraph::{ParagraphRules, paragraphs};

/// Error of the sentence embeddings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The vocabulary is not there or not the model's.
    #[error("vocabulary {path}: {why}")]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A text cannot be written in tokens.
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
