//! The slowest pieces of work of a run, and what its look-ups in the cache came to. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::span::{CacheAsked, Span};

/// Pieces of work that are kept.
const MOST: usize = 10;

/// A piece of work that took long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlowRow {
    /// The stage.
    pub stage: String,
    /// The job.
    pub job: String,
    /// The thread.
    pub lane: String,
    /// When it was begun, in seconds since the beginning of the run.
    pub begun_seconds: f64,
    /// Time at work.
    pub seconds: f64,
}

/// Look-ups for one kind of record that one level of the cache answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordRow {
    /// The kind of record, with the version of its layout.
    pub record: String,
    /// The stage whose work it saves.
    pub stage: String,
    /// The level that had it; `null` where none had.
    pub level: Option<String>,
    /// Look-ups.
    pub count: u64,
    /// Time that they took.
    pub seconds: f64,
}

/// The slowest pieces of work, slowest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Slowest(Vec<Span>);

impl Slowest {
    /// Adds a piece of work.
    pub(super) fn worked(&mut self, span: &Span) {
        let place = self.0.partition_point(|other| other.work() >= span.work());
        if place < MOST {
            self.0.insert(place, span.clone());
            self.0.truncate(MOST);
        }
    }

    /// Returns a row for each.
    pub(super) fn rows(&self) -> Vec<SlowRow> {
        let row = |span: &Span| SlowRow {
            stage: span.stage.name().to_owned(),
            job: span.job.clone(),
            lane: span.lane.clone(),
            // The wait for something to work on comes first.
            begun_seconds: span.ended.saturating_sub(span.work()).as_secs_f64(),
            seconds: span.work().as_secs_f64(),
        };
        self.0.iter().map(row).collect()
    }
}

/// Look-ups by stage, record and level.
#[derive(Debug, Clone, Default)]
pub(super) struct LookUps(BTreeMap<RecordKey, (u64, Duration)>);

type RecordKey = (crate::timeline::Stage, &'static str, Option<&'static str>);

impl LookUps {
    /// Adds a look-up.
    pub(super) fn asked(&mut self, asked: &CacheAsked) {
        let key = (asked.stage, asked.record, asked.level);
        let (count, took) = self.0.entry(key).or_default();
        *count += 1;
        *took += asked.took;
    }

    /// Returns a row for each.
    pub(super) fn rows(&self) -> Vec<RecordRow> {
        let row =
            |((stage, record, level), (count, took)): (&RecordKey, &(u64, Duration))| RecordRow {
                record: (*record).to_owned(),
                stage: stage.name().to_owned(),
                level: level.map(str::to_owned),
                count: *count,
                seconds: took.as_secs_f64(),
            };
        self.0.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Stage;

    #[test]
    fn the_ten_slowest_are_kept_in_order() {
        let mut slowest = Slowest::default();
        for seconds in [5, 1, 9, 2, 30, 4, 7, 8, 3, 6, 10, 11] {
            let work = Duration::from_secs(seconds);
            slowest.worked(&Span::of("a", Stage::Render, 1, work, work));
        }
        let seconds: Vec<f64> = slowest.rows().iter().map(|row| row.seconds).collect();
        let expected = [30.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0];
        assert_eq!(seconds, expected);
    }

    #[test]
    fn look_ups_are_counted_by_record_and_level() {
        let mut asked = LookUps::default();
        for hit in [true, false, true] {
            asked.asked(&CacheAsked::of("a", Stage::Shots, hit));
        }
        let rows = asked.rows();
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.level.as_deref(), row.count))
            .collect();
        assert_eq!(told, [(None, 1), (Some("disk"), 2)]);
        assert!((rows[1].seconds - 0.006).abs() < 1e-9);
    }
}
