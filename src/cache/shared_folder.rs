//! A folder used by several processes: one owns its index, the others ask it, and one of them owns it next.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use super::client::IndexClient;
use super::folder::{Folder, check_schema};
use super::options::CacheOptions;
use super::owner::IndexOwner;
use super::records::{Records, Trouble};
use super::warning::CacheWarning;

/// How long another process may take to own a folder whose owner has ended.
const SUCCESSION: Duration = Duration::from_secs(2);
/// Pause between two looks for an owner.
const RETRY: Duration = Duration::from_millis(20);
/// Owners that may end during one request.
const MOST_OWNERS: usize = 3;

/// The records of a folder, whoever owns it.
#[derive(Debug)]
pub(super) struct SharedFolder {
    dir: PathBuf,
    options: CacheOptions,
    role: RwLock<FolderRole>,
    warnings: Mutex<Vec<CacheWarning>>,
}

#[derive(Debug)]
enum FolderRole {
    Owner(IndexOwner),
    Guest(Box<IndexClient>),
}

impl FolderRole {
    fn records(&self) -> &dyn Records {
        match self {
            Self::Owner(owner) => owner,
            Self::Guest(client) => &**client,
        }
    }
}

impl SharedFolder {
    /// Opens the folder `dir`, as its owner where nobody else is.
    pub(super) fn open(
        dir: &Path,
        options: &CacheOptions,
    ) -> Result<(Self, Option<CacheWarning>), CacheWarning> {
        let with = |role| Self {
            dir: dir.to_owned(),
            options: options.clone(),
            role: RwLock::new(role),
            warnings: Mutex::default(),
        };
        if let Some(taken) = Folder::take(dir)? {
            let (owner, warning) = IndexOwner::open(taken, options)?;
            return Ok((with(FolderRole::Owner(owner)), warning));
        }
        check_schema(dir)?;
        let client = IndexClient::open(dir, options).map_err(|error| CacheWarning::Unusable {
            dir: dir.to_owned(),
            reason: error.to_string(),
        })?;
        let folder = with(FolderRole::Guest(Box::new(client)));
        let found = folder.find_owner(options.lock_wait);
        let alone = CacheWarning::Locked {
            dir: dir.to_owned(),
        };
        let warning = folder.take_warnings().pop();
        Ok((folder, warning.or((!found).then_some(alone))))
    }

    /// The folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks the records; where their owner has ended, its successor, or the files alone.
    pub(super) fn ask<T>(
        &self,
        ask: impl Fn(&dyn Records) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        if matches!(&*self.role(), FolderRole::Guest(client) if client.is_to_try()) {
            self.find_owner(Duration::ZERO);
        }
        for _ in 0..MOST_OWNERS {
            let answer = ask(self.role().records()); // the role is free again after this line
            match answer {
                Err(Trouble::OwnerGone) => drop(self.find_owner(SUCCESSION)),
                answer => return answer,
            }
        }
        if let FolderRole::Guest(client) = &*self.role() {
            client.work_alone();
        }
        ask(self.role().records())
    }

    /// Returns the warning for `trouble`, and leaves word for the next process where the index is damaged.
    pub(super) fn warning(&self, trouble: &Trouble) -> CacheWarning {
        if let FolderRole::Owner(owner) = &*self.role() {
            owner.leave_word_of(trouble);
        }
        CacheWarning::StoppedWriting {
            dir: self.dir.clone(),
            reason: trouble.to_string(),
        }
    }

    /// Returns the warnings since the last call.
    pub(super) fn take_warnings(&self) -> Vec<CacheWarning> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks for an owner, becoming it where there is none; tells whether there is one now.
    fn find_owner(&self, wait: Duration) -> bool {
        let mut role = self.role_to_change();
        let FolderRole::Guest(client) = &*role else {
            return true;
        };
        if client.is_connected() {
            return true; // another thread found it
        }
        let begun = Instant::now();
        loop {
            match Folder::take(&self.dir) {
                Ok(Some(taken)) => match IndexOwner::open(taken, &self.options) {
                    Ok((owner, warning)) => {
                        self.succeed(client, &owner, warning);
                        *role = FolderRole::Owner(owner);
                        return true;
                    }
                    Err(_) => break,
                },
                Ok(None) if client.connect().is_ok() => return true,
                Ok(None) if begun.elapsed() < wait => std::thread::sleep(RETRY),
                Ok(None) | Err(_) => break,
            }
        }
        client.work_alone();
        false
    }

    /// Hands the new owner what the last one may have lost.
    fn succeed(&self, client: &IndexClient, owner: &IndexOwner, warning: Option<CacheWarning>) {
        for entry in client.take_unflushed() {
            // What it refuses is computed again.
            let _ = owner.take_in(&entry);
        }
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.extend(warning);
    }

    fn role(&self) -> RwLockReadGuard<'_, FolderRole> {
        // Changed in one step.
        self.role.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn role_to_change(&self) -> RwLockWriteGuard<'_, FolderRole> {
        self.role.write().unwrap_or_else(PoisonError::into_inner)
    }
}
