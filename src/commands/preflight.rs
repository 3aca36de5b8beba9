//! What shows before a run that it will not go as asked: fonts and the output folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use crate::export;
use crate::manifest::Job;
use crate::media::Fonts;
use crate::settings::{Auto, Captions, Origin, Problem};

/// Returns a line for each font that a job burns captions in with and that is not installed.
pub(super) fn font_warnings(jobs: &[Job]) -> Vec<String> {
    let mut asked = BTreeSet::new();
    let burning = jobs
        .iter()
        .filter(|job| job.settings.captions == Captions::Burn);
    let named = burning.filter_map(|job| match &job.settings.caption_font {
        Auto::Auto => None,
        Auto::Set(font) => Some((&job.place, font)),
    });
    let first = named.filter(|(_, font)| asked.insert(*font));
    let fonts = Fonts::installed(None);
    let missing = first.filter(|(_, font)| fonts.digest(font).is_none());
    let lines = missing.map(|(place, font)| {
        format!(
            "{place}: caption-font {font:?} is not installed: captions will lie beside the clips, not in them"
        )
    });
    lines.collect()
}

/// Fails when results cannot be written to a folder, which need not be there yet; leaves nothing there.
///
/// # Errors
/// As the run would fail.
pub(super) fn check_output(folder: &Path) -> Result<(), export::Error> {
    export::try_folder(folder)
}

/// Returns the problem of a manifest whose output folder cannot be written.
pub(super) fn problem_of_output(manifest: &Path, error: &export::Error) -> Problem {
    let place = Origin::WholeFile(manifest.to_string_lossy().into());
    Problem::new(place, format!("output folder {error}"))
}

/// Held while a run writes into its output folder, by several runs at once.
#[derive(Debug)]
pub(super) struct OutputLock {
    _lock: Option<File>,
}

impl OutputLock {
    /// Removes what a killed run left half written in the folder, unless another run is writing there.
    pub(super) fn sweep(folder: &Path) -> Self {
        let lock = File::open(folder).ok();
        if lock.as_ref().is_some_and(|lock| lock.try_lock().is_ok()) {
            export::remove_drafts(folder);
        }
        Self {
            _lock: lock.filter(|lock| lock.try_lock_shared().is_ok()),
        }
    }
}
