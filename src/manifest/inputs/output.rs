//! The run's own output folder: what lies there is no new video.

use std::path::{Path, PathBuf};

/// The folder that results go to, as searches see it.
#[derive(Debug)]
pub(in crate::manifest) struct OutputFolder {
    shown: PathBuf,
    path: PathBuf,
    /// Whether the manifest lies in it: then videos of people do, too.
    holds_manifest: bool,
}

impl OutputFolder {
    /// Returns the output folder of a run whose manifest, or whose user, is in `base`.
    pub(in crate::manifest) fn new(output: &Path, base: &Path) -> Self {
        let path = resolved(output);
        Self {
            shown: output.to_owned(),
            holds_manifest: resolved(base).starts_with(&path),
            path,
        }
    }

    /// Returns it as it was named.
    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    /// Tells whether this is the folder.
    pub(super) fn is(&self, folder: &Path) -> bool {
        resolved(folder) == self.path
    }

    /// Removes the files that a search passes over and returns how many they are; the files are sorted by name.
    ///
    /// `searched` is the folder that was named, where one was. Where that or the manifest's folder is the output folder
    /// itself, only the clips of earlier runs are passed over.
    pub(super) fn leave_out(&self, files: &mut Vec<PathBuf>, searched: Option<&Path>) -> usize {
        let is_shared = self.holds_manifest || searched.is_some_and(|folder| self.is(folder));
        let passes_over = |folder: &Path| {
            let folder = resolved(folder);
            folder.starts_with(&self.path) && (!is_shared || holds_clips(&folder))
        };
        let found = files.len();
        let mut last: Option<(PathBuf, bool)> = None;
        files.retain(|file| {
            let folder = file.parent().unwrap_or(Path::new(""));
            match &last {
                Some((seen, passed)) if seen == folder => !passed,
                _ => {
                    let passed = passes_over(folder);
                    last = Some((folder.to_owned(), passed));
                    !passed
                }
            }
        });
        found - files.len()
    }
}

/// Tells whether a folder is the `clips` of a job.
fn holds_clips(folder: &Path) -> bool {
    folder.ends_with("clips") && folder.with_file_name("analysis.json").is_file()
}

/// Returns the path without links as far as it exists, the rest of it by its names alone.
pub(in crate::manifest) fn resolved(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() {
        Path::new(".") // the working folder
    } else {
        path
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|part| {
        let real = part.canonicalize().ok()?;
        Some((part, real))
    });
    let Some((there, mut real)) = there else {
        return path;
    };
    for name in path.strip_prefix(there).unwrap_or(&path).components() {
        match name {
            std::path::Component::ParentDir => drop(real.pop()),
            name => real.push(name),
        }
    }
    real
}
