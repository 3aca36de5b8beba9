//! Server of the index: the process that owns it answers the others that use the folder, on a socket in it.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::disk::Disk;
use super::key::Key;
use super::protocol::{self, IndexReply, IndexRequest, Question, our_version};
use super::records::Trouble;

/// Name of the socket in the folder.
const SOCKET: &str = "socket";
/// Pause after a connection that could not be taken: too many files are open, say.
const PAUSE: Duration = Duration::from_millis(20);

/// The threads that answer; dropping it ends them.
#[derive(Debug)]
pub(super) struct IndexServer {
    dir: PathBuf,
    state: Arc<ServerState>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct ServerState {
    disk: Arc<Disk>,
    is_ending: AtomicBool,
    connections: Mutex<Vec<ServedConnection>>,
}

#[derive(Debug)]
struct ServedConnection {
    stream: UnixStream,
    thread: JoinHandle<()>,
}

impl IndexServer {
    /// Answers on the socket of the folder `dir` from now on.
    pub(super) fn start(dir: &Path, disk: &Arc<Disk>) -> io::Result<Self> {
        let path = dir.join(SOCKET);
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path)?; // of an owner that was killed
        }
        let listener = through_handle(dir, |path| UnixListener::bind(path))?;
        let state = Arc::new(ServerState {
            disk: Arc::clone(disk),
            is_ending: AtomicBool::new(false),
            connections: Mutex::default(),
        });
        let ours = Arc::clone(&state);
        let thread = Builder::new().name("cache-index".into());
        let accepting = thread.spawn(move || ours.accept(&listener))?;
        Ok(Self {
            dir: dir.to_owned(),
            state,
            accepting: Some(accepting),
        })
    }
}

impl Drop for IndexServer {
    fn drop(&mut self) {
        self.state.is_ending.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let woken = connect(&self.dir).is_ok();
        let _ = fs::remove_file(self.dir.join(SOCKET));
        if let Some(thread) = self.accepting.take().filter(|_| woken) {
            let _ = thread.join();
        }
        let connections = std::mem::take(&mut *self.state.connections());
        for connection in connections {
            let _ = connection.stream.shutdown(std::net::Shutdown::Both);
            let _ = connection.thread.join();
        }
    }
}

/// Connects to the owner of the index in the folder `dir`.
pub(super) fn connect(dir: &Path) -> io::Result<UnixStream> {
    through_handle(dir, |path| UnixStream::connect(path))
}

/// Calls `act` with a short path of the socket in `dir`: those of sockets have at most 107 bytes.
fn through_handle<T>(dir: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let handle = File::open(dir)?;
    act(Path::new(&format!(
        "/proc/self/fd/{}/{SOCKET}",
        handle.as_raw_fd()
    )))
}

impl ServerState {
    fn accept(self: &Arc<Self>, listener: &UnixListener) {
        for stream in listener.incoming() {
            if self.is_ending.load(Ordering::Relaxed) {
                return;
            }
            if stream.and_then(|stream| self.serve(stream)).is_err() {
                // Whoever asked finds no owner and works with files.
                std::thread::sleep(PAUSE);
            }
        }
    }

    fn serve(self: &Arc<Self>, stream: UnixStream) -> io::Result<()> {
        let mut theirs = stream.try_clone()?;
        let ours = Arc::clone(self);
        let thread = Builder::new().name("cache-guest".into());
        let thread = thread.spawn(move || ours.answer_all(&mut theirs))?;
        let mut connections = self.connections();
        connections.retain(|connection| !connection.thread.is_finished());
        connections.push(ServedConnection { stream, thread });
        Ok(())
    }

    /// Answers until the other process leaves.
    fn answer_all(&self, stream: &mut UnixStream) {
        let mut reserved = 0;
        let is_welcome = protocol::receive(stream).is_ok_and(|hello| self.welcomes(&hello));
        let welcome = IndexReply::Welcome(std::process::id());
        if is_welcome && protocol::send(stream, &welcome).is_ok() {
            while let Ok(request) = protocol::receive(stream) {
                let reply = self.answer(request, &mut reserved);
                let reply = reply.unwrap_or_else(|trouble| self.refuse(&trouble));
                if protocol::send(stream, &reply).is_err() {
                    break;
                }
            }
        }
        self.disk.release(reserved);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }

    fn welcomes(&self, hello: &IndexRequest) -> bool {
        let IndexRequest::Hello { version, max_bytes } = hello else {
            return false;
        };
        self.disk.limit(*max_bytes);
        *version == our_version()
    }

    fn refuse(&self, trouble: &Trouble) -> IndexReply {
        self.disk.leave_word_of(trouble);
        IndexReply::Refused(trouble.to_string())
    }

    fn answer(&self, request: IndexRequest, reserved: &mut u64) -> Result<IndexReply, Trouble> {
        let disk = &self.disk;
        Ok(match request {
            IndexRequest::Hello { .. } => IndexReply::Refused("greeted already".to_owned()),
            IndexRequest::Entry(Question { stage, key }) => {
                let entry = disk.entry(&stage, &Key(key))?;
                disk.save_used_now_and_then()?;
                IndexReply::Entry(entry)
            }
            IndexRequest::Check(Question { stage, key }) => {
                IndexReply::Damaged(disk.check(&stage, &Key(key))?)
            }
            IndexRequest::Room(bytes) => {
                let removed = disk.reserve(bytes)?;
                *reserved += bytes;
                IndexReply::Removed(removed)
            }
            IndexRequest::Enter(entry) => {
                let entered = self.enter(&entry, reserved)?;
                disk.save_used()?;
                entered
            }
            IndexRequest::Count(stage, more) => {
                disk.add_counters(&stage, &more)?;
                IndexReply::Done
            }
            IndexRequest::Flush => {
                disk.flush()?;
                IndexReply::Done
            }
            IndexRequest::Trim(max_bytes) => IndexReply::Removed(disk.evict_to(max_bytes)?),
            IndexRequest::Clear(filter) => IndexReply::Removed(disk.clear(&filter)?),
            IndexRequest::Verify => IndexReply::Verified(disk.verify()?),
            IndexRequest::Holdings => IndexReply::Holdings(disk.holdings()?),
        })
    }

    /// Takes in an entry, for which its process has reserved room.
    fn enter(&self, entry: &[u8], reserved: &mut u64) -> Result<IndexReply, Trouble> {
        let bytes = self.disk.enter_entry(entry)?.min(*reserved);
        *reserved -= bytes;
        self.disk.release(bytes);
        Ok(IndexReply::Done)
    }

    fn connections(&self) -> MutexGuard<'_, Vec<ServedConnection>> {
        // A list, whole at every step.
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
