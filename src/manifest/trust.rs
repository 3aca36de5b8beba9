//! Trust: whether a manifest may name what lies outside its own folder.

use std::path::{Path, PathBuf};

use super::inputs::resolved;

/// Whose manifest it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Its user's: it may name any file.
    #[default]
    Trusted,
    /// Somebody else's: inputs, profile and output folder must lie in its own folder or in one of these, links followed.
    Untrusted {
        /// More folders that it may name things in.
        allowed: Vec<PathBuf>,
    },
}

/// A path leads to where an untrusted manifest may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it leads out of the manifest's folder")]
pub(super) struct Outside;

/// What to do about [`Outside`].
pub(super) const OUTSIDE_HINT: &str =
    "--untrusted keeps a manifest to its own folder; --allow DIR lets it name another";

/// The folders that a manifest may name things in; `None` is any.
#[derive(Debug)]
pub(super) struct Roots(Option<Vec<PathBuf>>);

impl Roots {
    /// Returns the roots of a manifest that lies in `folder`.
    pub(super) fn new(trust: &Trust, folder: &Path) -> Self {
        Self(match trust {
            Trust::Trusted => None,
            Trust::Untrusted { allowed } => {
                let own = std::iter::once(folder);
                let all = own.chain(allowed.iter().map(PathBuf::as_path));
                Some(all.map(resolved).collect())
            }
        })
    }

    /// Fails when a path, with its links followed as far as it exists, lies outside.
    pub(super) fn check(&self, path: &Path) -> Result<(), Outside> {
        let Some(roots) = &self.0 else { return Ok(()) };
        let path = resolved(path);
        let is_inside = roots.iter().any(|root| path.starts_with(root));
        is_inside.then_some(()).ok_or(Outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn an_untrusted_manifest_stays_in_its_folder_and_in_those_allowed() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for folder in ["own/in", "other"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        symlink("../other", at("own/link")).unwrap();
        let untrusted = |allowed| Roots::new(&Trust::Untrusted { allowed }, &at("own"));
        let check = |roots: &Roots, path: &str| roots.check(&at("own").join(path)).is_ok();
        let roots = untrusted(Vec::new());
        for path in ["a.mp4", "in/*.mp4", "in/../a.mp4", "no/such/../a.mp4"] {
            assert!(check(&roots, path), "{path}");
        }
        for path in [
            "../a.mp4",
            "/etc/passwd",
            "link/a.mp4",
            "in/../../a",
            "no/../../a",
            "*/../../a",
        ] {
            assert!(!check(&roots, path), "{path}");
        }
        assert!(check(&untrusted(vec![at("other")]), "link/a.mp4"));
        assert!(check(
            &Roots::new(&Trust::Trusted, &at("own")),
            "/etc/passwd"
        ));
    }
}
