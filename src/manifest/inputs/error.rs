//! Why an input means no file.

use super::passed_over::PassedOver;

/// Why an input means no file.
#[derive(Debug, thiserror::Error)]
pub(in crate::manifest) enum Error {
    #[error("no such file")]
    Missing,
    #[error("neither a file nor a folder")]
    Special,
    #[error("the folder holds no video")]
    EmptyFolder(PassedOver),
    #[error("it means only files of the output folder")]
    OnlyOutput(usize),
    #[error("the pattern matches no file")]
    NoMatch,
    #[error("not a pattern: {0}")]
    Pattern(String),
    #[error("{0}")]
    Unreadable(String), // text, because the name is told beside it
}
