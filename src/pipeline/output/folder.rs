//! A job's own folder: there, ours while we write, swept of what a killed run left.

use std::fs::{self, File};
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
            [folder, &clips].into_iter().for_each(sweep);
        }
        Ok(Self { _lock: lock })
    }
}

fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if export::is_draft(&name) {
            // If it will not go, it does no harm: nothing reads these names.
            let _ = fs::remove_file(entry.path());
        }
    }
}
