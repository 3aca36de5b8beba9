//! Audio tracks of a file by number: one, or a list of those that are mixed.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};

/// Numbers of a file's audio streams, from 0 on: one or more, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioTracks(Vec<usize>);

impl AudioTracks {
    /// Returns the numbers as they were written; the first track leads.
    pub fn numbers(&self) -> &[usize] {
        &self.0
    }
}

struct TracksVisitor;

impl<'de> Visitor<'de> for TracksVisitor {
    type Value = AudioTracks;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of an audio stream, from 0 on, or a list such as [0, 1]")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<AudioTracks, E> {
        let unfit = || E::invalid_value(Unexpected::Signed(number), &self);
        let number = usize::try_from(number).map_err(|_| unfit())?;
        Ok(AudioTracks(vec![number]))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<AudioTracks, E> {
        let unfit = || E::invalid_value(Unexpected::Unsigned(number), &self);
        let number = usize::try_from(number).map_err(|_| unfit())?;
        Ok(AudioTracks(vec![number]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AudioTracks, A::Error> {
        let mut numbers = Vec::new();
        while let Some(number) = list.next_element::<usize>()? {
            if numbers.contains(&number) {
                let twice = format!("audio stream {number} stands twice in the list");
                return Err(A::Error::custom(twice));
            }
            numbers.push(number);
        }
        if numbers.is_empty() {
            return Err(A::Error::invalid_length(0, &self));
        }
        Ok(AudioTracks(numbers))
    }
}

impl<'de> Deserialize<'de> for AudioTracks {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TracksVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Auto;

    fn read(text: &str) -> Result<Auto<AudioTracks>, String> {
        let value: toml::Table = toml::from_str(&format!("audio = {text}")).unwrap();
        let read = value["audio"].clone().try_into::<Auto<AudioTracks>>();
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn one_track_or_several_may_be_named() {
        let tracks = |numbers: &[usize]| Ok(Auto::Set(AudioTracks(numbers.to_vec())));
        assert_eq!(read("\"auto\""), Ok(Auto::Auto));
        assert_eq!(read("1"), tracks(&[1]));
        assert_eq!(read("[2, 0]"), tracks(&[2, 0]));
    }

    #[test]
    fn lists_that_make_no_mix_are_refused() {
        let twice = read("[0, 1, 0]").unwrap_err();
        assert!(twice.contains("audio stream 0 stands twice"), "{twice}");
        assert!(read("[]").unwrap_err().contains("a list such as [0, 1]"));
        for wrong in ["-1", "[-1]", "\"second\"", "[\"a\"]", "true"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
