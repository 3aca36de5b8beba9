//! Shared level: records that several machines read and write. Any error or delay is a miss; writes go behind.

mod breaker;
mod stores;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::index::Address;
use super::key::Key;
use super::level::{Level, LevelHoldings, Payload};
use super::record::{self, StoredRecord};
use super::warning::CacheWarning;
use breaker::{Breaker, Failure};
pub use stores::RemoteOptions;
use stores::{ANSWER_WAIT, RemoteStores, check};

/// Records that may wait to be written; those beyond are not.
const MOST_WAITING: usize = 256;
/// How long the end of a run waits for what is still to be written.
const END_WAIT: Duration = Duration::from_secs(5);

/// Records in a Redis server and in a folder on a shared disk.
#[derive(Debug)]
pub(super) struct RemoteLevel {
    state: Arc<RemoteState>,
    compression_level: i32,
    questions: Sender<RemoteQuestion>,
    /// Taken when it ends.
    writes: Option<Sender<(String, Vec<u8>)>>,
    writer: Option<(JoinHandle<()>, Receiver<()>)>,
}

#[derive(Debug, Default)]
struct RemoteState {
    breaker: Mutex<Breaker>,
    warnings: Mutex<Vec<CacheWarning>>,
    unanswered: AtomicU64,
    written: AtomicU64,
}

type RemoteAnswer = io::Result<Option<Vec<u8>>>;

#[derive(Debug)]
struct RemoteQuestion {
    name: String,
    answer: Sender<RemoteAnswer>,
}

impl RemoteLevel {
    /// Starts the threads that ask and write; nobody is connected to yet.
    pub(super) fn start(options: &RemoteOptions, compression_level: i32) -> io::Result<Self> {
        check(options)?;
        let state = Arc::new(RemoteState::default());
        let (questions, asked) = bounded::<RemoteQuestion>(MOST_WAITING);
        let mut stores = RemoteStores::new(options);
        Builder::new().name("cache-ask".into()).spawn(move || {
            for question in asked {
                // Whoever asked may have stopped waiting.
                let _ = question.answer.send(stores.get(&question.name));
            }
        })?;
        let (writes, to_write) = bounded(MOST_WAITING);
        let (ended, end) = bounded(1);
        let stores = RemoteStores::new(options);
        let ours = Arc::clone(&state);
        let writer = Builder::new().name("cache-write".into()).spawn(move || {
            ours.write_all(stores, &to_write);
            let _ = ended.send(());
        })?;
        Ok(Self {
            state,
            compression_level,
            questions,
            writes: Some(writes),
            writer: Some((writer, end)),
        })
    }

    /// Returns the warnings since the last call.
    pub(super) fn take_warnings(&self) -> Vec<CacheWarning> {
        std::mem::take(&mut *lock(&self.state.warnings))
    }

    /// Asks for the record called `name`; a thread of its own waits where the network hangs.
    fn ask(&self, name: String) -> RemoteAnswer {
        let (answer, answered) = bounded(1);
        let question = RemoteQuestion { name, answer };
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        let sent = self.questions.try_send(question);
        sent.map_err(|_| late())?;
        // Not all at once: the server's own limit comes first.
        let wait = ANSWER_WAIT + ANSWER_WAIT / 10;
        answered.recv_timeout(wait).unwrap_or_else(|_| Err(late()))
    }
}

impl Level for RemoteLevel {
    fn get(&self, stage: &str, key: &Key) -> Option<Payload> {
        if !self.state.allows() {
            return None;
        }
        let answer = self.ask(Address::new(stage, key).to_string());
        let record = self.state.heard(answer)??;
        let payload = StoredRecord::parse(&record).ok();
        let payload = payload.filter(|record| record.header.echoes(stage, key));
        let payload = payload.and_then(|record| record.payload().ok());
        if payload.is_none() {
            self.state.unanswered.fetch_add(1, Ordering::Relaxed);
        }
        payload.map(Payload::from)
    }

    fn put(&self, stage: &str, key: &Key, payload: &Payload) {
        if !record::fits(stage, payload) || !self.state.allows() {
            return;
        }
        let (header, body) = record::pack(stage, key, payload, self.compression_level);
        let name = Address::new(stage, key).to_string();
        if let Some(writes) = &self.writes {
            // A full queue loses it to the other machines alone.
            let _ = writes.try_send((name, header.seal(&body)));
        }
    }

    fn clear(&self) {} // it is not this machine's

    fn held(&self) -> LevelHoldings {
        LevelHoldings {
            damaged: self.state.unanswered.load(Ordering::Relaxed),
            writes: self.state.written.load(Ordering::Relaxed),
            ..LevelHoldings::default()
        }
    }
}

impl Drop for RemoteLevel {
    /// Waits for what is still to be written, but not for a server that does not answer.
    fn drop(&mut self) {
        drop(self.writes.take());
        if let Some((thread, end)) = self.writer.take()
            && end.recv_timeout(END_WAIT).is_ok()
        {
            let _ = thread.join();
        }
    }
}

impl RemoteState {
    fn allows(&self) -> bool {
        lock(&self.breaker).allows(Instant::now())
    }

    fn write_all(&self, mut stores: RemoteStores, to_write: &Receiver<(String, Vec<u8>)>) {
        for (name, record) in to_write {
            if self.allows() && self.heard(stores.put(&name, &record)).is_some() {
                self.written.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Takes note of an answer; trouble is counted, and told of when it is the last that is borne.
    fn heard<T>(&self, answer: io::Result<T>) -> Option<T> {
        let error = match answer {
            Ok(answer) => {
                lock(&self.breaker).succeeded();
                return Some(answer);
            }
            Err(error) => error,
        };
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        let failure = match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Failure::Silent,
            _ => Failure::Refused,
        };
        if lock(&self.breaker).failed(failure, Instant::now()) {
            let reason = error.to_string();
            lock(&self.warnings).push(CacheWarning::SharedAway { reason });
        }
        None
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whole at every step, whoever panicked while holding it.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
