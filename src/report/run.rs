//! Run id and start time.

use jiff::Timestamp;

/// The beginning of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Names the run: start time to the millisecond and process; sorts by time.
    pub run_id: String,
    /// RFC 3339 in UTC, to the second.
    pub started: String,
}

impl Start {
    /// Returns the beginning of a run that begins now.
    pub fn now() -> Self {
        Self::at(Timestamp::now(), std::process::id())
    }

    fn at(time: Timestamp, process: u32) -> Self {
        Self {
            run_id: format!("{}-{process}", time.strftime("%Y%m%dT%H%M%S.%3fZ")),
            started: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_after_its_time_and_process() {
        let start = Start::at("2026-01-14T10:15:30.0421Z".parse().unwrap(), 4711);
        assert_eq!(start.run_id, "20260114T101530.042Z-4711");
        assert_eq!(start.started, "2026-01-14T10:15:30Z");
    }
}
