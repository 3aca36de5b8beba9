//! Rules of a search for inputs.

use super::output::OutputFolder;
use crate::settings::JobSettings;

/// How inputs are searched.
#[derive(Debug, Clone, Copy)]
pub(in crate::manifest) struct InputSearch<'a> {
    /// Where the results go: folders and patterns take nothing from there.
    pub(in crate::manifest) output: &'a OutputFolder,
    /// What a folder means.
    pub(in crate::manifest) folders: FolderRules,
}

/// What a folder means.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::manifest) struct FolderRules {
    /// Whether the folders inside a folder are searched, too.
    pub(in crate::manifest) recursive: bool,
    /// Whether files that hold sound alone are taken.
    pub(in crate::manifest) sound: bool,
    /// Whether there may be nothing in it yet.
    pub(in crate::manifest) may_be_empty: bool,
}

impl FolderRules {
    /// Returns what a job's settings say.
    pub(in crate::manifest) fn of(settings: &JobSettings) -> Self {
        Self {
            recursive: settings.recursive,
            sound: settings.shows_sound(),
            may_be_empty: false,
        }
    }

    /// Returns the same rules for folders that may be empty yet, or may not.
    pub(in crate::manifest) fn or_empty(self, may_be_empty: bool) -> Self {
        Self {
            may_be_empty,
            ..self
        }
    }
}
