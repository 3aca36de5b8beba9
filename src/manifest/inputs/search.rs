//! Rules of a search for inputs.

use super::output::OutputFolder;

/// How inputs are searched.
#[derive(Debug, Clone, Copy)]
pub(in crate::manifest) struct InputSearch<'a> {
    /// Where the results go: folders and patterns take nothing from there.
    pub(in crate::manifest) output: &'a OutputFolder,
    /// Whether the folders inside a folder are searched, too.
    pub(in crate::manifest) recursive: bool,
}
