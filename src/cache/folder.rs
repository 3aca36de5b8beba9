//! The cache folder: its lock, its schema, its quarantine.
//!
//! ```text
//! schema           the number of the layout
//! lock             held by the process that owns the index; says how the last one left it
//! socket           where the owner answers other processes
//! index/           sled
//! blobs/ab/HEX     records too large for the index, and those of processes that found no owner
//! unindexed/HEX    names of the latter, until an owner takes them in
//! leases/HEX       locked by the process that works on the input file of this identity
//! quarantine/      damaged records
//! cache.bad-TIME   damaged indexes
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::sys::statvfs::statvfs;

use super::schema::SCHEMA;
use super::warning::CacheWarning;

/// Damaged indexes kept for a look; older ones go.
const KEPT_ASIDE: usize = 3;
/// Damaged records kept for a look; later ones are not.
const KEPT_IN_QUARANTINE: usize = 64;

/// How the last process closed the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CloseState {
    /// All was written, the last use counted in the index as `clock`.
    Clean { clock: u64 },
    /// It was killed, or there was none: the index may lack its last records.
    Unclean,
    /// Its index turned out to be damaged.
    Damaged,
}

/// A folder whose index this process holds alone.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    lock: File,
}

impl Folder {
    /// Takes the folder `root`, or returns `None` where another process has it.
    pub(super) fn take(root: &Path) -> Result<Option<(Self, CloseState)>, CacheWarning> {
        let unusable = |error: io::Error| CacheWarning::Unusable {
            dir: root.to_owned(),
            reason: error.to_string(),
        };
        create_dir(root).map_err(unusable)?;
        let lock = open_private(&root.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let close_state = read_mark(&lock);
        let folder = Self {
            root: root.to_owned(),
            lock,
        };
        check_schema(root)?;
        if read_schema(root).is_none() {
            let schema = format!("{SCHEMA}\n");
            write_whole(&root.join("schema"), schema.as_bytes()).map_err(unusable)?;
        }
        folder.mark(CloseState::Unclean);
        Ok(Some((folder, close_state)))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    pub(super) fn blobs(&self) -> PathBuf {
        blobs_in(&self.root)
    }

    /// Notes for the next process how this one leaves the folder.
    pub(super) fn mark(&self, state: CloseState) {
        let text = match state {
            CloseState::Clean { clock } => format!("closed {clock}\n"),
            CloseState::Unclean => "open\n".to_owned(),
            CloseState::Damaged => "damaged\n".to_owned(),
        };
        // Without the note the next process looks less closely: slower to reclaim space, never wrong.
        let _ = self
            .lock
            .set_len(0)
            .and_then(|()| self.lock.write_all_at(text.as_bytes(), 0));
    }

    /// Moves `path` to `cache.bad-TIME` and returns where it is now.
    pub(super) fn set_aside(&self, path: &Path) -> io::Result<PathBuf> {
        let aside = unused(&self.root.join(format!("cache.bad-{}", unix_seconds())));
        fs::rename(path, &aside)?;
        let set_aside = self.set_aside_before()?;
        for old in set_aside.iter().rev().skip(KEPT_ASIDE) {
            remove(old)?;
        }
        Ok(aside)
    }

    /// Keeps a damaged record for a look.
    pub(super) fn quarantine(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self.quarantine_place(name)? {
            Some(place) => open_private(&place)?.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Takes the damaged file `path` out of use, and keeps it for a look.
    pub(super) fn quarantine_file(&self, path: &Path) -> io::Result<()> {
        match self.quarantine_place(file_name(path))? {
            Some(place) => fs::rename(path, place),
            None => fs::remove_file(path),
        }
    }

    fn quarantine_place(&self, name: &str) -> io::Result<Option<PathBuf>> {
        let quarantine = self.root.join("quarantine");
        create_dir(&quarantine)?;
        let room = fs::read_dir(&quarantine)?.count() < KEPT_IN_QUARANTINE;
        Ok(room.then(|| unused(&quarantine.join(name))))
    }

    /// Removes all that was set aside or quarantined.
    pub(super) fn forget_damage(&self) -> io::Result<()> {
        self.set_aside_before()?
            .iter()
            .try_for_each(|old| remove(old))?;
        remove(&self.root.join("quarantine"))
    }

    fn set_aside_before(&self) -> io::Result<Vec<PathBuf>> {
        let mut found: Vec<_> = entries(&self.root)?
            .into_iter()
            .filter(|path| file_name(path).starts_with("cache.bad-"))
            .collect();
        found.sort();
        Ok(found)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Unlocked explicitly: a program just being started shares the open file for a moment, and the lock with it.
        let _ = self.lock.unlock();
    }
}

/// Returns where the records are that are files of their own.
pub(super) fn blobs_in(root: &Path) -> PathBuf {
    root.join("blobs")
}

/// Returns where files are named that the index may not know.
pub(super) fn unindexed_in(root: &Path) -> PathBuf {
    root.join("unindexed")
}

/// Fails for a folder of another schema.
///
/// Where it is missing or unreadable, each record still says what it is.
pub(super) fn check_schema(root: &Path) -> Result<(), CacheWarning> {
    match read_schema(root) {
        Some(found) if found != u32::from(SCHEMA) => Err(CacheWarning::OtherSchema {
            dir: root.to_owned(),
            found,
        }),
        _ => Ok(()),
    }
}

fn read_schema(root: &Path) -> Option<u32> {
    let text = fs::read_to_string(root.join("schema")).ok()?;
    text.trim().parse().ok()
}

/// Creates the folder `path` and those above it, for the owner only, where it is missing.
pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens the file `path` for reading and writing, creating it for the owner only.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Restricts permissions of `dir` and everything in it to the owner.
pub(super) fn restrict_permissions(dir: &Path) -> io::Result<()> {
    fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    for path in entries(dir)? {
        let kind = path.symlink_metadata()?.file_type();
        if kind.is_dir() {
            restrict_permissions(&path)?;
        } else if kind.is_file() {
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// Writes the file `path` whole or not at all, through `.tmp` beside it.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = open_private(&temporary)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Returns the paths in `dir`, in no order.
pub(super) fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}

/// Returns the last part of `path` as text, empty where it is none.
pub(super) fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

/// Returns the time in whole seconds since 1970.
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs())
}

/// Returns how many bytes of the disk with the folder `dir` are free for this user.
///
/// # Errors
/// When the system does not tell.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    let disk = statvfs(dir)?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

fn read_mark(lock: &File) -> CloseState {
    let mut bytes = [0; 64];
    let length = lock.read_at(&mut bytes, 0).unwrap_or(0);
    let text = std::str::from_utf8(&bytes[..length])
        .unwrap_or_default()
        .trim();
    let clock = text
        .strip_prefix("closed ")
        .and_then(|clock| clock.parse().ok());
    match clock {
        Some(clock) => CloseState::Clean { clock },
        None if text == "damaged" => CloseState::Damaged,
        None => CloseState::Unclean,
    }
}

fn unused(path: &Path) -> PathBuf {
    let numbered = (1..).map(|number| PathBuf::from(format!("{}-{number}", path.display())));
    std::iter::once(path.to_owned())
        .chain(numbered)
        .find(|path| path.symlink_metadata().is_err())
        .expect("names are endless")
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}
