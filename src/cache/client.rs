//! Client of the index: a process that does not own the folder reads and writes the files itself and asks the owner for the rest.
//!
//! Where no owner answers, every record is a file, named for the owner to take in later.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::disk::{LARGEST_IN_INDEX, Proof, prove};
use super::index::Address;
use super::key::Key;
use super::loose::LooseRecords;
use super::options::CacheOptions;
use super::peers::{self, PeerState};
use super::protocol::{self, IndexReply, IndexRequest, Question};
use super::record::{self, BodyPlace};
use super::records::{Lookup, Records, Stored, Trouble, check_room};
use super::reports::{Filter, Removed, VerifyReport};
use super::server;
use super::stats::{Counters, FolderStats};

/// How long an owner that may be stopped is waited for.
const SILENT_WAIT: Duration = Duration::from_millis(500);
/// How long an answer about one record may take from an owner at work: it may be making room in a large folder.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// How long an answer about the whole folder may take.
const UPKEEP_WAIT: Duration = Duration::from_secs(600);
/// How long a silent owner is not asked.
const SILENCE: Duration = Duration::from_secs(30);
/// Entries held until the owner has made them durable; more than these call for it.
const MOST_UNFLUSHED: usize = 1024;

/// The folder as a process sees it that does not own it.
#[derive(Debug)]
pub(super) struct IndexClient {
    dir: PathBuf,
    options: CacheOptions,
    loose: LooseRecords,
    connection: Mutex<Option<OwnerConnection>>,
    /// Entries of this process that a killed owner would lose.
    unflushed: Mutex<Vec<Vec<u8>>>,
    /// When to look for an owner again.
    next_try: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct OwnerConnection {
    stream: UnixStream,
    /// The process that answers, once it has said so.
    owner: Option<u32>,
}

impl IndexClient {
    /// Opens the files of the folder `dir`; nobody is asked yet.
    pub(super) fn open(dir: &Path, options: &CacheOptions) -> io::Result<Self> {
        Ok(Self {
            dir: dir.to_owned(),
            options: options.clone(),
            loose: LooseRecords::open(dir)?,
            connection: Mutex::default(),
            unflushed: Mutex::default(),
            next_try: Mutex::default(),
        })
    }

    /// Connects to the owner and hands it what an earlier one may have lost.
    pub(super) fn connect(&self) -> io::Result<()> {
        let mut connection = OwnerConnection {
            stream: server::connect(&self.dir)?,
            owner: None,
        };
        let hello = IndexRequest::hello(self.options.max_bytes);
        if let IndexReply::Welcome(owner) = connection.exchange(&hello, ANSWER_WAIT)? {
            connection.owner = Some(owner);
        }
        for entry in lock(&self.unflushed).iter() {
            let enter = IndexRequest::Enter(entry.clone());
            connection.exchange(&enter, ANSWER_WAIT)?;
        }
        *lock(&self.connection) = Some(connection);
        *lock(&self.next_try) = None;
        Ok(())
    }

    /// Tells whether an owner answers.
    pub(super) fn is_connected(&self) -> bool {
        lock(&self.connection).is_some()
    }

    /// Works with files alone for a while.
    pub(super) fn work_alone(&self) {
        *lock(&self.connection) = None;
        *lock(&self.next_try) = Instant::now().checked_add(SILENCE);
    }

    /// Tells whether it is time to look for an owner again.
    pub(super) fn is_to_try(&self) -> bool {
        lock(&self.next_try).is_some_and(|at| Instant::now() >= at)
    }

    /// Hands out the entries that no owner has made durable.
    pub(super) fn take_unflushed(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *lock(&self.unflushed))
    }

    /// Asks the owner; `None` means that there is none to ask.
    fn ask(&self, request: &IndexRequest, wait: Duration) -> Result<Option<IndexReply>, Trouble> {
        let mut connection = lock(&self.connection);
        let Some(owner) = connection.as_mut() else {
            return Ok(None);
        };
        let error = match owner.exchange(request, wait) {
            Ok(IndexReply::Refused(reason)) => return Err(Trouble::Refused(reason)),
            Ok(reply) => return Ok(Some(reply)),
            Err(error) => error,
        };
        *connection = None;
        drop(connection);
        if is_silence(&error) {
            self.work_alone(); // stopped or stuck: whoever waits for it computes nothing
            return Ok(None);
        }
        Err(Trouble::OwnerGone)
    }

    fn enter(&self, address: &Address, entry: Vec<u8>, whole: &[u8]) -> Result<(), Trouble> {
        let is_many = {
            let mut unflushed = lock(&self.unflushed);
            unflushed.push(entry.clone());
            unflushed.len() > MOST_UNFLUSHED
        };
        if self
            .ask(&IndexRequest::Enter(entry), ANSWER_WAIT)?
            .is_none()
        {
            self.loose.write(address, whole)?;
        }
        if is_many { self.flush() } else { Ok(()) }
    }

    fn put_alone(&self, address: &Address, whole: &[u8]) -> Result<Stored, Trouble> {
        check_room(&self.dir, self.options.min_free_bytes)?;
        self.loose.write(address, whole)?;
        Ok(Stored::Yes {
            evicted: Removed::default(),
        })
    }

    /// Asks for something about the whole folder, which only an owner knows.
    fn ask_owner(&self, request: &IndexRequest) -> Result<IndexReply, Trouble> {
        let reply = self.ask(request, UPKEEP_WAIT)?;
        reply.ok_or_else(|| Trouble::Refused("the process that owns it does not answer".to_owned()))
    }
}

impl Records for IndexClient {
    fn get(&self, stage: &str, key: &Key) -> Result<Lookup, Trouble> {
        let address = Address::new(stage, key);
        let question = question(stage, key);
        let request = IndexRequest::Entry(question.clone());
        let entry = match self.ask(&request, ANSWER_WAIT)? {
            Some(IndexReply::Entry(Some(entry))) => entry,
            Some(_) => return Ok(Lookup::Nothing),
            None => {
                let payload = self.loose.read(&address);
                return Ok(payload.map_or(Lookup::Nothing, Lookup::Payload));
            }
        };
        match prove(&self.loose.blobs, &address, &entry) {
            Proof::Good(header, payload) if header.echoes(stage, key) => {
                Ok(Lookup::Payload(payload))
            }
            Proof::Unreadable => Ok(Lookup::Nothing),
            Proof::Good(..) | Proof::Damaged | Proof::Gone => {
                let reply = self.ask(&IndexRequest::Check(question), ANSWER_WAIT)?;
                Ok(match reply {
                    Some(IndexReply::Damaged(true)) => Lookup::Damage,
                    _ => Lookup::Nothing,
                })
            }
        }
    }

    fn has(&self, stage: &str, key: &Key) -> Result<bool, Trouble> {
        let request = IndexRequest::Entry(question(stage, key));
        Ok(match self.ask(&request, ANSWER_WAIT)? {
            Some(reply) => matches!(reply, IndexReply::Entry(Some(_))),
            None => self.loose.blobs.has(&Address::new(stage, key)),
        })
    }

    fn put(&self, stage: &str, key: &Key, payload: &[u8]) -> Result<Stored, Trouble> {
        if !record::fits(stage, payload) {
            return Ok(Stored::No);
        }
        let address = Address::new(stage, key);
        let (header, body) = record::pack(stage, key, payload, self.options.compression_level);
        let bytes = header.sealed_len();
        if bytes > self.options.max_bytes {
            return Ok(Stored::No);
        }
        let whole = header.seal(&body);
        let evicted = match self.ask(&IndexRequest::Room(bytes), ANSWER_WAIT)? {
            Some(IndexReply::Removed(evicted)) => evicted,
            Some(_) => return Ok(Stored::No),
            None => return self.put_alone(&address, &whole),
        };
        let entry = if whole.len() <= LARGEST_IN_INDEX {
            whole.clone()
        } else {
            self.loose.blobs.write(&address, &whole)?;
            header.at(BodyPlace::Blob).seal(&[])
        };
        self.enter(&address, entry, &whole)?;
        Ok(Stored::Yes { evicted })
    }

    fn add_counters(&self, stage: &str, more: &Counters) -> Result<(), Trouble> {
        let request = IndexRequest::Count(stage.to_owned(), *more);
        // Without an owner they are lost: figures, no records.
        self.ask(&request, ANSWER_WAIT).map(drop)
    }

    fn flush(&self) -> Result<(), Trouble> {
        let before = lock(&self.unflushed).len();
        if self.ask(&IndexRequest::Flush, UPKEEP_WAIT)?.is_some() {
            let mut unflushed = lock(&self.unflushed);
            let before = before.min(unflushed.len());
            unflushed.drain(..before);
        }
        Ok(())
    }

    fn note_uses(&self) -> Result<(), Trouble> {
        Ok(()) // the owner does
    }

    fn make_room(&self) -> Result<Removed, Trouble> {
        match self.ask(&IndexRequest::Room(0), ANSWER_WAIT)? {
            Some(IndexReply::Removed(removed)) => Ok(removed),
            _ => Ok(Removed::default()),
        }
    }

    fn trim(&self, max_bytes: u64) -> Result<Removed, Trouble> {
        match self.ask_owner(&IndexRequest::Trim(max_bytes))? {
            IndexReply::Removed(removed) => Ok(removed),
            _ => Ok(Removed::default()),
        }
    }

    fn clear(&self, filter: &Filter) -> Result<Removed, Trouble> {
        match self.ask_owner(&IndexRequest::Clear(filter.clone()))? {
            IndexReply::Removed(removed) => Ok(removed),
            _ => Ok(Removed::default()),
        }
    }

    fn verify(&self) -> Result<VerifyReport, Trouble> {
        match self.ask_owner(&IndexRequest::Verify)? {
            IndexReply::Verified(report) => Ok(report),
            _ => Ok(VerifyReport::default()),
        }
    }

    /// Without an owner nothing is known of them.
    fn holdings(&self) -> Result<FolderStats, Trouble> {
        match self.ask(&IndexRequest::Holdings, UPKEEP_WAIT)? {
            Some(IndexReply::Holdings(holdings)) => Ok(holdings),
            _ => Ok(FolderStats::default()),
        }
    }
}

fn question(stage: &str, key: &Key) -> Question {
    Question {
        stage: stage.to_owned(),
        key: key.0,
    }
}

impl OwnerConnection {
    /// Sends a request and waits for the reply: longer from an owner that is at work than from one that is stopped.
    fn exchange(&mut self, request: &IndexRequest, wait: Duration) -> io::Result<IndexReply> {
        self.stream.set_write_timeout(Some(SILENT_WAIT))?;
        self.stream.set_read_timeout(Some(SILENT_WAIT))?;
        protocol::send(&mut self.stream, request)?;
        let first = self.first_byte(wait)?;
        self.stream.set_read_timeout(Some(ANSWER_WAIT))?;
        protocol::receive(&mut [first].as_slice().chain(&mut self.stream))
    }

    fn first_byte(&mut self, wait: Duration) -> io::Result<u8> {
        let begun = Instant::now();
        let mut first = [0];
        loop {
            match self.stream.read_exact(&mut first) {
                Ok(()) => return Ok(first[0]),
                Err(error) if !is_silence(&error) => return Err(error),
                Err(error) if begun.elapsed() >= wait || !self.is_at_work() => return Err(error),
                Err(_) => {}
            }
        }
    }

    fn is_at_work(&self) -> bool {
        let state = self.owner.map(peers::state);
        state == Some(PeerState::AtWork)
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whole at every step, whoever panicked while holding it.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
