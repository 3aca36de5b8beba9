//! Covers: which picture of a clip, and the picture of files that hold sound alone.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

/// What stands for none.
const NONE: &str = "none";

/// Choice of a clip's cover picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CoverSettings {
    /// Whether a model looks for open eyes.
    pub open_eyes: bool,
}

/// The cover of files that hold sound alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// There is none.
    None,
    /// A picture's file.
    Picture(PathBuf),
}

impl Cover {
    /// Returns the picture's file.
    pub fn picture(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::Picture(path) => Some(path),
        }
    }

    /// Returns the same cover with a relative path seen from a folder.
    pub(crate) fn seen_from(&self, folder: &Path) -> Self {
        match self {
            Self::None => Self::None,
            Self::Picture(path) => Self::Picture(folder.join(path)),
        }
    }
}

impl<'de> Deserialize<'de> for Cover {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.trim() {
            "" => Err(serde::de::Error::invalid_value(
                serde::de::Unexpected::Str(&text),
                &"the name of a picture, such as \"cover.jpg\", or \"none\"",
            )),
            NONE => Ok(Self::None),
            _ => Ok(Self::Picture(text.into())),
        }
    }
}
