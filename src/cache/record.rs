//! Record layout. A record describes itself and is believed only when both seals hold.
//!
//! Little endian, schema 1:
//! ```text
//! magic 8 | schema 2 | codec 1 | place 1 | key 32 | original 8 | stored 8 | created 8 | digest 32 | stage length 1 | stage | body | seal 32
//! ```
//! `digest` is BLAKE3 of the payload, `seal` BLAKE3 of all bytes before it: the first proves the answer, the second every byte on disk.
//! The body is absent where `place` says that it lies in a blob.

use std::borrow::Cow;

use super::folder::unix_seconds;
use super::key::Key;
use super::schema::SCHEMA;

const MAGIC: &[u8; 8] = b"opusclip";
const SEAL: usize = 32;
const FIXED: usize = 8 + 2 + 1 + 1 + 32 + 8 + 8 + 8 + 32 + 1;

/// Bytes that hold any header.
pub(super) const LONGEST_HEADER: usize = FIXED + 255;

/// The largest payload that is stored, in bytes.
const MAX_PAYLOAD: usize = 1 << 30;

/// Below this many bytes packing costs more time than it saves room.
const WORTH_PACKING: usize = 1024;

/// Compression of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyCodec {
    Plain,
    Zstd,
}

/// Place of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyPlace {
    Here,
    Blob,
}

/// All of a record but its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) stage: String,
    pub(super) key: Key,
    pub(super) codec: BodyCodec,
    pub(super) place: BodyPlace,
    /// Bytes of the payload.
    pub(super) original: u64,
    /// Bytes of the body, wherever it is.
    pub(super) stored: u64,
    /// Seconds since 1970.
    pub(super) created: u64,
    digest: [u8; 32],
}

/// A record that was read and whose seal holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StoredRecord<'a> {
    pub(super) header: RecordHeader,
    body: &'a [u8],
}

/// Why a record is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damaged(&'static str);

/// Tells whether a payload may be stored: not an empty one, and none too large for a record.
pub(super) fn fits(stage: &str, payload: &[u8]) -> bool {
    !payload.is_empty() && payload.len() <= MAX_PAYLOAD && stage.len() <= usize::from(u8::MAX)
}

/// Returns the header and body of a record of `payload`, packed where that saves a sixteenth or more.
///
/// A `level` of 0 packs nothing, and what has less than 1 KiB stays as it is. The stage has at most 255 bytes.
pub(super) fn pack<'p>(
    stage: &str,
    key: &Key,
    payload: &'p [u8],
    level: i32,
) -> (RecordHeader, Cow<'p, [u8]>) {
    let packed = (level > 0 && payload.len() >= WORTH_PACKING)
        .then(|| zstd::bulk::compress(payload, level).ok())
        .flatten()
        .filter(|packed| packed.len() <= payload.len() - payload.len() / 16);
    let (codec, body) = match packed {
        Some(packed) => (BodyCodec::Zstd, Cow::Owned(packed)),
        None => (BodyCodec::Plain, Cow::Borrowed(payload)),
    };
    let header = RecordHeader {
        stage: stage.to_owned(),
        key: *key,
        codec,
        place: BodyPlace::Here,
        original: payload.len() as u64,
        stored: body.len() as u64,
        created: unix_seconds(),
        digest: *blake3::hash(payload).as_bytes(),
    };
    (header, body)
}

impl RecordHeader {
    /// Returns the bytes of the record that holds `body`, or points to it when this says that it lies in a blob.
    pub(super) fn seal(&self, body: &[u8]) -> Vec<u8> {
        let body = if self.place == BodyPlace::Here {
            body
        } else {
            &[]
        };
        let mut bytes = Vec::with_capacity(FIXED + self.stage.len() + body.len() + SEAL);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&SCHEMA.to_le_bytes());
        bytes.push(self.codec as u8);
        bytes.push(self.place as u8);
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&self.original.to_le_bytes());
        bytes.extend_from_slice(&self.stored.to_le_bytes());
        bytes.extend_from_slice(&self.created.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.push(self.stage.len() as u8);
        bytes.extend_from_slice(self.stage.as_bytes());
        bytes.extend_from_slice(body);
        let seal = blake3::hash(&bytes);
        bytes.extend_from_slice(seal.as_bytes());
        bytes
    }

    /// Reads the header that `bytes` begin with, unproved: the seal is checked when the record is taken.
    pub(super) fn peek(mut bytes: &[u8]) -> Result<Self, Damaged> {
        Self::read(&mut bytes)
    }

    fn read(rest: &mut &[u8]) -> Result<Self, Damaged> {
        if take::<8>(rest)? != *MAGIC || take(rest)? != SCHEMA.to_le_bytes() {
            return Err(Damaged("of another kind"));
        }
        Ok(Self {
            codec: codec(take(rest)?)?,
            place: place(take(rest)?)?,
            key: Key(take(rest)?),
            original: u64::from_le_bytes(take(rest)?),
            stored: u64::from_le_bytes(take(rest)?),
            created: u64::from_le_bytes(take(rest)?),
            digest: take(rest)?,
            stage: stage(rest)?,
        })
    }

    /// Returns the length in bytes of the whole record, body included.
    pub(super) fn sealed_len(&self) -> u64 {
        let ends = FIXED + self.stage.len() + SEAL;
        self.stored.saturating_add(ends as u64)
    }

    /// Returns the same header with the body elsewhere.
    pub(super) fn at(&self, place: BodyPlace) -> Self {
        Self {
            place,
            ..self.clone()
        }
    }

    /// Tells whether this is the record of `key` by `stage`.
    pub(super) fn echoes(&self, stage: &str, key: &Key) -> bool {
        self.stage == stage && self.key == *key
    }
}

impl<'a> StoredRecord<'a> {
    /// Reads a record; every byte is covered by its seal.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let (content, seal) = bytes
            .split_last_chunk::<SEAL>()
            .ok_or(Damaged("cut short"))?;
        if blake3::hash(content) != *seal {
            return Err(Damaged("its seal is broken"));
        }
        let mut rest = content;
        let header = RecordHeader::read(&mut rest)?;
        let expected = if header.place == BodyPlace::Here {
            header.stored
        } else {
            0
        };
        if rest.len() as u64 != expected {
            return Err(Damaged("of another length"));
        }
        Ok(Self { header, body: rest })
    }

    /// Returns the payload, proved by its digest.
    pub(super) fn payload(&self) -> Result<Vec<u8>, Damaged> {
        let original = usize::try_from(self.header.original).unwrap_or(usize::MAX);
        if original > MAX_PAYLOAD {
            return Err(Damaged("too long"));
        }
        let payload = match self.header.codec {
            BodyCodec::Plain => self.body.to_vec(),
            BodyCodec::Zstd => zstd::bulk::decompress(self.body, original)
                .map_err(|_| Damaged("it does not unpack"))?,
        };
        if payload.len() != original || blake3::hash(&payload) != self.header.digest {
            return Err(Damaged("its payload is another"));
        }
        Ok(payload)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Damaged> {
    let (field, after) = rest.split_first_chunk::<N>().ok_or(Damaged("cut short"))?;
    *rest = after;
    Ok(*field)
}

fn stage(rest: &mut &[u8]) -> Result<String, Damaged> {
    let [length] = take(rest)?;
    let (name, after) = rest
        .split_at_checked(usize::from(length))
        .ok_or(Damaged("cut short"))?;
    *rest = after;
    String::from_utf8(name.to_vec()).map_err(|_| Damaged("its stage is not text"))
}

fn codec([byte]: [u8; 1]) -> Result<BodyCodec, Damaged> {
    [BodyCodec::Plain, BodyCodec::Zstd]
        .into_iter()
        .find(|&codec| codec as u8 == byte)
        .ok_or(Damaged("of an unknown codec"))
}

fn place([byte]: [u8; 1]) -> Result<BodyPlace, Damaged> {
    [BodyPlace::Here, BodyPlace::Blob]
        .into_iter()
        .find(|&place| place as u8 == byte)
        .ok_or(Damaged("in an unknown place"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> Key {
        Key([9; 32])
    }

    fn sealed(stage: &str, payload: &[u8], level: i32) -> Vec<u8> {
        let (header, body) = pack(stage, &key(), payload, level);
        header.seal(&body)
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        for level in [0, 3] {
            let whole = sealed("shots", &[5; 1100], level);
            for offset in 0..whole.len() {
                for bit in 0..8 {
                    let mut bytes = whole.clone();
                    bytes[offset] ^= 1 << bit;
                    assert!(
                        StoredRecord::parse(&bytes).is_err(),
                        "offset {offset} bit {bit}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = sealed("shots", &[5; 300], 0);
        for length in 0..whole.len() {
            assert!(
                StoredRecord::parse(&whole[..length]).is_err(),
                "length {length}"
            );
        }
    }

    #[test]
    fn a_record_of_another_schema_is_not_read_even_with_a_good_seal() {
        let mut bytes = sealed("shots", b"payload", 0);
        bytes[8] = 2;
        let content = bytes.len() - SEAL;
        let seal = blake3::hash(&bytes[..content]);
        bytes[content..].copy_from_slice(seal.as_bytes());
        assert_eq!(StoredRecord::parse(&bytes), Err(Damaged("of another kind")));
    }

    #[test]
    fn another_payload_under_a_good_seal_is_noticed() {
        let (header, _) = pack("shots", &key(), b"payload", 0);
        let bytes = header.seal(b"payloud");
        assert!(StoredRecord::parse(&bytes).unwrap().payload().is_err());
    }

    #[test]
    fn a_header_that_points_to_a_blob_holds_no_body() {
        let (header, body) = pack("shots", &key(), &[5; 300], 0);
        let bytes = header.at(BodyPlace::Blob).seal(&body);
        let record = StoredRecord::parse(&bytes).unwrap();
        assert!(record.body.is_empty());
        assert_eq!(record.header.sealed_len(), header.seal(&body).len() as u64);
    }

    proptest! {
        #[test]
        fn a_record_survives_the_round_trip(
            stage in "[a-z]{0,80}",
            payload in proptest::collection::vec(any::<u8>(), 1..2000),
            level in 0..5,
        ) {
            let bytes = sealed(&stage, &payload, level);
            let record = StoredRecord::parse(&bytes).unwrap();
            prop_assert!(record.header.echoes(&stage, &key()));
            prop_assert_eq!(record.header.sealed_len(), bytes.len() as u64);
            prop_assert_eq!(record.payload().unwrap(), payload);
            prop_assert_eq!(&RecordHeader::peek(&bytes).unwrap(), &record.header);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = RecordHeader::peek(&bytes);
            prop_assert!(StoredRecord::parse(&bytes).is_err());
            let mut sealed = bytes.clone();
            sealed.extend_from_slice(blake3::hash(&bytes).as_bytes());
            let _ = StoredRecord::parse(&sealed);
        }

        #[test]
        fn no_fields_make_the_reader_panic(rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = [MAGIC.as_slice(), &SCHEMA.to_le_bytes(), &rest].concat();
            let seal = blake3::hash(&bytes);
            bytes.extend_from_slice(seal.as_bytes());
            let _ = StoredRecord::parse(&bytes).map(|record| record.payload());
        }
    }
}
