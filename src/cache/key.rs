//! Cache key: a hash of everything that changes the answer, and of nothing else.

use std::fmt;

/// The name of a result: BLAKE3 over the stage's name and version and the fields of the question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    /// The hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Writes 64 hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Builds a [`Key`] from fields, in order.
///
/// ```
/// # use opusclip::cache::KeyBuilder;
/// let key = KeyBuilder::new("shots-v1").field(b"content").field(b"model").finish();
/// assert_ne!(key, KeyBuilder::new("shots-v2").field(b"content").field(b"model").finish());
/// ```
#[derive(Debug, Clone)]
pub struct KeyBuilder(blake3::Hasher);

impl KeyBuilder {
    /// Begins the key of a question; `name` ends in a version, as in `shots-v1`.
    ///
    /// The version is raised when the same input gets another answer or another layout.
    pub fn new(name: &str) -> Self {
        debug_assert!(
            is_versioned(name),
            "{name:?} does not end in -v and a number"
        );
        let hasher = blake3::Hasher::new_derive_key("opusclip 2025-11-21 cache key");
        Self(hasher).field(name.as_bytes())
    }

    /// Adds one field. Its length goes in before it, so that no two lists of fields run together.
    pub fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Returns the key.
    pub fn finish(self) -> Key {
        Key(*self.0.finalize().as_bytes())
    }
}

/// Tells whether `name` ends in `-v` and a number without leading zero.
fn is_versioned(name: &str) -> bool {
    name.rsplit_once("-v").is_some_and(|(stem, version)| {
        !stem.is_empty()
            && version.bytes().all(|digit| digit.is_ascii_digit())
            && version.bytes().next().is_some_and(|first| first != b'0')
    })
}

/// Writes `bytes` as hexadecimal digits.
pub(super) fn write_hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&blake3::Hash::from_bytes(*bytes).to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(fields: &[Vec<u8>]) -> Key {
        let start = KeyBuilder::new("test-v1");
        fields
            .iter()
            .fold(start, |key, field| key.field(field))
            .finish()
    }

    #[test]
    fn a_key_never_changes_between_versions_of_the_program() {
        assert_eq!(
            KeyBuilder::new("shots-v1")
                .field(b"abc")
                .field(b"")
                .finish()
                .to_string(),
            "ee5efbccd4a22af13a13d7dd4a2510c093830bb29b265c41eb564b18d3309c9f"
        );
    }

    #[test]
    fn names_end_in_a_version() {
        for good in ["shots-v1", "speech-vad-v20", "a-v-v9"] {
            assert!(is_versioned(good), "{good}");
        }
        for bad in [
            "shots",
            "shots-v",
            "shots-v0",
            "shots-v01",
            "-v1",
            "shots-v1a",
            "shots1",
            "",
        ] {
            assert!(!is_versioned(bad), "{bad}");
        }
    }

    #[test]
    fn the_name_is_not_the_first_field() {
        let named = KeyBuilder::new("a-v1").field(b"b-v1").finish();
        assert_ne!(named, KeyBuilder::new("b-v1").field(b"a-v1").finish());
    }

    proptest! {
        #[test]
        fn the_same_bytes_split_otherwise_make_another_key(
            bytes in proptest::collection::vec(any::<u8>(), 0..24),
            cuts in proptest::collection::vec(0..25_usize, 0..4),
            others in proptest::collection::vec(0..25_usize, 0..4),
        ) {
            let (left, right) = (split(&bytes, cuts), split(&bytes, others));
            prop_assert_eq!(left == right, key(&left) == key(&right));
        }

        #[test]
        fn another_field_makes_another_key(
            left in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 0..4),
            right in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 0..4),
        ) {
            prop_assert_eq!(left == right, key(&left) == key(&right));
        }
    }

    fn split(bytes: &[u8], mut cuts: Vec<usize>) -> Vec<Vec<u8>> {
        cuts.iter_mut()
            .for_each(|cut| *cut = (*cut).min(bytes.len()));
        cuts.sort_unstable();
        cuts.push(bytes.len());
        let mut start = 0;
        cuts.into_iter()
            .map(|cut| bytes[std::mem::replace(&mut start, cut)..cut].to_vec())
            .collect()
    }
}
