//! Files of clips of an earlier run, removed when the new list no longer names them.

use std::fs;
use std::path::Path;

use crate::export::{ClipRecord, Clips};

/// Returns the clip files that an earlier run listed.
pub(super) fn listed_before(folder: &Path) -> Vec<String> {
    let clips = fs::read(folder.join("clips.json")).ok();
    let clips = clips.and_then(|bytes| serde_json::from_slice::<Clips>(&bytes).ok());
    clips
        .into_iter()
        .flat_map(|clips| clips.clips)
        .flat_map(|clip| files_of(&clip))
        .collect()
}

/// Returns the names of all files of a clip.
pub(super) fn files_of(clip: &ClipRecord) -> Vec<String> {
    let files = clip.file.iter().chain(&clip.captions);
    let pictures = clip.thumbnail.iter().chain(&clip.contact_sheet);
    files
        .chain(pictures)
        .chain(&clip.evidence)
        .cloned()
        .collect()
}

/// Removes clips of an earlier run that the new list no longer names; only files this program made.
pub(super) fn remove_stale(folder: &Path, before: &[String], now: &[String]) {
    let ours = |file: &&String| file.starts_with("clips/") && !file.contains("..");
    for file in before
        .iter()
        .filter(|file| !now.contains(file))
        .filter(ours)
    {
        // One that is gone already is as good as removed.
        let _ = fs::remove_file(folder.join(file));
    }
}
