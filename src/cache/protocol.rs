//! What processes that share a folder say to the owner of its index: requests and replies as length and postcard.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::reports::{Filter, Removed, VerifyReport};
use super::schema::SCHEMA;
use super::stats::{Counters, FolderStats};

/// Its number: an owner that speaks another one is not asked.
const PROTOCOL: u16 = 1;

/// Bytes of a message at most: entries are small, lists are by stage.
const LONGEST: u32 = 1 << 20;

/// Which record is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) stage: String,
    pub(super) key: [u8; 32],
}

/// What is asked of the owner.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum IndexRequest {
    /// The first of a connection: layouts that must be the same, and how large the folder may become.
    Hello {
        version: (u16, u16),
        max_bytes: u64,
    },
    /// The entry of a record: whole where it is small, else what points to its file.
    Entry(Question),
    /// The record cannot be believed, or its file is gone: have a look.
    Check(Question),
    /// Make room for so many bytes.
    Room(u64),
    /// Take in this entry, for which there is room; its file, if any, is there.
    Enter(Vec<u8>),
    /// Add to the counters of a stage.
    Count(String, Counters),
    /// Make all of it durable.
    Flush,
    Trim(u64),
    Clear(Filter),
    Verify,
    Holdings,
}

/// The owner's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum IndexReply {
    /// The first of a connection: the owner's process.
    Welcome(u32),
    Done,
    Entry(Option<Vec<u8>>),
    /// Whether the record that was looked at is damaged.
    Damaged(bool),
    Removed(Removed),
    Verified(VerifyReport),
    Holdings(FolderStats),
    /// It cannot be done: the disk is full, say.
    Refused(String),
}

impl IndexRequest {
    /// Returns the first request of this program.
    pub(super) fn hello(max_bytes: u64) -> Self {
        let version = our_version();
        Self::Hello { version, max_bytes }
    }
}

/// Returns the numbers of messages and records.
pub(super) fn our_version() -> (u16, u16) {
    (PROTOCOL, SCHEMA)
}

/// Writes one message.
pub(super) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).ok();
    let length = length.filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("a message too long"))?;
    // In one piece: two would be two wake-ups.
    to.write_all(&[&length.to_le_bytes(), bytes.as_slice()].concat())
}

/// Reads one message.
pub(super) fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::Error::other("a message too long"));
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    postcard::from_bytes(&bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        let mut bytes = Vec::new();
        send(&mut bytes, &IndexRequest::Enter(vec![7; 3000])).unwrap();
        send(&mut bytes, &IndexRequest::Room(9)).unwrap();
        let mut rest = bytes.as_slice();
        let first: IndexRequest = receive(&mut rest).unwrap();
        assert!(matches!(first, IndexRequest::Enter(entry) if entry == [7; 3000]));
        let second: IndexRequest = receive(&mut rest).unwrap();
        assert!(matches!(second, IndexRequest::Room(9)));
        assert!(receive::<IndexRequest>(&mut rest).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = receive::<IndexRequest>(&mut bytes.as_slice());
            let whole = [&(bytes.len() as u32).to_le_bytes(), bytes.as_slice()].concat();
            let _ = receive::<IndexRequest>(&mut whole.as_slice());
            let _ = receive::<IndexReply>(&mut whole.as_slice());
        }
    }
}
