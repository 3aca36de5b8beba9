//! A job's own folder: there, ours while we write, swept of what a killed run left.

use std::fs::File;
use std::path::Path;

use crate::export;

/// Held while a job writes into its folder.
#[derive(Debug)]
pub(crate) struct JobFolder {
    _lock: Option<File>,
}

impl JobFolder {
    /// Creates the folder and its `clips`; removes half-written files unless another process is writing there.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub(crate) fn open(folder: &Path) -> Result<Self, export::Error> {
        let clips = folder.join("clips");
        export::create_folder(&clips)?;
        let lock = File::open(folder)
            .ok()
            .filter(|file| file.try_lock().is_ok());
        if lock.is_some() {
            [folder, &clips].into_iter().for_each(export::remove_drafts);
        }
        Ok(Self { _lock: lock })
    }
}
