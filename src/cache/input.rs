//! Identity and content digest of input files.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::key::{Key, KeyBuilder, write_hex};

/// Bytes read and hashed at once; before each the caller may stop.
const BLOCK: usize = 1 << 20;

/// Two seconds: the coarsest clock of a file system in use (FAT). A file changed within it may change again unseen.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

/// BLAKE3 of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub(super) [u8; 32]);

impl Digest {
    /// The hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Writes 64 hexadecimal digits, as `b3sum` does.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Why the content of an input file is not known.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is another file, or another content, than when reading began: it is still being written, say.
    #[error("the file changed while it was read; run again when it is complete")]
    Changed,
    /// A folder, pipe or device: reading would never end.
    #[error("not a regular file")]
    NotAFile,
    /// The system does not give its bytes.
    #[error("cannot be read")]
    Unreadable(#[from] io::Error),
    /// The caller asked to stop.
    #[error("stopped before all was read")]
    Stopped,
}

/// Returns the digest of the bytes of the file at `path`.
///
/// # Errors
/// [`InputError::NotAFile`] and [`InputError::Unreadable`].
pub fn content_digest(path: &Path) -> Result<Digest, InputError> {
    let (_, file) = open_regular(path)?;
    digest_of(file, &mut || false)
}

/// The state of a file, as the file system tells it: another content means another identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// The file system it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its length in bytes.
    pub size: u64,
    /// When its content changed: nanoseconds since 1970.
    pub mtime_ns: i128,
    /// When its content, name or owner changed: nanoseconds since 1970.
    pub ctime_ns: i128,
}

impl FileIdentity {
    /// Returns the identity of the file at `path` as it is now, links followed.
    pub fn of(path: &Path) -> io::Result<Self> {
        path.metadata()
            .map(|metadata| Self::from_metadata(&metadata))
    }

    fn from_metadata(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    pub(super) fn key(&self) -> Key {
        KeyBuilder::new("digest-v1")
            .field(&self.device.to_le_bytes())
            .field(&self.inode.to_le_bytes())
            .field(&self.size.to_le_bytes())
            .field(&self.mtime_ns.to_le_bytes())
            .field(&self.ctime_ns.to_le_bytes())
            .finish()
    }

    /// Tells whether its times are old enough that any later change would show in them.
    pub(super) fn is_settled(&self) -> bool {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.is_settled_at(now)
    }

    fn is_settled_at(&self, now: Duration) -> bool {
        let newest = self.mtime_ns.max(self.ctime_ns);
        newest + (COARSEST_CLOCK.as_nanos() as i128) < now.as_nanos() as i128
    }
}

/// A file that was read whole: its content and the state it was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// To notice later that the file was replaced.
    pub identity: FileIdentity,
    /// What was in it.
    pub digest: Digest,
}

impl Input {
    /// Reads the file at `path` whole; `stop` is asked before each mebibyte.
    ///
    /// # Errors
    /// [`InputError`] when it cannot be read, is no regular file, changes meanwhile, or `stop` says so.
    pub fn read(path: &Path, stop: &mut dyn FnMut() -> bool) -> Result<Self, InputError> {
        let (metadata, file) = open_regular(path)?;
        let identity = FileIdentity::from_metadata(&metadata);
        let digest = digest_of(file, stop)?;
        match FileIdentity::of(path) {
            Ok(now) if now == identity => Ok(Self { identity, digest }),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Err(InputError::Changed),
        }
    }
}

fn open_regular(path: &Path) -> Result<(Metadata, File), InputError> {
    // Asked before opening: to open a pipe is to wait for a writer.
    if !path.metadata()?.is_file() {
        return Err(InputError::NotAFile);
    }
    let file = File::open(path)?;
    Ok((file.metadata()?, file))
}

// Read, not mapped: a file cut short under a mapping kills the process.
fn digest_of(mut source: impl Read, stop: &mut dyn FnMut() -> bool) -> Result<Digest, InputError> {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    while !stop() {
        match source.read(&mut block) {
            Ok(0) => return Ok(Digest(*hasher.finalize().as_bytes())),
            Ok(length) => _ = hasher.update(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(InputError::Stopped)
}

fn nanoseconds(seconds: i64, nanos: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_whole_file() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("video");
        for length in [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 7] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let expected = blake3::hash(&bytes).to_hex();
            assert_eq!(content_digest(&path).unwrap().to_string(), *expected);
        }
    }

    #[test]
    fn reading_stops_between_two_blocks() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("video");
        std::fs::write(&path, vec![7; 5 * BLOCK]).unwrap();
        let asked = std::cell::Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        assert!(matches!(
            Input::read(&path, &mut || stop()),
            Err(InputError::Stopped)
        ));
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn a_file_that_grows_or_goes_while_it_is_read_has_changed() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("video");
        let read_while = |meanwhile: &dyn Fn()| {
            std::fs::write(&path, b"content").unwrap();
            Input::read(&path, &mut || {
                meanwhile();
                false
            })
        };
        let grow = || std::fs::write(&path, b"content and more").unwrap();
        assert!(matches!(read_while(&grow), Err(InputError::Changed)));
        let remove = || _ = std::fs::remove_file(&path);
        assert!(matches!(read_while(&remove), Err(InputError::Changed)));
        assert!(read_while(&|| ()).is_ok());
    }

    #[test]
    fn what_the_system_does_not_give_is_unreadable() {
        let missing = content_digest(Path::new("/proc/self/missing"));
        assert!(matches!(missing, Err(InputError::Unreadable(error))
            if error.kind() == io::ErrorKind::NotFound));
        // Nothing is mapped at its beginning: the kernel answers with the error of a broken disk.
        let broken = content_digest(Path::new("/proc/self/mem"));
        assert!(matches!(broken, Err(InputError::Unreadable(error))
            if error.raw_os_error() == Some(nix::errno::Errno::EIO as i32)));
        let folder = content_digest(Path::new("/proc"));
        assert!(matches!(folder, Err(InputError::NotAFile)));
    }

    #[test]
    fn a_replaced_file_has_another_identity() {
        let dir = tempfile::TempDir::new().unwrap();
        let (path, other) = (dir.path().join("video"), dir.path().join("other"));
        std::fs::write(&path, b"content").unwrap();
        std::fs::write(&other, b"another").unwrap();
        let before = FileIdentity::of(&path).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_ne!(FileIdentity::of(&path).unwrap(), before);
        assert_ne!(FileIdentity::of(&path).unwrap().key(), before.key());
    }

    #[test]
    fn a_file_changed_just_now_or_in_the_future_is_not_settled() {
        let second = 1_000_000_000;
        let identity = FileIdentity {
            device: 1,
            inode: 2,
            size: 3,
            mtime_ns: 5 * second,
            ctime_ns: 100 * second,
        };
        for (now, settled) in [(0, false), (99, false), (102, false), (103, true)] {
            assert_eq!(identity.is_settled_at(Duration::from_secs(now)), settled);
        }
    }
}
