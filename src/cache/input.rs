//! Input files: what is in them, and whether they are still the same.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::key::{Key, KeyBuilder, write_hex};

/// Bytes read at once: enough for all cores to hash, and constant whatever the file's size.
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

/// Returns the digest of the bytes of the file at `path`.
///
/// Errors when it cannot be read or is no regular file: a pipe or device would never end.
pub fn content_digest(path: &Path) -> io::Result<Digest> {
    let (_, file) = open_regular(path)?;
    digest_of(file)
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
    /// Reads the file at `path` whole; errors when it changes meanwhile.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let (metadata, file) = open_regular(path)?;
        let identity = FileIdentity::from_metadata(&metadata);
        let digest = digest_of(file)?;
        if FileIdentity::of(path)? != identity {
            return Err(io::Error::other("changed while it was read"));
        }
        Ok(Self { identity, digest })
    }
}

fn open_regular(path: &Path) -> io::Result<(Metadata, File)> {
    // Asked before opening: to open a pipe is to wait for a writer.
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    let file = File::open(path)?;
    Ok((file.metadata()?, file))
}

// Read, not mapped: a file cut short under a mapping kills the process.
fn digest_of(mut source: impl Read) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    loop {
        match source.read(&mut block) {
            Ok(0) => return Ok(Digest(*hasher.finalize().as_bytes())),
            Ok(length) => _ = hasher.update(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
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
