//! Films that were worked on once, for all the tests that ask something else of them: what a run leaves, copied into a
//! folder of the test's own. To analyse a film of twelve seconds takes ten seconds of processor time, to copy it none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use crate::needs::{Missing, models};
use crate::place::Place;
use crate::process::run;

/// The files under a folder, by their path in it.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files = Self::default();
        let mut left = vec![folder.to_owned()];
        while let Some(inside) = left.pop() {
            for entry in fs::read_dir(inside).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                } else {
                    let name = path.strip_prefix(folder).unwrap().to_owned();
                    files.0.insert(name, fs::read(path).unwrap());
                }
            }
        }
        files
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (name, bytes) in &self.0 {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    /// The same where editors' files, which alone tell where videos lie, tell it of another folder.
    fn moved(&self, from: &Path, to: &Path) -> Self {
        let mut files = self.clone();
        for (path, bytes) in &mut files.0 {
            let ending = path.extension().and_then(|ending| ending.to_str());
            if let Some("fcpxml" | "otio" | "xml") = ending {
                let text = String::from_utf8(std::mem::take(bytes)).unwrap();
                let [from, to] = [from, to].map(|path| path.to_str().unwrap());
                *bytes = text.replace(from, to).into_bytes();
            }
        }
        files
    }

    /// Those that do not lie in this folder.
    pub(crate) fn without(&self, folder: &str) -> Self {
        let mut files = self.clone();
        files.0.retain(|path, _| !path.starts_with(folder));
        files
    }

    pub(crate) fn names(&self) -> Vec<&Path> {
        self.0.keys().map(PathBuf::as_path).collect()
    }
}

/// A run that has ended, with all that it left in its folder: videos, manifest, cache, results, history.
pub(crate) struct Finished {
    pub(crate) files: Files,
    pub(crate) output: Output,
    /// Where it ran.
    place: PathBuf,
}

/// What is made once: by whom, and found by all others.
pub(crate) type Once = LazyLock<Result<Finished, Missing>>;

impl Finished {
    /// Runs the program once in a folder that was made ready.
    pub(crate) fn of(ready: impl FnOnce(&Place), args: &str) -> Result<Self, Missing> {
        let models = models()?;
        let place = Place::new();
        ready(&place);
        let output = run(&place, &models, args);
        let files = Files::read(place.path());
        let place = place.path().to_owned();
        Ok(Self {
            files,
            output,
            place,
        })
    }

    /// Returns a folder with the videos, the manifest and what the cache knows, without results.
    pub(crate) fn analysed(once: &Once) -> Result<(Place, PathBuf), Missing> {
        let finished = once.as_ref().map_err(Clone::clone)?;
        let files = finished.files.without("out").without(".local");
        unpacked(&files, &finished.place)
    }

    /// Returns a folder with all that the run left.
    pub(crate) fn ended(once: &Once) -> Result<(Place, PathBuf), Missing> {
        let finished = once.as_ref().map_err(Clone::clone)?;
        unpacked(&finished.files, &finished.place)
    }
}

fn unpacked(files: &Files, from: &Path) -> Result<(Place, PathBuf), Missing> {
    let place = Place::new();
    files.moved(from, place.path()).write(place.path());
    Ok((place, models()?))
}
