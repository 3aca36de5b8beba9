//! Catalog of installed models, `models.toml` in the model folder, with the size and digest each file must have.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The models of a folder.
#[derive(Debug, Clone)]
pub struct Catalog {
    folder: PathBuf,
    models: Vec<InstalledModel>,
}

/// An installed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstalledModel {
    /// `transnetv2`.
    pub name: String,
    /// What it is for: `shots`.
    pub role: String,
    /// `f32`, `int8`, …
    pub variant: String,
    /// The file; verified only by [`InstalledModel::verify`].
    pub path: PathBuf,
    /// Digest of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Licence of the weights.
    pub licence: String,
    /// The package the weights came from.
    pub source: String,
    #[serde(skip)]
    folder: PathBuf,
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is installed.
    #[error("no models in {0}: run scripts/setup, or set OPUSCLIP_MODEL_DIR")]
    NotInstalled(PathBuf),
    /// Models are installed, but none for this.
    #[error("no model for {role} in {folder}: run scripts/setup")]
    NoModel {
        /// What it would be for.
        role: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The list cannot be understood.
    #[error("{file}:{line}: {message}")]
    Malformed {
        /// `models.toml`.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// The list is of another version of the program.
    #[error("{file}: schema {found}, where this version reads {SCHEMA}: run scripts/setup")]
    Schema {
        /// `models.toml`.
        file: PathBuf,
        /// Its schema.
        found: u32,
    },
    /// A model's file lies elsewhere.
    #[error("{0} is outside the model folder")]
    Outside(PathBuf),
    /// A model's file is not there.
    #[error("{0} is missing: run scripts/setup")]
    Missing(PathBuf),
    /// A model's file is not what the list says.
    #[error("{path}: {found} where {expected} belongs: run scripts/setup")]
    Differs {
        /// The file.
        path: PathBuf,
        /// What the list says.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The file system said no.
    #[error("{path}: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// In the words of the operating system.
        why: String,
    },
}

const SCHEMA: u32 = 1;

/// `models.toml` as it is written.
#[derive(Deserialize)]
struct List {
    schema: u32,
    #[serde(default)]
    model: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    role: String,
    variant: String,
    file: PathBuf,
    sha256: String,
    bytes: u64,
    licence: String,
    source: String,
}

impl Catalog {
    /// Reads the list of a model folder; the models themselves are not touched.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let file = folder.join("models.toml");
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotInstalled(folder.to_owned()));
            }
            Err(error) => return Err(unreadable(&file, &error)),
        };
        let list: List = toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            Error::Malformed {
                file: file.clone(),
                line: text[..start].matches('\n').count() + 1,
                message: error.message().to_owned(),
            }
        })?;
        if list.schema != SCHEMA {
            let found = list.schema;
            return Err(Error::Schema { file, found });
        }
        let models = list.model.into_iter().map(|listed| model(folder, listed));
        Ok(Self {
            folder: folder.to_owned(),
            models: models.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the first model listed for `role`.
    pub fn find(&self, role: &str) -> Result<&InstalledModel, Error> {
        let found = self.models.iter().find(|model| model.role == role);
        found.ok_or_else(|| Error::NoModel {
            role: role.to_owned(),
            folder: self.folder.clone(),
        })
    }

    /// Returns the file of the model `name` with this role and variant.
    ///
    /// # Errors
    /// [`Error::NoModel`] when it is not installed.
    pub fn named(&self, name: &str, role: &str, variant: &str) -> Result<&InstalledModel, Error> {
        let wanted = |model: &&InstalledModel| {
            model.name == name && model.role == role && model.variant == variant
        };
        self.models
            .iter()
            .find(wanted)
            .ok_or_else(|| Error::NoModel {
                role: format!("{role} ({name} {variant})"),
                folder: self.folder.clone(),
            })
    }

    /// Returns all models in the order of the list.
    pub fn models(&self) -> &[InstalledModel] {
        &self.models
    }
}

impl InstalledModel {
    /// Reads the file and makes sure that it is the one listed, and that it lies in the model folder.
    pub fn verify(&self) -> Result<(), Error> {
        let real = |path: &Path| match path.canonicalize() {
            Ok(real) => Ok(real),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::Missing(path.to_owned()))
            }
            Err(error) => Err(unreadable(path, &error)),
        };
        let path = real(&self.path)?;
        if !path.starts_with(real(&self.folder)?) {
            return Err(Error::Outside(self.path.clone()));
        }
        let mut file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let found = file.metadata().map_err(|error| unreadable(&path, &error))?;
        self.compare(
            format!("{} bytes", self.bytes),
            format!("{} bytes", found.len()),
        )?;
        let found = sha256(&mut file).map_err(|error| unreadable(&path, &error))?;
        self.compare(format!("sha256 {}", self.sha256), format!("sha256 {found}"))
    }

    fn compare(&self, expected: String, found: String) -> Result<(), Error> {
        if expected == found {
            return Ok(());
        }
        Err(Error::Differs {
            path: self.path.clone(),
            expected,
            found,
        })
    }
}

fn sha256(file: &mut File) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block)? {
            0 => break,
            length => digest.update(&block[..length]),
        }
    }
    Ok(base16ct::lower::encode_string(&digest.finalize()))
}

fn model(folder: &Path, listed: Listed) -> Result<InstalledModel, Error> {
    let inside = listed
        .file
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !inside || listed.file.as_os_str().is_empty() {
        return Err(Error::Outside(listed.file));
    }
    Ok(InstalledModel {
        name: listed.name,
        role: listed.role,
        variant: listed.variant,
        path: folder.join(listed.file),
        sha256: listed.sha256.to_ascii_lowercase(),
        bytes: listed.bytes,
        licence: listed.licence,
        source: listed.source,
        folder: folder.to_owned(),
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    /// Makes a model folder whose only model is the file `abc`, listed as `file` with this digest and size.
    fn folder(file: &str, sha256: &str, bytes: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("abc"), "abc").unwrap();
        let list = format!(
            "schema = 1\n[[model]]\nname = 'n'\nrole = 'shots'\nvariant = 'f32'\nfile = '{file}'\nsha256 = '{sha256}'\nbytes = {bytes}\nlicence = 'MIT'\nsource = 's==1'\n"
        );
        std::fs::write(folder.path().join("models.toml"), list).unwrap();
        folder
    }

    fn verify(folder: &tempfile::TempDir) -> Result<(), Error> {
        Catalog::load(folder.path())?.find("shots")?.verify()
    }

    #[test]
    fn a_model_that_is_what_the_list_says_is_right() {
        verify(&folder("abc", ABC, 3)).unwrap();
        verify(&folder("abc", &ABC.to_uppercase(), 3)).unwrap();
    }

    #[test]
    fn another_size_or_digest_is_told() {
        let size = verify(&folder("abc", ABC, 4)).unwrap_err();
        assert!(size.to_string().contains("3 bytes where 4 bytes belongs"));
        let digest = verify(&folder("abc", "00", 3)).unwrap_err();
        assert!(digest.to_string().contains("where sha256 00 belongs"));
    }

    #[test]
    fn a_model_outside_its_folder_is_refused() {
        for file in ["../abc", "/etc/passwd", "", "."] {
            assert!(
                matches!(verify(&folder(file, ABC, 3)), Err(Error::Outside(_))),
                "{file}"
            );
        }
        let here = folder("link", ABC, 3);
        let other = folder("abc", ABC, 3);
        std::os::unix::fs::symlink(other.path().join("abc"), here.path().join("link")).unwrap();
        assert!(matches!(verify(&here), Err(Error::Outside(_))));
    }

    #[test]
    fn what_is_missing_says_where_and_what_to_run() {
        let nothing = Catalog::load(Path::new("/no/such/folder")).unwrap_err();
        assert!(
            nothing
                .to_string()
                .contains("/no/such/folder: run scripts/setup")
        );
        let here = folder("gone", ABC, 3);
        assert!(matches!(verify(&here), Err(Error::Missing(_))));
        let catalog = Catalog::load(here.path()).unwrap();
        let message = catalog.find("faces").unwrap_err().to_string();
        assert!(message.starts_with("no model for faces in "));
    }

    #[test]
    fn a_list_that_is_not_understood_tells_its_line() {
        let here = folder("abc", ABC, 3);
        let list = here.path().join("models.toml");
        std::fs::write(&list, "schema = 1\nmodel = 5").unwrap();
        let message = Catalog::load(here.path()).unwrap_err().to_string();
        assert!(message.contains("models.toml:2: "), "{message}");
        std::fs::write(&list, "schema = 2").unwrap();
        let schema = Catalog::load(here.path()).unwrap_err();
        assert!(matches!(schema, Error::Schema { found: 2, .. }));
    }
}
