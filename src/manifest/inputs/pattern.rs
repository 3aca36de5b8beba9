//! Path patterns: `*`, `?`, `[…]` and `{…}` inside a name, `**` for any number of folders.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::error::Error;
use super::folder::{FolderEntry, list};

/// One component of a path pattern.
enum PatternPart {
    /// A plain name.
    Name(String),
    /// `**`: any number of folders.
    Folders,
    /// A name with wildcards.
    Like(LikePart),
}

/// A component with wildcards. A file or folder that has just this name is itself, whatever brackets it holds.
struct LikePart {
    text: String,
    /// None where the text is no pattern: then it can only be a name.
    glob: Option<GlobMatcher>,
}

impl LikePart {
    /// Tells whether the name itself stands in `folder`; `*` and `?` alone always stand for other names.
    fn is_name_in(&self, folder: &Path) -> bool {
        self.text.contains(['[', '{']) && folder.join(&self.text).symlink_metadata().is_ok()
    }

    /// Hidden names are matched only by a pattern that begins with a point.
    fn matches(&self, entry: &FolderEntry) -> bool {
        (self.text.starts_with('.') || !entry.is_hidden())
            && self.glob.as_ref().is_some_and(|g| g.is_match(entry.name()))
    }
}

/// Tells whether a path may stand for others.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Returns the files that a pattern means, in no order; none where nothing matches.
///
/// # Errors
/// [`Error::Pattern`] when nothing is found and a part is no pattern, [`Error::Unreadable`] for a folder on the way.
pub(super) fn matches(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let mut parts: Vec<PatternPart> = Vec::new();
    let mut fault = None;
    for text in pattern.split('/').filter(|text| !text.is_empty()) {
        match part(text, &mut fault) {
            PatternPart::Folders if matches!(parts.last(), Some(PatternPart::Folders)) => {}
            part => parts.push(part),
        }
    }
    if matches!(parts.last(), Some(PatternPart::Folders)) {
        parts.push(part("*", &mut fault));
    }
    let start = if pattern.starts_with('/') { "/" } else { "" };
    let mut files = Vec::new();
    walk(Path::new(start), &parts, &mut files)?;
    match fault {
        Some(fault) if files.is_empty() => Err(fault),
        _ => Ok(files),
    }
}

/// Returns one component; one that is no pattern leaves its fault in `fault`.
fn part(text: &str, fault: &mut Option<Error>) -> PatternPart {
    if text == "**" {
        return PatternPart::Folders;
    }
    if !is_pattern(text) {
        return PatternPart::Name(text.to_owned());
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| *fault = Some(Error::Pattern(error.kind().to_string())));
    PatternPart::Like(LikePart {
        text: text.to_owned(),
        glob: glob.ok().map(|glob| glob.compile_matcher()),
    })
}

/// Adds the files below `folder` that the parts match. Links to folders are followed, but not by `**`, which might never end.
fn walk(folder: &Path, parts: &[PatternPart], files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let Some((part, rest)) = parts.split_first() else {
        return Ok(());
    };
    match part {
        PatternPart::Name(name) => step(folder.join(name), rest, files)?,
        PatternPart::Like(like) if like.is_name_in(folder) => {
            step(folder.join(&like.text), rest, files)?;
        }
        PatternPart::Folders => {
            walk(folder, rest, files)?;
            let below = list(folder)?.into_iter();
            for entry in below.filter(|entry| entry.is_own_folder() && !entry.is_hidden()) {
                walk(&entry.path, parts, files)?;
            }
        }
        PatternPart::Like(like) => {
            let entries = list(folder)?.into_iter();
            for entry in entries.filter(|entry| like.matches(entry)) {
                if !rest.is_empty() || entry.is_file() {
                    step(entry.path, rest, files)?;
                }
            }
        }
    }
    Ok(())
}

/// Takes a file where the pattern ends, and goes on in a folder where it does not.
fn step(path: PathBuf, rest: &[PatternPart], files: &mut Vec<PathBuf>) -> Result<(), Error> {
    if rest.is_empty() {
        if path.is_file() {
            files.push(path);
        }
        Ok(())
    } else if path.is_dir() {
        walk(&path, rest, files)
    } else {
        Ok(())
    }
}
