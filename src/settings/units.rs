//! Units: durations, bytes, bit rates and counts as people write them.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::timeline::Timestamp;

/// A number of bytes, written `"512MiB"`, `"2GB"` or plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// Count of things that run side by side: 1 to 4096.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(usize);

/// Bits a second, written `"128k"` or plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BitRate(pub u32);

impl Count {
    const MAX: usize = 4096; // more threads than any machine has

    /// Returns `count`, or `None` outside 1 to 4096.
    pub fn new(count: usize) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    /// Returns the number.
    pub fn get(self) -> usize {
        self.0
    }
}

/// Returns the length written as `"300s"`, `"1.5s"`, `"500ms"`, `"2m"` or `"1h"`.
pub fn parse_length(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// Returns the time written as `"1:02:03.5"`, `"2:03"` or as a length.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let seconds = match text.trim().split(':').collect::<Vec<_>>()[..] {
        [_] => parse_length(text)?,
        [minutes, seconds] => clock("0", minutes, seconds)?,
        [hours, minutes, seconds] => clock(hours, minutes, seconds)?,
        _ => return None,
    };
    Some(Timestamp::ZERO + seconds)
}

/// Returns a time of day as a length; minutes and seconds stay below 60.
fn clock(hours: &str, minutes: &str, seconds: &str) -> Option<Duration> {
    let hours: u32 = hours.parse().ok()?;
    let minutes: u32 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    let (seconds, unit) = split_unit(seconds)?;
    let whole = f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + seconds;
    let fits = unit.is_empty() && seconds < 60.0;
    Duration::try_from_secs_f64(whole).ok().filter(|_| fits)
}

/// Returns the bytes written as `"512MiB"`, `"2GB"` or `"4096"`.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "tb" | "t" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    let bytes = number * factor as f64;
    (bytes < u64::MAX as f64).then_some(bytes.round() as u64)
}

fn parse_bit_rate(text: &str) -> Option<u32> {
    let (number, unit) = split_unit(text)?;
    let bits = match unit {
        "" => number,
        "k" => number * 1e3,
        "M" => number * 1e6,
        _ => return None,
    };
    (1.0..=1e9).contains(&bits).then_some(bits.round() as u32)
}

/// Splits `"1.5 GB"` into its number and its unit; a sign or an exponent is not a number here.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim_start()))
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (1 << 30, "GiB"),
            (1_000_000_000, "GB"),
            (1 << 20, "MiB"),
            (1_000_000, "MB"),
            (1 << 10, "KiB"),
        ];
        match units
            .iter()
            .find(|(size, _)| self.0 > 0 && self.0.is_multiple_of(*size))
        {
            Some((size, unit)) => write!(f, "{}{unit}", self.0 / size),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A value written as text with a unit, or as a plain number of the base unit.
struct UnitVisitor<T> {
    expected: &'static str,
    text: fn(&str) -> Option<T>,
    number: fn(u64) -> Option<T>,
}

impl<T> Visitor<'_> for UnitVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.text)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self.expected))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let valid = u64::try_from(number).ok().and_then(self.number);
        valid.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self.expected))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        (self.number)(number)
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self.expected))
    }
}

pub(super) fn length<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    from.deserialize_any(UnitVisitor {
        expected: "a length such as \"300s\", \"500ms\" or \"2m\"",
        text: parse_length,
        number: |seconds| Some(Duration::from_secs(seconds)),
    })
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(UnitVisitor {
            expected: "bytes such as \"512MiB\" or \"2GB\"",
            text: |text| parse_bytes(text).map(Self),
            number: |bytes| Some(Self(bytes)),
        })
    }
}

impl<'de> Deserialize<'de> for BitRate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(UnitVisitor {
            expected: "bits a second such as \"128k\"",
            text: |text| parse_bit_rate(text).map(Self),
            number: |bits| u32::try_from(bits).ok().filter(|bits| *bits > 0).map(Self),
        })
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(UnitVisitor {
            expected: "a number from 1 to 4096",
            text: |_| None,
            number: |count| usize::try_from(count).ok().and_then(Self::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_every_unit() {
        let millis = |text| parse_length(text).map(|length| length.as_millis());
        assert_eq!(millis("300s"), Some(300_000));
        assert_eq!(millis("0.5s"), Some(500));
        assert_eq!(millis("40ms"), Some(40));
        assert_eq!(millis("2m"), Some(120_000));
        assert_eq!(millis("1 h"), Some(3_600_000));
    }

    #[test]
    fn a_length_without_unit_or_sense_is_refused() {
        for text in [
            "",
            "s",
            "300",
            "-1s",
            "1e3s",
            "1.2.3s",
            "5 parsecs",
            "nan s",
        ] {
            assert_eq!(parse_length(text), None, "{text:?}");
        }
        assert_eq!(parse_length(&format!("{}h", "9".repeat(400))), None);
    }

    #[test]
    fn bytes_tell_decimal_from_binary() {
        assert_eq!(parse_bytes("2GB"), Some(2_000_000_000));
        assert_eq!(parse_bytes("2GiB"), Some(2 << 30));
        assert_eq!(parse_bytes("1.5 MiB"), Some(3 << 19));
        assert_eq!(parse_bytes("4096"), Some(4096));
        assert_eq!(parse_bytes("99999999999999TB"), None);
        assert_eq!(parse_bytes("-1"), None);
    }

    #[test]
    fn bytes_are_written_as_they_are_read() {
        for text in ["2GB", "512MiB", "7GiB", "3KiB", "1025", "0"] {
            let bytes = parse_bytes(text).map(Bytes).unwrap();
            assert_eq!(bytes.to_string(), text);
        }
    }
}
