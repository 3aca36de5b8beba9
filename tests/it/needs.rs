//! What a test works with and may not find: models, recordings, a browser, programs, rights.
//!
//! A test that lacks something is skipped with one line on stderr, `skipped: TEST: no WHAT`, and one in the file that
//! `OPUSCLIP_SKIPS` names, for `scripts/test` to count. Where `OPUSCLIP_REQUIRE` lists the kind
//! (`OPUSCLIP_REQUIRE=models,shared,browser,reader`) it fails instead.

use std::env;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `OPUSCLIP_REQUIRE` can list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ONNX Runtime and the models that `scripts/setup` installs.
    Models,
    /// Models that it makes only on request.
    Variants,
    /// The folder `shared` beside the repository: recordings, films, outputs of the original models.
    Shared,
    /// Chromium.
    Browser,
    /// OpenTimelineIO.
    Reader,
    /// The right to mount a file system, and what else root may do.
    Mounts,
    /// strace, and the right to use it.
    Tracer,
    /// Prometheus' promtool.
    Prometheus,
}

/// What a test did not find.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    kind: Kind,
    what: String,
}

impl Missing {
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
        }
    }

    /// The same for a model that `scripts/setup` makes only on request.
    pub(crate) fn made_on_request(self) -> Self {
        Self {
            kind: Kind::Variants,
            ..self
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Models => "models",
            Self::Variants => "variants",
            Self::Shared => "shared",
            Self::Browser => "browser",
            Self::Reader => "reader",
            Self::Mounts => "mounts",
            Self::Tracer => "tracer",
            Self::Prometheus => "prometheus",
        })
    }
}

/// Gives what was found; without it, skips the test or fails it.
#[macro_export]
macro_rules! or_skip {
    ($found:expr) => {
        match $found {
            Ok(found) => found,
            Err(missing) => {
                fn here() {}
                $crate::needs::skip(std::any::type_name_of_val(&here), &missing);
                return;
            }
        }
    };
}

/// Tells that a test, or a part of one, is skipped; fails where the missing thing is required.
///
/// `here` is the path of an item inside of the test: `it::process::a_plan::here`.
pub(crate) fn skip(here: &str, missing: &Missing) {
    let test = here.trim_start_matches("it::").trim_end_matches("::here");
    let Missing { kind, what } = missing;
    let required = env::var("OPUSCLIP_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|name| name == kind.to_string()),
        "no {what}, and OPUSCLIP_REQUIRE names {kind}"
    );
    // Not `eprintln!`, which nobody sees of a test that passes.
    let _ = writeln!(io::stderr(), "skipped: {test}: no {what}");
    if let Some(path) = env::var_os("OPUSCLIP_SKIPS") {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let line = format!("{kind}\t{test}\t{what}\n");
        file.unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// Returns where the user's data lie.
fn data() -> Option<PathBuf> {
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local/share"));
    Some(named.or_else(home)?.join("opusclip"))
}

/// Returns the folder that `scripts/setup` fills with models.
pub(crate) fn models() -> Result<PathBuf, Missing> {
    let named = env::var_os("OPUSCLIP_MODEL_DIR").map(PathBuf::from);
    let folder = named.or_else(|| Some(data()?.join("models")));
    let filled = folder.filter(|folder| folder.join("models.toml").is_file());
    filled.ok_or_else(|| Missing::new(Kind::Models, "models; run scripts/setup"))
}

/// Returns a file of the folder `shared` beside the repository.
pub(crate) fn shared(name: &str) -> Result<PathBuf, Missing> {
    let path = shared_folder().join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(Missing::new(Kind::Shared, format!("shared/{name}")))
    }
}

/// Returns the files of a folder in `shared`, sorted.
pub(crate) fn shared_files(name: &str) -> Result<Vec<PathBuf>, Missing> {
    let entries = shared_folder().join(name).read_dir();
    let entries = entries.map_err(|_| Missing::new(Kind::Shared, format!("shared/{name}")))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Ok(files)
}

fn shared_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")
}

/// Returns the program that shows pages.
pub(crate) fn browser() -> Result<&'static str, Missing> {
    const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
    let found = NAMES.into_iter().find(|name| is_program(name));
    found.ok_or_else(|| Missing::new(Kind::Browser, NAMES.join(", ")))
}

fn is_program(name: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

/// Returns a Python that has OpenTimelineIO: the one set up for it, or the system's.
pub(crate) fn reader() -> Result<PathBuf, Missing> {
    const NEEDED: &str =
        "import opentimelineio, otio_cmx3600_adapter, otio_fcp_adapter, otio_fcpx_xml_adapter";
    let own = data().map(|data| data.join("reader/bin/python"));
    let has_it = |python: &PathBuf| {
        let found = Command::new(python).args(["-c", NEEDED]).output();
        found.is_ok_and(|output| output.status.success())
    };
    let found = own.into_iter().chain(["python3".into()]).find(has_it);
    found.ok_or_else(|| Missing::new(Kind::Reader, "OpenTimelineIO; scripts/test sets it up"))
}

/// Turns a refusal of the system into what is missing.
pub(crate) fn mounts<T, E: fmt::Display>(done: Result<T, E>) -> Result<T, Missing> {
    done.map_err(|error| Missing::new(Kind::Mounts, format!("right to mount: {error}")))
}
