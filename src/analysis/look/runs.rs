//! Time ranges in which a condition lasts.

use std::time::Duration;

use serde::Serialize;

use crate::timeline::{TimeRange, Timestamp};

/// Thresholds for black, frozen and cut; light and change in levels of 0..255.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LookRules {
    /// A picture is black when its mean light is no more than this …
    pub black_mean: f32,
    /// … no place is lighter than this …
    pub black_highest: u8,
    /// … and no more than this share of it is lighter than the dark.
    pub black_lit: f32,
    /// What is no lighter than this is dark.
    pub dark: u8,
    /// A picture is of one colour when so many of its places at most …
    pub plain_odd: usize,
    /// … are further apart than this in light.
    pub plain_spread: u8,
    /// Shorter black, or one colour, is not listed.
    pub min_black: Duration,
    /// A picture that differs on average by no more than this from the one before is the same.
    pub frozen: f32,
    /// Shorter standstill is not listed.
    pub min_frozen: Duration,
    /// A picture that differs on average by more than this from the one before is a cut, not motion.
    pub cut: f32,
}

impl Default for LookRules {
    fn default() -> Self {
        Self {
            black_mean: 8.0,
            black_highest: 80,
            black_lit: 0.02,
            dark: 40,
            plain_odd: 2,
            plain_spread: 16,
            min_black: Duration::from_millis(100),
            frozen: 0.1,
            min_frozen: Duration::from_secs(1),
            cut: 32.0,
        }
    }
}

/// Collects the segments in which something holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs {
    begun: Option<Timestamp>,
    ended: Vec<TimeRange>,
}

impl Runs {
    /// Takes whether it holds from `time` on; a run that it ends is kept when it is at least `shortest` long.
    pub(super) fn push(&mut self, time: Timestamp, holds: bool, shortest: Duration) {
        match self.begun {
            None if holds => self.begun = Some(time),
            Some(begun) if !holds => {
                let run = TimeRange::new(begun, time);
                self.ended
                    .extend(run.filter(|run| run.duration() >= shortest));
                self.begun = None;
            }
            _ => {}
        }
    }

    /// Returns the runs; the last one may go on to `end`.
    pub(super) fn finish(mut self, end: Timestamp, shortest: Duration) -> Vec<TimeRange> {
        self.push(end, false, shortest);
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 1).unwrap()
    }

    #[test]
    fn runs_that_are_long_enough_are_kept_to_the_end() {
        let shortest = Duration::from_secs(2);
        let mut runs = Runs::default();
        for (second, holds) in "##.#.####".chars().enumerate() {
            runs.push(at(second as i64), holds == '#', shortest);
        }
        let found = runs.finish(at(9), shortest);
        let range = |start, end| TimeRange::new(at(start), at(end)).unwrap();
        assert_eq!(found, [range(0, 2), range(5, 9)]);
    }
}
