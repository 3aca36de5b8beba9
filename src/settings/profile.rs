//! Profiles: named sets of settings, embedded in the program, or files of one's own.

use std::path::PathBuf;

use crate::settings::built_in::BUILT_IN;
use crate::settings::document::read_text;
use crate::settings::keys::closest;
use crate::settings::problem::{Origin, Problem};

/// The profiles that come with the program: name, text.
const EMBEDDED: [(&str, &str); 8] = [
    ("default", BUILT_IN),
    (
        "development",
        include_str!("../../profiles/development.toml"),
    ),
    (
        "high-performance",
        include_str!("../../profiles/high-performance.toml"),
    ),
    (
        "high-throughput",
        include_str!("../../profiles/high-throughput.toml"),
    ),
    (
        "high-traffic",
        include_str!("../../profiles/high-traffic.toml"),
    ),
    (
        "low-latency",
        include_str!("../../profiles/low-latency.toml"),
    ),
    (
        "memory-efficient",
        include_str!("../../profiles/memory-efficient.toml"),
    ),
    ("production", include_str!("../../profiles/production.toml")),
];

/// A profile that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileChoice {
    name: String,
    file: PathBuf,
    place: Origin,
}

/// A profile's text and where it stands.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) file: String,
    pub(super) text: String,
}

impl ProfileChoice {
    /// Returns the choice of a name, or of a file seen from the working folder.
    pub(crate) fn new(name: &str, place: Origin) -> Self {
        Self {
            name: name.to_owned(),
            file: PathBuf::from(name),
            place,
        }
    }

    /// Returns the same choice with its file seen from another folder.
    pub(crate) fn seen_from(mut self, folder: &std::path::Path) -> Self {
        self.file = folder.join(&self.name);
        self
    }
}

/// Returns the names of the profiles that come with the program.
pub fn profiles() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// Finds a profile: by name, or a file when the choice looks like one.
pub(super) fn find(choice: &ProfileChoice) -> Result<Profile, Problem> {
    if let Some((name, text)) = EMBEDDED.iter().find(|(name, _)| *name == choice.name) {
        return Ok(Profile {
            file: format!("profiles/{name}.toml"),
            text: (*text).to_owned(),
        });
    }
    if choice.name.ends_with(".toml") || choice.name.contains('/') {
        return Ok(Profile {
            file: choice.file.to_string_lossy().into_owned(),
            text: read_text(&choice.file, 1 << 20)?,
        });
    }
    let hint = match closest(&choice.name, profiles()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "there are {}; a file is named by its path",
            profiles().collect::<Vec<_>>().join(", ")
        ),
    };
    let message = format!("no profile is named `{}`", choice.name);
    Err(Problem::new(choice.place.clone(), message).hint(hint))
}
