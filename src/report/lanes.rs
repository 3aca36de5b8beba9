//! Lanes: where the time of a run's threads went, and a picture of it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::span::{Lane, Span};
use crate::timeline::Stage;

/// Columns of the picture at most; when they do not suffice each becomes twice as long.
const COLUMNS: usize = 240;
/// How long a column is at first.
const FIRST_STEP: Duration = Duration::from_millis(50);

/// Threads that do the same, summed: together their time is `wall_seconds`, and so is the sum of the four parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneRow {
    /// What they are: `job`, `audio`, `render`, or a model.
    pub name: String,
    /// Threads.
    pub threads: usize,
    /// How long they were there.
    pub wall_seconds: f64,
    /// Time at work of some stage.
    pub work_seconds: f64,
    /// Time that they waited for something to work on.
    pub wait_input_seconds: f64,
    /// Time that they waited for room for what they had made, or for their turn.
    pub wait_room_seconds: f64,
    /// Time that no stage accounts for.
    pub other_seconds: f64,
}

/// What each thread was at when.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// How long a column is.
    pub step_seconds: f64,
    /// A row for each thread and stage.
    pub rows: Vec<TimelineRow>,
}

/// The work of one stage on one thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// The thread.
    pub lane: String,
    /// The stage.
    pub stage: String,
    /// How much of each column it was at work, in per cent.
    pub busy: Vec<u8>,
}

/// The sums of a run's threads.
#[derive(Debug, Clone, Default)]
pub(super) struct Lanes {
    sums: BTreeMap<String, LaneSums>,
    step: Option<Duration>,
    /// Seconds at work by thread, stage and column.
    columns: BTreeMap<(String, Stage), Vec<f64>>,
}

#[derive(Debug, Clone, Default)]
struct LaneSums {
    threads: usize,
    wall: Duration,
    work: Duration,
    wait_input: Duration,
    wait_room: Duration,
}

impl Lanes {
    /// Adds a piece of work.
    pub(super) fn worked(&mut self, span: &Span) {
        self.sums.entry(kind(&span.lane)).or_default().work += span.work();
        while span.ended.as_secs_f64() >= self.step().as_secs_f64() * COLUMNS as f64 {
            self.double();
        }
        self.draw(span);
    }

    /// Adds a thread that has ended.
    pub(super) fn done(&mut self, lane: &Lane) {
        let sums = self.sums.entry(kind(&lane.lane)).or_default();
        sums.threads += 1;
        sums.wall += lane.ended.saturating_sub(lane.begun);
        sums.wait_input += lane.wait_input;
        sums.wait_room += lane.wait_room;
    }

    /// Returns a row for each kind of thread of which one has ended.
    pub(super) fn rows(&self) -> Vec<LaneRow> {
        let ended = self.sums.iter().filter(|(_, sums)| sums.threads > 0);
        ended.map(|(name, sums)| sums.row(name)).collect()
    }

    /// Returns the picture.
    pub(super) fn timeline(&self) -> Timeline {
        let step = self.step().as_secs_f64();
        let percent = |seconds: &f64| (100.0 * seconds / step).round().min(100.0) as u8;
        let row = |((lane, stage), columns): (&(String, Stage), &Vec<f64>)| TimelineRow {
            lane: lane.clone(),
            stage: stage.name().to_owned(),
            busy: columns.iter().map(percent).collect(),
        };
        Timeline {
            step_seconds: step,
            rows: self.columns.iter().map(row).collect(),
        }
    }

    fn step(&self) -> Duration {
        self.step.unwrap_or(FIRST_STEP)
    }

    fn double(&mut self) {
        self.step = Some(self.step() * 2);
        for columns in self.columns.values_mut() {
            *columns = columns.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
    }

    /// Spreads the work of a span evenly over its time after the wait for something to work on, which comes first.
    fn draw(&mut self, span: &Span) {
        let step = self.step().as_secs_f64();
        let begun = span.begun + span.wait.saturating_sub(span.wait_room);
        let (begun, ended) = (begun.as_secs_f64(), span.ended.as_secs_f64());
        let length = ended - begun;
        if length <= 0.0 {
            return;
        }
        let share = span.work().as_secs_f64() / length;
        let columns = self.columns.entry((span.lane.clone(), span.stage));
        let columns = columns.or_default();
        let last = (ended / step) as usize;
        columns.resize(columns.len().max(last + 1), 0.0);
        for (number, seconds) in columns.iter_mut().enumerate().take(last + 1) {
            let start = number as f64 * step;
            let inside = ended.min(start + step) - begun.max(start);
            *seconds += inside.max(0.0) * share;
        }
    }
}

impl LaneSums {
    fn row(&self, name: &str) -> LaneRow {
        let told = self.work + self.wait_input + self.wait_room;
        LaneRow {
            name: name.to_owned(),
            threads: self.threads,
            wall_seconds: self.wall.as_secs_f64(),
            work_seconds: self.work.as_secs_f64(),
            wait_input_seconds: self.wait_input.as_secs_f64(),
            wait_room_seconds: self.wait_room.as_secs_f64(),
            other_seconds: self.wall.as_secs_f64() - told.as_secs_f64(),
        }
    }
}

/// Returns the share of the threads' time that is accounted for, 0 to 1; `None` without any thread.
pub(super) fn accounted(rows: &[LaneRow]) -> Option<f64> {
    let wall: f64 = rows.iter().map(|row| row.wall_seconds).sum();
    let other: f64 = rows.iter().map(|row| row.other_seconds.abs()).sum();
    (wall > 0.0).then(|| 1.0 - other / wall)
}

/// Returns a thread's name without its number.
fn kind(lane: &str) -> String {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match lane.rsplit_once('-') {
        Some((name, last)) if number(last) => name.to_owned(),
        _ => lane.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn span(lane: &str, begun: u32, ended: u32, wait: u32) -> Span {
        Span {
            lane: lane.into(),
            begun: SECOND * begun,
            ended: SECOND * ended,
            wait_room: SECOND * wait,
            ..Span::of("a", Stage::Decode, 1, SECOND, SECOND * wait)
        }
    }

    fn lane(name: &str, ended: u32, input: u32, room: u32) -> Lane {
        Lane {
            lane: name.into(),
            begun: Duration::ZERO,
            ended: SECOND * ended,
            wait_input: SECOND * input,
            wait_room: SECOND * room,
        }
    }

    #[test]
    fn the_parts_of_a_lane_are_its_time() {
        let mut lanes = Lanes::default();
        lanes.worked(&span("job-0", 0, 6, 1));
        lanes.done(&lane("job-0", 10, 3, 1));
        lanes.worked(&span("job-1", 0, 9, 0));
        lanes.done(&lane("job-1", 10, 1, 0));
        lanes.worked(&span("shots-0", 0, 9, 0));
        let rows = lanes.rows();
        assert_eq!(rows.len(), 1, "shots-0 has not ended");
        let row = &rows[0];
        assert_eq!((row.name.as_str(), row.threads), ("job", 2));
        let parts = [
            row.work_seconds,
            row.wait_input_seconds,
            row.wait_room_seconds,
            row.other_seconds,
        ];
        assert_eq!((parts, row.wall_seconds), ([14.0, 4.0, 1.0, 1.0], 20.0));
        assert_eq!(accounted(&rows), Some(0.95));
        assert_eq!(accounted(&[]), None);
    }

    #[test]
    fn the_picture_of_a_longer_run_has_longer_columns_and_no_more() {
        let mut lanes = Lanes::default();
        lanes.worked(&span("job-0", 0, 6, 3));
        let (before, columns) = (lanes.timeline(), |seen: &Timeline| seen.rows[0].busy.len());
        assert!((before.step_seconds - 0.05).abs() < 1e-9 && columns(&before) == 121);
        assert_eq!(before.rows[0].busy[..2], [50, 50]);
        lanes.worked(&span("job-0", 3000, 3600, 0));
        let after = lanes.timeline();
        assert!(columns(&after) <= COLUMNS && after.step_seconds > 15.0);
        let seconds = |seen: &Timeline| {
            let busy = seen.rows[0].busy.iter().map(|busy| f64::from(*busy));
            busy.sum::<f64>() / 100.0 * seen.step_seconds
        };
        assert!((seconds(&after) - 603.0).abs() < 5.0, "{}", seconds(&after));
    }
}
