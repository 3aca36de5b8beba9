//! Where machines share records: Redis for small ones, a folder on a shared disk for the others.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use super::super::folder::{create_dir, open_private};

/// The longest record that goes to Redis, in bytes.
const LARGEST_IN_REDIS: usize = 1 << 20;
/// The longest record that is read from a folder, in bytes.
const LARGEST_IN_FOLDER: u64 = (1 << 30) + 1024;
const CONNECT_WAIT: Duration = Duration::from_millis(50);
/// How long an answer may take.
pub(super) const ANSWER_WAIT: Duration = Duration::from_millis(500);
/// Seconds after which Redis forgets a record: a month.
const FORGOTTEN_AFTER: u64 = 30 * 86_400;

/// Options of the level that machines share; with neither there is none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RemoteOptions {
    /// URL of a Redis server, for records up to 1 MiB.
    pub redis: Option<String>,
    /// A folder on a shared disk, for larger records, or for all where there is no server.
    pub folder: Option<PathBuf>,
}

/// The stores of one thread.
pub(super) struct RemoteStores {
    redis: Option<RedisStore>,
    folder: Option<FolderStore>,
}

struct RedisStore {
    url: String,
    connection: Option<redis::Connection>,
}

struct FolderStore {
    root: PathBuf,
}

impl RemoteStores {
    pub(super) fn new(options: &RemoteOptions) -> Self {
        Self {
            redis: options.redis.clone().map(|url| RedisStore {
                url,
                connection: None,
            }),
            folder: options.folder.clone().map(|root| FolderStore { root }),
        }
    }

    /// Returns the record called `name`.
    pub(super) fn get(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        if let Some(redis) = &mut self.redis
            && let Some(record) = redis.get(name)?
        {
            return Ok(Some(record));
        }
        match &self.folder {
            Some(folder) => folder.get(name),
            None => Ok(None),
        }
    }

    /// Stores a record, where one of the stores takes its size.
    pub(super) fn put(&mut self, name: &str, record: &[u8]) -> io::Result<()> {
        match (&mut self.redis, &self.folder) {
            (Some(redis), _) if record.len() <= LARGEST_IN_REDIS => redis.put(name, record),
            (_, Some(folder)) => folder.put(name, record),
            (_, None) => Ok(()),
        }
    }
}

impl RedisStore {
    fn get(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.ask(redis::cmd("GET").arg(key(name)))
    }

    fn put(&mut self, name: &str, record: &[u8]) -> io::Result<()> {
        let mut set = redis::cmd("SET");
        set.arg(key(name))
            .arg(record)
            .arg("EX")
            .arg(FORGOTTEN_AFTER);
        self.ask::<()>(&set)
    }

    fn ask<T: redis::FromRedisValue>(&mut self, command: &redis::Cmd) -> io::Result<T> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().map_err(told)?,
        };
        let answer = command.query(&mut connection).map_err(told)?;
        // Only after a good answer: one that comes late would be taken for the next.
        self.connection = Some(connection);
        Ok(answer)
    }

    fn connect(&self) -> redis::RedisResult<redis::Connection> {
        let client = redis::Client::open(self.url.as_str())?;
        let connection = client.get_connection_with_timeout(CONNECT_WAIT)?;
        connection.set_read_timeout(Some(ANSWER_WAIT))?;
        connection.set_write_timeout(Some(ANSWER_WAIT))?;
        Ok(connection)
    }
}

fn key(name: &str) -> String {
    format!("opusclip:{}:{name}", super::super::schema::SCHEMA)
}

fn told(error: redis::RedisError) -> io::Error {
    if error.is_timeout() {
        return io::Error::new(io::ErrorKind::TimedOut, error.to_string());
    }
    io::Error::other(error.to_string())
}

impl FolderStore {
    fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut record = Vec::new();
        file.take(LARGEST_IN_FOLDER).read_to_end(&mut record)?;
        Ok(Some(record))
    }

    /// Not made durable: a record that is torn by a power cut breaks its seal.
    fn put(&self, name: &str, record: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let dir = path.parent().unwrap_or(&self.root);
        create_dir(dir)?;
        let mut draft = tempfile::Builder::new()
            .prefix(".unfinished-")
            .make_in(dir, open_private)?;
        io::Write::write_all(&mut draft, record)?;
        draft.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(&name[..2]).join(name)
    }
}

/// Tells whether the folder, if any, can be used at all, so that a mistyped one is told of.
pub(super) fn check(options: &RemoteOptions) -> io::Result<()> {
    if let Some(url) = &options.redis {
        redis::Client::open(url.as_str()).map_err(told)?;
    }
    match &options.folder {
        Some(folder) => fs::metadata(folder).map(drop),
        None => Ok(()),
    }
}
