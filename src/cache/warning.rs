//! Warnings of the cache to the user.

use std::fmt;
use std::path::PathBuf;

/// The cache does less than it should. The run goes on, with the same results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheWarning {
    /// Another process owns the index and does not answer: this one writes and reads records that are files of their own.
    Locked {
        /// The cache folder.
        dir: PathBuf,
    },
    /// The folder cannot be used at all: read-only, full, not a folder.
    Unusable {
        /// The cache folder.
        dir: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another version of the program wrote the folder: this one goes without.
    OtherSchema {
        /// The cache folder.
        dir: PathBuf,
        /// The schema found there.
        found: u32,
    },
    /// The index was damaged or not ours: it was set aside and rebuilt.
    Rebuilt {
        /// Where the old one is now.
        aside: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// What several machines share does not answer: it is left alone for a while, again and again.
    SharedAway {
        /// What was said, if anything.
        reason: String,
    },
    /// Something could not be written: nothing more is stored in this run.
    StoppedWriting {
        /// The cache folder.
        dir: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl fmt::Display for CacheWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { dir } => {
                let dir = dir.display();
                write!(
                    f,
                    "cache {dir}: the process that owns its index does not answer, this run uses the records that are files of their own"
                )
            }
            Self::Unusable { dir, reason } => {
                let dir = dir.display();
                write!(f, "cache {dir}: {reason}, this run goes without it")
            }
            Self::OtherSchema { dir, found } => {
                let (dir, known) = (dir.display(), super::schema::SCHEMA);
                write!(
                    f,
                    "cache {dir}: written in schema {found}, this program knows {known}; this run goes without it"
                )
            }
            Self::Rebuilt { aside, reason } => {
                let aside = aside.display();
                write!(f, "cache index: {reason}; set aside as {aside} and rebuilt")
            }
            Self::SharedAway { reason } => {
                write!(
                    f,
                    "shared cache: {reason}; it is left alone for 30 s at a time"
                )
            }
            Self::StoppedWriting { dir, reason } => {
                let dir = dir.display();
                write!(
                    f,
                    "cache {dir}: {reason}, nothing more is stored in this run"
                )
            }
        }
    }
}
