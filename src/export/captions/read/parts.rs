//! What is read of a caption file, and its clock.

use std::fmt;

use crate::clips::captions::lint::ShownCue;

/// What a caption file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaptionText {
    /// Its cues, in the order of the file; the events of one cue whose words change their looks are one.
    pub cues: Vec<ShownCue>,
    /// The language, where the file says it.
    pub language: Option<String>,
    /// The columns that stand between the margins, where these are captions for a phone.
    pub punch_columns: Option<usize>,
}

/// Why a file is no caption file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProblem {
    /// Line, from 1 on; none where it is the file as a whole.
    pub line: Option<usize>,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl ReadProblem {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            what: what.into(),
        }
    }
}

/// Returns milliseconds of `H:MM:SS` or `MM:SS` with a fraction after a point or a comma.
pub(super) fn clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.trim().split_once(['.', ','])?;
    let is_number = |part: &str| {
        !part.is_empty() && part.len() < 10 && part.bytes().all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = whole.split(':').collect();
    if !(2..=3).contains(&parts.len())
        || !parts.iter().copied().all(is_number)
        || !is_number(fraction)
    {
        return None;
    }
    let seconds = parts.iter().try_fold(0_i64, |sum, part| {
        Some(sum * 60 + part.parse::<i64>().ok()?)
    })?;
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(seconds * 1000 + millis.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_as_players_do() {
        assert_eq!(clock("00:00:01,500"), Some(1500));
        assert_eq!(clock("1:02:03.45"), Some(3_723_450));
        assert_eq!(clock("02:03.4"), Some(123_400));
        for wrong in [
            "",
            "1",
            "00:00:01",
            "a:b:c,d",
            "1:2:3:4.5",
            "00:00:-1,000",
            "99999999999:00,0",
        ] {
            assert_eq!(clock(wrong), None, "{wrong}");
        }
    }
}
