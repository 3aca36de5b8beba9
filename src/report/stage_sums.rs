//! Sums of one stage over all jobs. Pure.

use std::time::Duration;

use super::durations::Durations;
use super::json::StageRow;
use super::span::{CacheAsked, Span};
use crate::timeline::Stage;

/// The sums of one stage.
#[derive(Debug, Clone, Default)]
pub(super) struct StageSums {
    items: u64,
    wall: Duration,
    cpu: Duration,
    wait: Duration,
    wait_room: Duration,
    bytes: u64,
    each: Durations,
    hits: u64,
    misses: u64,
    /// What look-ups took.
    asked: Duration,
    /// Items that needed no work, and of how many.
    skipped: (u64, u64),
}

impl StageSums {
    /// Adds a piece of work.
    pub(super) fn worked(&mut self, span: &Span) {
        self.items += span.items;
        self.wall += span.work();
        self.cpu += span.cpu;
        self.wait += span.wait;
        self.wait_room += span.wait_room;
        self.bytes += span.bytes;
        self.each.add(span.work());
    }

    /// Adds a look into the cache.
    pub(super) fn asked(&mut self, asked: &CacheAsked) {
        self.hits += u64::from(asked.hit);
        self.misses += u64::from(!asked.hit);
        self.asked += asked.took;
    }

    /// Adds items that needed no work, of how many.
    pub(super) fn skipped(&mut self, items: u64, of: u64) {
        self.skipped.0 += items;
        self.skipped.1 += of;
    }

    /// Returns its processor time.
    pub(super) fn cpu(&self) -> Duration {
        self.cpu
    }

    /// Returns its row.
    pub(super) fn row(&self, stage: Stage) -> StageRow {
        let millis = |length: Duration| length.as_secs_f64() * 1e3;
        let (skipped, of) = self.skipped;
        StageRow {
            name: stage.name().to_owned(),
            items: self.items,
            wall_seconds: self.wall.as_secs_f64(),
            cpu_seconds: self.cpu.as_secs_f64(),
            wait_seconds: self.wait.as_secs_f64(),
            wait_room_seconds: self.wait_room.as_secs_f64(),
            bytes: self.bytes,
            p50_ms: millis(self.each.percentile(50.0)),
            p95_ms: millis(self.each.percentile(95.0)),
            max_ms: millis(self.each.max()),
            cache_hits: self.hits,
            cache_misses: self.misses,
            cache_seconds: self.asked.as_secs_f64(),
            skipped_share: (of > 0).then(|| skipped as f64 / of as f64),
        }
    }
}
