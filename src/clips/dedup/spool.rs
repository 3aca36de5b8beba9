//! Spool file: fingerprints put away on disk, 10 to 20 kB each, and read again when they are needed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::fingerprint::Fingerprint;

/// So many stay in memory before the file is used.
const HELD: usize = 256;

/// A file without a name, made when it is first needed, and gone with the process.
#[derive(Debug)]
pub(super) struct Spool {
    folder: Option<PathBuf>,
    file: Option<Arc<File>>,
    end: u64,
    held: usize,
}

/// A fingerprint in memory, or where it is in the file.
#[derive(Debug, Clone)]
pub(super) enum Spooled {
    Held(Arc<Fingerprint>),
    At { offset: u64, length: u32 },
}

/// Reads what a spool has put away, without it.
#[derive(Debug, Clone)]
pub(super) struct SpoolReader(Option<Arc<File>>);

impl Spool {
    /// Returns a spool in a folder; without one all stays in memory.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            file: None,
            end: 0,
            held: 0,
        }
    }

    /// Puts a fingerprint away; it stays in memory where it is one of the first, or cannot be written.
    pub(super) fn put(&mut self, print: Fingerprint) -> Spooled {
        let written = if self.held < HELD {
            None
        } else {
            self.write(&print).ok()
        };
        written.unwrap_or_else(|| {
            self.held += 1;
            Spooled::Held(Arc::new(print))
        })
    }

    pub(super) fn reader(&self) -> SpoolReader {
        SpoolReader(self.file.clone())
    }

    fn write(&mut self, print: &Fingerprint) -> io::Result<Spooled> {
        let file = match (&self.file, &self.folder) {
            (Some(file), _) => Arc::clone(file),
            (None, Some(folder)) => Arc::new(tempfile::tempfile_in(folder)?),
            (None, None) => return Err(io::ErrorKind::NotFound.into()),
        };
        let file = self.file.insert(file);
        let (bytes, offset) = (print.to_bytes(), self.end);
        // What a full disk has taken of it is written over by the next.
        file.write_all_at(&bytes, offset)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.end += u64::from(length);
        Ok(Spooled::At { offset, length })
    }
}

impl SpoolReader {
    /// Returns a fingerprint; none where the disk does not give it back.
    pub(super) fn read(&self, spooled: &Spooled) -> Option<Arc<Fingerprint>> {
        match spooled {
            Spooled::Held(print) => Some(Arc::clone(print)),
            Spooled::At { offset, length } => {
                let mut bytes = vec![0; *length as usize];
                self.0.as_ref()?.read_exact_at(&mut bytes, *offset).ok()?;
                Fingerprint::from_bytes(&bytes).map(Arc::new)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_comes_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for folder in [None, Some(folder.path().to_owned())] {
            let count_on_disk = if folder.is_some() { 3 } else { 0 };
            let mut spool = Spool::new(folder);
            let count = HELD as u64 + 3;
            let all: Vec<_> = (0..count)
                .map(|number| spool.put(Fingerprint::of_noise(number)))
                .collect();
            let on_disk = all
                .iter()
                .filter(|one| matches!(one, Spooled::At { .. }))
                .count();
            assert_eq!(on_disk, count_on_disk);
            let reader = spool.reader();
            for (number, one) in (0..).zip(&all) {
                assert_eq!(*reader.read(one).unwrap(), Fingerprint::of_noise(number));
            }
        }
    }
}
