//! Moments of a video as people write them: times, ranges, phrases.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};

use crate::timeline::{TimeRange, Timestamp};

/// Content that some clip must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequiredMoment {
    /// A range, on the file's own clock.
    During(TimeRange),
    /// A phrase, wherever it is said.
    Said(String),
}

/// Part of a video that clips may be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchRange {
    /// All of it.
    All,
    /// A range, on the file's own clock.
    Only(TimeRange),
}

/// Length of a moment that is named by one time.
const MOMENT: i64 = 1;
const MICROS: u32 = 1_000_000;
/// No time has more hours, or minutes without hours.
const MOST: i64 = 9999;

impl SearchRange {
    /// Returns the range that clips may be of, `None` for all of the video.
    pub fn range(self) -> Option<TimeRange> {
        match self {
            Self::All => None,
            Self::Only(range) => Some(range),
        }
    }
}

/// Returns the time written as `01:02:03`, `02:03` or with a fraction of a second: `02:03.5`.
fn parse_time(text: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (hours, minutes, seconds),
        [minutes, seconds] => ("0", minutes, seconds),
        _ => return None,
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let most_minutes = if parts.len() == 3 { 59 } else { MOST };
    let minutes = digits(hours, MOST)? * 60 + digits(minutes, most_minutes)?;
    let seconds = minutes * 60 + digits(seconds, 59)?;
    let micros = match fraction.len() {
        1..=6 => digits(&format!("{fraction:0<6}"), i64::from(MICROS))?,
        _ => return None,
    };
    Timestamp::new(seconds * i64::from(MICROS) + micros, MICROS)
}

/// Returns the number that is written in digits alone and not above `most`.
fn digits(text: &str, most: i64) -> Option<i64> {
    let only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = only.then(|| text.parse().ok()).flatten()?;
    (number <= most).then_some(number)
}

/// Returns the range written as `00:01:00-00:05:00`.
fn parse_range(text: &str) -> Option<TimeRange> {
    let (start, end) = text.split_once('-')?;
    TimeRange::new(parse_time(start)?, parse_time(end)?)
}

/// Returns the moment that a text names, or `None` when it is neither a time nor words.
fn parse_moment(text: &str) -> Option<RequiredMoment> {
    let clock = |c: char| c.is_ascii_digit() || ":.- ".contains(c);
    if text.contains(':') && text.chars().all(clock) {
        let one = || {
            let start = parse_time(text)?;
            TimeRange::new(start, start + Timestamp::new(MOMENT, 1)?)
        };
        return parse_range(text).or_else(one).map(RequiredMoment::During);
    }
    let words = text.chars().any(char::is_alphanumeric);
    words.then(|| RequiredMoment::Said(text.trim().to_owned()))
}

impl<'de> Deserialize<'de> for RequiredMoment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let expected =
            "a phrase, a time such as \"00:12:30\" or a range such as \"00:12:30-00:12:45\"";
        parse_moment(&text)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

impl<'de> Deserialize<'de> for SearchRange {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text == "all" {
            return Ok(Self::All);
        }
        let expected = "\"all\" or a range such as \"00:01:00-00:05:00\"";
        let range = parse_range(&text);
        range
            .map(Self::Only)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

impl fmt::Display for RequiredMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::During(range) => write!(f, "{}-{}", range.start(), range.end()),
            Self::Said(phrase) => write!(f, "{phrase:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<(f64, f64)> {
        let range = parse_range(text)?;
        Some((range.start().seconds(), range.end().seconds()))
    }

    #[test]
    fn a_range_is_two_times_of_a_clock() {
        assert_eq!(seconds("00:01:00-00:05:00"), Some((60.0, 300.0)));
        assert_eq!(seconds("1:02.5 - 01:00:00"), Some((62.5, 3600.0)));
        assert_eq!(seconds("90:00-91:00.000001"), Some((5400.0, 5460.000001)));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let wrong = [
            "",
            "-",
            "60-120",
            "00:05:00-00:01:00",
            "00:01:00-00:01:00",
            "00:60:00-02:00:00",
            "0:61-2:00",
            "00:01:00",
            "-00:01:00-00:02:00",
            "0:1.1234567-0:2",
            "0:1.-0:2",
            "a:b-c:d",
            "1:2:3:4-5:6:7:8",
        ];
        for text in wrong {
            assert_eq!(seconds(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_moment_is_a_time_or_a_phrase() {
        let at = |start, end| {
            let at = |second| Timestamp::new(second, 1).unwrap();
            Some(RequiredMoment::During(
                TimeRange::new(at(start), at(end)).unwrap(),
            ))
        };
        assert_eq!(parse_moment("00:12:30"), at(750, 751));
        assert_eq!(parse_moment("12:30-12:45"), at(750, 765));
        let said = |text: &str| Some(RequiredMoment::Said(text.to_owned()));
        assert_eq!(parse_moment(" launch day "), said("launch day"));
        assert_eq!(parse_moment("at 12:30"), said("at 12:30"));
        assert_eq!(parse_moment("2024"), said("2024"));
        for wrong in ["", " ", "?!", "12:99", "00:05:00-00:01:00"] {
            assert_eq!(parse_moment(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), clock in "[0-9:. -]{0,30}") {
            let _ = (parse_moment(&text), parse_moment(&clock), parse_range(&clock));
        }

        #[test]
        fn a_moment_is_shown_as_it_can_be_written(start in 0..9_000_000_i64, length in 1..9_000_000_i64) {
            let at = |millis| Timestamp::new(millis, 1000).unwrap();
            let moment = RequiredMoment::During(TimeRange::new(at(start), at(start + length)).unwrap());
            prop_assert_eq!(parse_moment(&moment.to_string()), Some(moment));
        }
    }
}
