//! A setting's value and the layer that gave it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use toml::Value;

use crate::settings::problem::Origin;

/// A place that settings come from; a later one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// `profiles/default.toml`.
    BuiltIn,
    /// `~/.config/opusclip/settings.toml`.
    UserFile,
    /// The profile.
    Profile,
    /// `[defaults]` of the manifest.
    ManifestDefaults,
    /// A `[[job]]` of the manifest.
    Job,
    /// An `OPUSCLIP_` variable.
    Environment,
    /// The command line.
    Flag,
}

/// A value and who gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingEntry {
    /// As it was written.
    pub value: Value,
    /// Which layer it stands in.
    pub layer: Layer,
    /// Where exactly.
    pub place: Origin,
}

/// Settings by their full names.
pub type Flat = BTreeMap<String, SettingEntry>;

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BuiltIn => "built in",
            Self::UserFile => "user file",
            Self::Profile => "profile",
            Self::ManifestDefaults => "manifest defaults",
            Self::Job => "job",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}
