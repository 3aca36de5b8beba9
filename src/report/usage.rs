//! Use of the machine by a run: memory by who holds it, and cores at work, over time. Pure.

use serde::{Deserialize, Serialize};

use super::span::{HeldBytes, UsageSample};

/// UsageCurve that are kept at most; a longer run keeps every second of them, then every fourth.
const MOST: usize = 240;

/// What the process used up to a time, since the row before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UsageRow {
    /// Seconds since the beginning of the run.
    pub seconds: f64,
    /// Cores at work on average.
    pub cores: f64,
    /// Bytes that were resident, at most.
    pub rss_bytes: u64,
    /// Bytes for which somebody held a permit when most was resident.
    pub held: HeldBytes,
}

/// The samples of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct UsageCurve {
    kept: Vec<UsageSample>,
    /// UsageCurve that one of those that are kept stands for; 0 before the first.
    each: usize,
    /// UsageCurve that the last stands for.
    last: usize,
}

impl UsageCurve {
    /// Adds a sample.
    pub(super) fn add(&mut self, sample: UsageSample) {
        self.each = self.each.max(1);
        match self.kept.last_mut() {
            // The first stands alone: from it on time is counted.
            Some(last) if self.last < self.each && self.last > 0 => {
                *last = joined(last, &sample);
                self.last += 1;
            }
            None => self.kept.push(sample),
            Some(_) => {
                self.kept.push(sample);
                self.last = 1;
            }
        }
        if self.kept.len() > MOST {
            self.halve();
        }
    }

    /// Returns a row for each but the first.
    pub(super) fn rows(&self) -> Vec<UsageRow> {
        let pairs = self.kept.iter().zip(self.kept.iter().skip(1));
        pairs.map(|(before, now)| row(before, now)).collect()
    }

    fn halve(&mut self) {
        let (first, rest) = self.kept.split_at(1.min(self.kept.len()));
        let pairs = rest
            .chunks(2)
            .map(|pair| joined(&pair[0], &pair[pair.len() - 1]));
        let halved: Vec<UsageSample> = first.iter().copied().chain(pairs).collect();
        self.last = if rest.len() % 2 == 1 {
            self.last
        } else {
            2 * self.each
        };
        self.kept = halved;
        self.each *= 2;
    }
}

/// Returns the later of two samples with the most memory of both.
fn joined(before: &UsageSample, now: &UsageSample) -> UsageSample {
    let most = if before.rss_bytes > now.rss_bytes {
        before
    } else {
        now
    };
    UsageSample {
        rss_bytes: most.rss_bytes,
        held: most.held,
        ..*now
    }
}

fn row(before: &UsageSample, now: &UsageSample) -> UsageRow {
    let passed = now.time.saturating_sub(before.time).as_secs_f64();
    let worked = now.cpu.saturating_sub(before.cpu).as_secs_f64();
    UsageRow {
        seconds: now.time.as_secs_f64(),
        cores: if passed > 0.0 { worked / passed } else { 0.0 },
        rss_bytes: now.rss_bytes,
        held: now.held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// A sample a second of a run that keeps two cores busy and holds most memory in its third second.
    fn of(seconds: u64) -> Vec<UsageRow> {
        let mut samples = UsageCurve::default();
        for second in 0..=seconds {
            samples.add(UsageSample {
                time: Duration::from_secs(second),
                cpu: Duration::from_secs(2 * second),
                rss_bytes: if second == 3 { 900 } else { 100 },
                held: HeldBytes::default(),
            });
        }
        samples.rows()
    }

    #[test]
    fn a_row_tells_what_was_used_since_the_one_before() {
        let rows = of(5);
        assert_eq!(rows.len(), 5);
        assert_eq!((rows[0].seconds, rows[0].cores), (1.0, 2.0));
        assert_eq!(rows[2].rss_bytes, 900);
        assert!(of(0).is_empty());
    }

    #[test]
    fn a_day_has_no_more_rows_and_forgets_no_peak() {
        let rows = of(86_400);
        assert!((MOST / 2..=MOST).contains(&rows.len()), "{}", rows.len());
        assert!(rows.iter().all(|row| (row.cores - 2.0).abs() < 1e-9));
        assert_eq!(rows[0].rss_bytes, 900);
        assert_eq!(rows.last().unwrap().seconds, 86_400.0);
        assert!(rows.is_sorted_by(|a, b| a.seconds < b.seconds));
    }
}
